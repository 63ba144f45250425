"""This service as a witness for others: it signs what extends what it saw, refuses the rest, and never forgets."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils.translation import override

from audit.models import Alarm, LoggedEntry, Record, ShownFork, WatchedLog
from audit.models.watched_log import hash_origin
from audit.services.witness import (
    FORKED,
    UNPROVEN,
    UNPROVEN_AFTER,
    NotConsistent,
    OtherSize,
    cosign_checkpoint,
    stop_watching,
    watch_log,
)
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.signed_note import Signer, Verifier, open_note
from audit.tree.merkle import check_consistency
from audit.witness.cosignature import Kind, read_cosigner, verified_cosignatures
from audit.witness.request import LARGEST_BODY, AddCheckpoint
from audit.witness.signature_line import read_signature_lines, split_note
from deploy.private_services import OWNER
from tests.audit.log import signed_in_as, vectors
from tests.audit.witness.logs import ADDRESS, NAME, LogOfOthers, our_witness, send

__all__ = ["our_witness"]

LOG = LogOfOthers()


@pytest.fixture
def watching(db: None, our_witness: list[str]) -> list[str]:
    watch_log(key=LOG.key)
    return our_witness


def seen() -> tuple[int, bytes, str]:
    log = WatchedLog.objects.get(origin=LOG.origin)
    return log.size, bytes(log.root), log.note


# --- What is cosigned -------------------------------------------------------------------------------------------


def test_a_log_that_grows_is_cosigned_with_both_keys(watching: list[str]) -> None:
    cosigners = [read_cosigner(key) for key in watching]
    assert {cosigner.kind for cosigner in cosigners} == set(Kind)
    before = int(datetime.now(UTC).timestamp())
    for old_size, size in ((0, 1), (1, 4), (4, 4), (4, 7), (7, 40)):
        status, text = send(LOG.request(old_size, size))
        assert status == 200, text
        lines = read_signature_lines(text)
        found = verified_cosignatures(lines, LOG.head(size).body, cosigners)
        assert len(found) == len(lines) == 2
        assert all(before <= at <= before + 60 for _cosigner, _line, at in found)
        assert seen()[:2] == (size, LOG.head(size).root)


def test_what_was_seen_is_served_to_monitors(watching: list[str], client: Client) -> None:
    address = f"/audit/witness/{hash_origin(LOG.origin)}/checkpoint"
    assert client.get(address).status_code == 404
    request = LOG.request(0, 5)
    strange = f"{request.note}— stranger.example AAAAAAAA\n"
    status, text = send(AddCheckpoint(0, (), strange))
    assert status == 200
    answer = client.get(address)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    # The log's own signature and ours, and none that nobody checked.
    assert answer.content.decode() == request.note + text
    assert client.post(address).status_code == 405
    assert client.get(f"/audit/witness/{hash_origin('nobody')}/checkpoint").status_code == 404


def test_an_empty_log_has_the_root_of_an_empty_tree(watching: list[str]) -> None:
    wrong = sign_checkpoint(TreeHead(LOG.origin, 0, bytes(32)), LOG.signer)
    assert send(AddCheckpoint(0, (), wrong))[0] == 422
    assert send(LOG.request(0, 0))[0] == 200
    assert send(LOG.request(0, 0))[0] == 200
    assert send(AddCheckpoint(0, (), wrong))[0] == 422
    assert send(LOG.request(0, 3))[0] == 200


def test_the_vectors_of_another_witness(db: None, our_witness: list[str]) -> None:
    """The requests that litewitness is tested with, in turn; it says 403 where the specification now says 404."""
    given = vectors("litewitness.json")
    watch_log(key=str(Verifier(given["origin"], bytes.fromhex(given["public_key"]))))
    for number, request in enumerate(given["requests"]):
        expected = 404 if "unknown log" in request["says"] else request["status"]
        status, text = send(request["body"].encode())
        assert status == expected, (number, text)
        if status == 409:
            assert f'body == "{text.strip()}\\n"' == request["says"]
    assert WatchedLog.objects.get().size == 5


# --- What is not ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "status", "text"),
    [
        pytest.param(lambda: LOG.request(0, 9), 409, "4\n", id="stale"),
        pytest.param(lambda: LOG.request(3, 9), 409, "4\n", id="another size"),
        pytest.param(lambda: LOG.request(5, 9), 409, "4\n", id="a larger size"),
        pytest.param(lambda: AddCheckpoint(4, (), LOG.note(3)), 400, "old size", id="back"),
        pytest.param(lambda: AddCheckpoint(4, (bytes(32),), LOG.note(9)), 422, "proof", id="bad proof"),
        pytest.param(lambda: AddCheckpoint(4, (), LOG.note(9)), 422, "proof", id="no proof"),
        pytest.param(lambda: AddCheckpoint(4, (bytes(32),), LOG.note(4)), 422, "proof", id="proof of nothing"),
        pytest.param(lambda: LogOfOthers(forked_at=2).request(4, 9), 422, "proof", id="another past"),
        pytest.param(lambda: LogOfOthers(forked_at=2).request(4, 4), 422, "root", id="another root"),
        pytest.param(lambda: LogOfOthers(forked_at=2).request(0, 4), 409, "4\n", id="another root, stale"),
        pytest.param(lambda: LogOfOthers("other.example/log").request(0, 9), 404, "watch", id="unknown log"),
        pytest.param(lambda: LogOfOthers(seed=bytes(32)).request(4, 9), 403, "no key", id="another key"),
        pytest.param(lambda: AddCheckpoint(4, (), LOG.note(9).replace("\n9\n", "\n8\n")), 403, "wrong", id="altered"),
        pytest.param(lambda: AddCheckpoint(4, (), LOG.head(9).body), 400, "checkpoint", id="not signed"),
        pytest.param(lambda: AddCheckpoint(4, (), LOG.note(9) + "?\n"), 403, "em dash", id="no signature line"),
        pytest.param(lambda: AddCheckpoint(4, (), LOG.signer.sign("log\n")), 400, "checkpoint", id="no checkpoint"),
        pytest.param(lambda: b"", 400, "empty line", id="empty"),
        pytest.param(lambda: b"old 4\n\n\xff", 400, "UTF-8", id="not text"),
        pytest.param(
            lambda: AddCheckpoint(4, (), sign_checkpoint(TreeHead(LOG.origin, 2**63, bytes(32)), LOG.signer)),
            400,
            "size",
            id="a size beyond all",
        ),
        pytest.param(
            lambda: AddCheckpoint(4, (), LOG.note(9) + "— a AAAAAAAA\n" * 40), 403, "signatures", id="many lines"
        ),
    ],
)
def test_it_says_no_with_the_code_of_the_specification_and_stores_nothing(
    watching: list[str], request_: Callable[[], AddCheckpoint | bytes], status: int, text: str
) -> None:
    assert send(LOG.request(0, 4))[0] == 200
    before, entries = seen(), LoggedEntry.objects.count()
    answered, said = send(request_())
    assert (answered, text in said) == (status, True), said
    assert seen() == before
    assert LoggedEntry.objects.count() == entries


def test_the_size_of_a_conflict_has_a_type_of_its_own(watching: list[str], client: Client) -> None:
    send(LOG.request(0, 4))
    answer = client.post(ADDRESS, LOG.request(0, 9).to_bytes(), content_type="text/plain")
    assert (answer.status_code, answer["Content-Type"], answer.content) == (409, "text/x.tlog.size", b"4\n")


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", ""]
)
def test_what_a_log_calls_the_body_does_not_matter(watching: list[str], client: Client, content_type: str) -> None:
    answer = client.post(ADDRESS, LOG.request(0, 4).to_bytes(), content_type=content_type)
    assert answer.status_code == 200, answer.content


def test_a_body_that_is_too_large_is_not_read(watching: list[str]) -> None:
    assert send(b"x" * (LARGEST_BODY + 1))[0] == 413


def test_only_a_post_asks(watching: list[str], client: Client) -> None:
    for method in (client.get, client.put, client.delete, client.patch):
        assert method(ADDRESS).status_code == 405


def test_a_service_without_a_key_is_no_witness(db: None, client: Client) -> None:
    assert send(LOG.request(0, 4))[0] == 404
    assert client.get("/audit/witness/key").status_code == 404


def test_a_key_that_is_gone_is_an_answer_and_no_trace(watching: list[str]) -> None:
    Path(settings.WITNESS_KEY_FILE).unlink()
    status, text = send(LOG.request(0, 4))
    assert status == 503
    assert "Traceback" not in text
    assert seen()[0] == 0


def test_the_verifier_keys_are_handed_out(watching: list[str], client: Client) -> None:
    assert client.get("/audit/witness/key").content.decode().splitlines() == watching


# --- Two at once --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("either_db")
def test_of_two_at_once_one_is_first_and_nothing_goes_back(
    our_witness: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch_log(key=LOG.key)
    cosign_checkpoint(LOG.request(0, 1))
    both_checked = threading.Barrier(2, timeout=3)

    def check_slowly(**claim: object) -> None:
        check_consistency(**claim)  # type: ignore[arg-type]
        # Both would get here before either stores, were the row not locked; who is alone goes on.
        try:
            both_checked.wait(timeout=0.5)
        except threading.BrokenBarrierError:
            both_checked.reset()

    monkeypatch.setattr("audit.services.witness.check_consistency", check_slowly)
    outcomes: list[object] = []

    def ask(size: int) -> None:
        try:
            cosign_checkpoint(LOG.request(1, size))
            outcomes.append(size)
        except OtherSize as conflict:
            outcomes.append(("seen", conflict.size))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(size,)) for size in (3, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (accepted,) = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert ("seen", accepted) in outcomes
    assert seen()[0] == accepted


@pytest.mark.usefixtures("either_db")
def test_the_database_itself_never_goes_back(our_witness: list[str]) -> None:
    watch_log(key=LOG.key)
    cosign_checkpoint(LOG.request(0, 4))
    logs = WatchedLog.objects.filter(origin=LOG.origin)
    for change in ({"size": 3}, {"root": bytes(32)}, {"origin": "another.example/log"}):
        with signed_in_as(OWNER), pytest.raises(DatabaseError), transaction.atomic():
            logs.update(**change)
    with signed_in_as(OWNER), pytest.raises(DatabaseError), transaction.atomic():
        logs.delete()
    assert seen()[0] == 4


# --- A log that forks ---------------------------------------------------------------------------------------------


def test_two_roots_for_one_size_are_kept_as_evidence_and_alarm(watching: list[str]) -> None:
    fork = LogOfOthers(forked_at=2)
    send(LOG.request(0, 4))
    for _again in range(2):
        assert send(fork.request(4, 4))[0] == 422
    kept = ShownFork.objects.get()
    verifier = LOG.signer.verifier
    assert open_note(kept.note, [verifier]) == fork.head(4).body
    assert open_note(kept.known_note, [verifier]) == LOG.head(4).body
    alarm = Alarm.objects.going().get()
    assert (alarm.kind, alarm.where) == (FORKED, LOG.origin)
    # It goes on whatever the log says later: what was signed was signed.
    assert send(LOG.request(4, 9))[0] == 200
    assert Alarm.objects.going().filter(kind=FORKED).exists()


def test_a_stranger_can_make_no_alarm_with_a_proof_that_is_nonsense(watching: list[str]) -> None:
    send(LOG.request(0, 4))
    nonsense = AddCheckpoint(4, (bytes(32),), LOG.note(9))
    assert send(nonsense)[0] == 422
    assert not Alarm.objects.exists()
    assert send(LOG.request(4, 9))[0] == 200
    assert WatchedLog.objects.get().bad_proof_since is None


def test_a_log_that_cannot_prove_for_long_is_an_alarm_until_it_can(watching: list[str]) -> None:
    send(LOG.request(0, 4))
    fork, now = LogOfOthers(forked_at=2), datetime.now(UTC)
    for later in (timedelta(0), UNPROVEN_AFTER / 2):
        with pytest.raises(NotConsistent):
            cosign_checkpoint(fork.request(4, 9), now=now + later)
    assert not Alarm.objects.exists()
    with pytest.raises(NotConsistent):
        cosign_checkpoint(fork.request(4, 10), now=now + UNPROVEN_AFTER)
    assert [alarm.kind for alarm in Alarm.objects.going()] == [UNPROVEN]
    cosign_checkpoint(LOG.request(4, 9))
    assert not Alarm.objects.going().exists()


# --- Which logs ---------------------------------------------------------------------------------------------------


def witness_command(*arguments: str) -> str:
    said = StringIO()
    with override("en"):
        call_command("witness", *arguments, stdout=said)
    return said.getvalue()


def test_watching_a_log_is_an_entry(db: None) -> None:
    assert LOG.origin in witness_command("add-log", LOG.key)
    entry = Record.objects.get().entry
    assert (entry.action, entry.details) == ("audit.log-watched", {"origin": LOG.origin, "key": LOG.key})
    assert (entry.subject, entry.organisation) == ("", "")
    assert "nothing yet" in witness_command("logs")
    with pytest.raises(CommandError, match="already"):
        witness_command("add-log", LOG.key)
    with pytest.raises(CommandError, match="no verifier key"):
        witness_command("add-log", "key")
    assert Record.objects.count() == 1


def test_a_log_that_turns_its_key_is_seen_on(watching: list[str]) -> None:
    send(LOG.request(0, 4))
    next_key = LogOfOthers(seed=bytes(32))
    assert send(next_key.request(4, 9))[0] == 403
    witness_command("add-log", next_key.key)
    assert send(next_key.request(4, 9))[0] == 200
    assert send(LOG.request(9, 12))[0] == 200


def test_who_stops_and_begins_again_remembers(watching: list[str]) -> None:
    send(LOG.request(0, 4))
    assert "no witness" in witness_command("stop-log", LOG.origin)
    assert send(LOG.request(4, 9))[0] == 404
    with pytest.raises(CommandError):
        witness_command("stop-log", LOG.origin)
    assert "stopped" in witness_command("logs")
    watch_log(key=LOG.key)
    assert send(LOG.request(0, 9)) == (409, "4\n")
    assert [record.action for record in Record.objects.order_by("at")] == [
        "audit.log-watched",
        "audit.log-unwatched",
        "audit.log-watched",
    ]
    stop_watching(origin=LOG.origin)


def test_a_key_of_the_witness_is_made_once_and_for_us_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "keys" / "witness"
    monkeypatch.setattr(settings, "WITNESS_KEY_FILE", str(file))
    monkeypatch.setattr(settings, "WITNESS_NAME", "with space")
    with pytest.raises(CommandError, match="WITNESS_NAME"):
        call_command("create_witness_key")
    assert not file.exists()
    monkeypatch.setattr(settings, "WITNESS_NAME", NAME)
    said = StringIO()
    call_command("create_witness_key", stdout=said)
    assert file.stat().st_mode & 0o777 == 0o600
    assert said.getvalue() == (tmp_path / "keys" / "witness.pub").read_text(encoding="utf-8")
    before = file.read_text(encoding="utf-8")
    with pytest.raises(CommandError, match="already"):
        call_command("create_witness_key")
    assert file.read_text(encoding="utf-8") == before
    assert "PRIVATE" not in said.getvalue()
    monkeypatch.setattr(settings, "WITNESS_KEY_FILE", "")
    with pytest.raises(CommandError, match="WITNESS_KEY_FILE"):
        call_command("create_witness_key")


def test_signatures_of_strangers_are_no_signatures_of_the_log(watching: list[str]) -> None:
    """A stranger's note with the log's name is refused even beside a good text."""
    stranger = Signer(LOG.origin, b"s" * 32)
    note = sign_checkpoint(LOG.head(4), stranger)
    assert send(AddCheckpoint(0, (), note))[0] == 403
    text, _lines = split_note(note)
    assert text == LOG.head(4).body
