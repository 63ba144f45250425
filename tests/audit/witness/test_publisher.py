"""Checkpoints are taken to witnesses over HTTP, and published when enough of them have signed, never before."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from audit.models import Alarm, Checkpoint, Cosignature, LoggedEntry, Pending, Publication
from audit.roles import SEQUENCER
from audit.services.publish import keep_cosignature, publish_if_enough
from audit.services.witness import watch_log
from audit.signing.checkpoint import open_checkpoint
from audit.signing.log_key import load_verifier
from audit.signing.signed_note import NoteError
from audit.witness.cosignature import CosigningKey, Kind, read_cosigner, verified_cosignatures
from audit.witness.largest import largest_witnessed, witnessed_heads
from audit.witness.policy import Policy, read_policy
from audit.witness.publisher import CONTRADICTED, SILENT, UNPUBLISHED, Publisher
from audit.witness.request import LARGEST_BODY
from audit.witness.signature_line import split_note
from deploy.demonstration.small_witness import NeighbouringWitness
from deploy.private_services import OWNER
from tests.audit.log import append, grow, sequence, signed_in_as
from tests.audit.witness.logs import our_witness

__all__ = ["our_witness"]


@pytest.fixture(autouse=True)
def _quick(committed_db: object, monkeypatch: pytest.MonkeyPatch) -> None:
    # Of those that answer none is late, on the busiest machine.
    monkeypatch.setattr(settings, "LOG_WITNESS_TIMEOUT", timedelta(seconds=60))
    monkeypatch.setattr("audit.witness.publisher.GRACE_SECONDS", 0.1)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Policy]:
    """Set the policy that the log is published by: the witnesses, and how many of them are enough."""

    def use(quorum: int, *witnesses: Any) -> Policy:
        lines = [f"witness w{number} {one.verifier_key} {one.url}" for number, one in enumerate(witnesses)]
        names = " ".join(f"w{number}" for number in range(len(witnesses)))
        lines += [f"group enough {quorum} {names}", "quorum enough"] if quorum else ["quorum none"]
        monkeypatch.setattr(settings, "LOG_WITNESS_POLICY", "\n".join(lines))
        return read_policy(settings.LOG_WITNESS_POLICY)

    return use


@pytest.fixture
def witnesses() -> Iterator[list[NeighbouringWitness]]:
    with ExitStack() as stack:
        yield [stack.enter_context(a_witness(f"w{number}.example")) for number in range(3)]


def a_witness(name: str = "w.example") -> NeighbouringWitness:
    return NeighbouringWitness(name, str(load_verifier()))


def take_round(publisher: Publisher) -> bool:
    """Let the publisher do its work under the role that it has."""
    with signed_in_as(SEQUENCER):
        return publisher.publish_once()


def step(publisher: Publisher) -> None:
    with signed_in_as(SEQUENCER):
        publisher.step(wait=0.05)


def published() -> Checkpoint:
    newest = Checkpoint.objects.newest_published()
    assert newest is not None
    return newest


def going() -> list[tuple[str, str]]:
    return [(alarm.kind, alarm.where) for alarm in Alarm.objects.going().order_by("kind")]


# --- Publishing ---------------------------------------------------------------------------------------------------


def test_without_witnesses_everything_signed_is_published() -> None:
    grow(3)
    assert published().note == Checkpoint.objects.get(size=3).note
    call_command("publish", "--once")
    assert not Publication.objects.exists()


def test_what_enough_witnesses_signed_is_published_with_their_lines(
    witnesses: list[NeighbouringWitness], use: Callable[..., Policy], client: Client
) -> None:
    policy = use(2, *witnesses)
    grow(3)
    assert client.get("/audit/log/checkpoint").status_code == 404
    assert client.get("/audit/log/tile/0/000.p/3").status_code == 404
    publisher = Publisher(policy)
    assert take_round(publisher)
    note = client.get("/audit/log/checkpoint").content.decode()
    assert open_checkpoint(note, load_verifier()).size == 3
    body, lines = split_note(note)
    found = verified_cosignatures(lines, body, [read_cosigner(one.verifier_key) for one in witnesses])
    assert len(found) == 3
    assert client.get("/audit/log/tile/0/000.p/3").status_code == 200
    # The next is shown with a proof from what each saw.
    grow(600)
    assert client.get("/audit/log/checkpoint").content.decode() == note
    assert take_round(publisher)
    assert published().size == 603
    assert [witness.size for witness in witnesses] == [603] * 3
    assert [witness.refused for witness in witnesses] == [[]] * 3
    # Nothing is asked twice.
    assert take_round(publisher)
    assert Cosignature.objects.count() == 6
    # The proofs too are under what is published.
    answer = client.get("/api/v1/checkpoints/603").json()
    assert answer["checkpoint"] == client.get("/audit/log/checkpoint").content.decode()
    assert {one["witness"] for one in answer["cosignatures"]} == {witness.name for witness in witnesses}
    assert all(one["line"] in answer["checkpoint"] for one in answer["cosignatures"])
    proof = client.get("/api/v1/checkpoints/603/consistency-proof?oldSize=3").json()
    assert proof["checkpoint"] == answer["checkpoint"]


def test_one_witness_too_few_publishes_nothing_and_logging_goes_on(
    witnesses: list[NeighbouringWitness], use: Callable[..., Policy], client: Client
) -> None:
    policy = use(2, *witnesses)
    grow(3)
    publisher = Publisher(policy)
    assert take_round(publisher)
    for witness in witnesses[1:]:
        witness.answer = lambda body: (503, "text/plain", "not now\n")  # type: ignore[method-assign]  # noqa: ARG005
    (entry,) = grow(1)
    assert not take_round(publisher)
    assert published().size == 3
    assert client.get("/api/v1/checkpoints/4").status_code == 404
    assert [one["size"] for one in client.get("/api/v1/checkpoints").json()["results"]] == [3]
    assert client.get("/audit/log/tile/entries/000.p/4").status_code == 404
    # What was signed stands, and the log takes more.
    assert Checkpoint.objects.filter(size=4).exists()
    assert LoggedEntry.objects.filter(pk=entry.id).exists()
    append(2)
    assert Pending.objects.count() == 2
    with signed_in_as(SEQUENCER), pytest.raises(CommandError, match="not enough witnesses"):
        call_command("publish", "--once")


def test_a_quorum_of_none_publishes_whoever_signs(use: Callable[..., Policy]) -> None:
    with dead_witness() as dead:
        policy = use(0, dead)
        grow(3)
        assert take_round(Publisher(policy))
    assert published().size == 3


def test_a_witness_that_was_shown_more_by_another_publisher_is_followed(
    witnesses: list[NeighbouringWitness], use: Callable[..., Policy]
) -> None:
    policy = use(1, witnesses[0])
    grow(3)
    one, other = Publisher(policy), Publisher(policy)
    assert take_round(one)
    grow(4)
    assert take_round(other)
    grow(2)
    # `one` believes that the witness saw 3: it is told, and proves from there.
    assert take_round(one)
    assert witnesses[0].refused == [409, 409]
    assert published().size == 9


def test_our_own_kind_of_witness_cosigns_us(
    live_server: Any, our_witness: list[str], use: Callable[..., Policy]
) -> None:
    """The service acts for another; here for itself, over HTTP, with both of its keys."""
    watch_log(key=str(load_verifier()))

    class Ours:
        url = f"{live_server.url}/audit/witness"

        def __init__(self, key: str) -> None:
            self.verifier_key = key

    policy = use(2, *(Ours(key) for key in our_witness))
    grow(5)
    # The server is a thread of this process, and shares its role.
    with signed_in_as(OWNER):
        assert Publisher(policy).publish_once()
    assert {read_cosigner(key).kind for key in our_witness} == set(Kind)
    # Five, and the entry that says that we watch it.
    assert Cosignature.objects.over(6).count() == 2
    head = largest_witnessed(live=True)
    assert head is not None
    assert (head.size, head.root) == (6, bytes(Checkpoint.objects.get(size=6).root))


# --- Witnesses that are slow, dead or lie -------------------------------------------------------------------------


@contextmanager
def answering(reply: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[Any]:
    """A witness that answers as it likes."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            reply(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name is its parent's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    class Strange:
        url = f"http://127.0.0.1:{server.server_port}"
        verifier_key = str(CosigningKey("strange.example", Kind.ED25519, bytes(32)).cosigner)

    try:
        yield Strange
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def dead_witness() -> Iterator[Any]:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]

    class Dead:
        url = f"http://127.0.0.1:{port}"
        verifier_key = str(CosigningKey("dead.example", Kind.ED25519, bytes(32)).cosigner)

    yield Dead


def reply(status: int, body: bytes, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def send(to: BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        for name, value in headers.items():
            to.send_header(name.replace("_", "-"), value)
        to.end_headers()
        to.wfile.write(body)

    return send


def hang(to: BaseHTTPRequestHandler) -> None:
    time.sleep(60)


def trickle(to: BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.end_headers()
    for _byte in range(100):
        to.wfile.write(b"x")
        to.wfile.flush()
        time.sleep(0.2)


def cosigned_at(difference: int, key: CosigningKey, name: str = "") -> Callable[[BaseHTTPRequestHandler], None]:
    """Cosign what is newest, at another time, by a key, under the name of another if one is given."""

    def send(to: BaseHTTPRequestHandler) -> None:
        newest = Checkpoint.objects.newest_first().first()
        connection.close()
        assert newest is not None
        body, _lines = split_note(newest.note)
        line = str(key.cosign(body, at=int(time.time()) + difference))
        reply(200, f"{line.replace(key.name, name or key.name)}\n".encode())(to)

    return send


MINE = CosigningKey("strange.example", Kind.ED25519, bytes(32))
OTHERS = CosigningKey("strange.example", Kind.ED25519, b"o" * 32)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(reply(200, b"x" * (LARGEST_BODY + 10)), "larger", id="huge"),
        pytest.param(reply(200, b"\xff\xfe"), "UnicodeDecodeError", id="not text"),
        pytest.param(reply(200, b""), "does not verify", id="empty"),
        pytest.param(reply(200, b"hello\n"), "does not verify", id="no line"),
        pytest.param(cosigned_at(0, OTHERS), "no signature of the key", id="another key"),
        pytest.param(cosigned_at(3600, MINE), "clock", id="ahead"),
        pytest.param(cosigned_at(-3600, MINE), "clock", id="behind"),
        pytest.param(reply(302, b"", Location="http://127.0.0.1:1/"), "answered 302", id="elsewhere"),
        pytest.param(reply(404, b""), "does not know our log", id="404"),
        pytest.param(reply(403, b""), "does not know the key", id="403"),
        pytest.param(reply(400, b""), "answered 400", id="400"),
        pytest.param(reply(500, b""), "answered 500", id="500"),
        pytest.param(reply(429, b""), "answered 429", id="429"),
        pytest.param(reply(409, b"3\n", Content_Type="text/plain"), "answered 409", id="409 of another type"),
        pytest.param(reply(409, b"x\n", Content_Type="text/x.tlog.size"), "without a size", id="409 without a size"),
        pytest.param(reply(409, b"1\n", Content_Type="text/x.tlog.size"), "refuses a proof", id="409 for ever"),
        pytest.param(trickle, "within", id="byte by byte"),
    ],
)
def test_a_witness_that_answers_strangely_is_not_believed(
    use: Callable[..., Policy],
    answer: Callable[[BaseHTTPRequestHandler], None],
    said: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if answer is trickle:
        monkeypatch.setattr(settings, "LOG_WITNESS_TIMEOUT", timedelta(seconds=0.5))
    with answering(answer) as strange:
        policy = use(1, strange)
        grow(3)
        assert not take_round(Publisher(policy))
    assert said in caplog.text
    assert not Cosignature.objects.exists()
    assert not Publication.objects.exists()
    assert going() == []


def test_one_that_hangs_and_one_that_is_dead_keep_nobody_waiting(
    witnesses: list[NeighbouringWitness], use: Callable[..., Policy]
) -> None:
    with answering(hang) as hanging, dead_witness() as dead:
        hanging.verifier_key = str(MINE.cosigner)
        dead.verifier_key = str(OTHERS.cosigner)
        policy = use(3, *witnesses, hanging, dead)
        publisher = Publisher(policy)
        for size in (3, 5, 8):
            grow(size - (Checkpoint.objects.newest_first().first() or Checkpoint(size=0)).size)
            began = time.monotonic()
            assert take_round(publisher)
            assert time.monotonic() - began < 30
            assert published().size == size


def test_what_the_database_was_slipped_does_not_count(
    witnesses: list[NeighbouringWitness], use: Callable[..., Policy]
) -> None:
    policy = use(1, witnesses[0])
    grow(3)
    sequence()
    cosigner = policy.witnesses[0].cosigner
    forged = CosigningKey(cosigner.name, Kind.ED25519, b"f" * 32).cosign(
        split_note(Checkpoint.objects.get(size=3).note)[0], at=int(time.time())
    )
    line = str(forged)
    with pytest.raises(NoteError):
        keep_cosignature(size=3, cosigner=cosigner, line=forged)
    assert not Cosignature.objects.exists()
    with signed_in_as(SEQUENCER):
        Cosignature.objects.create(
            size=3,
            key_name=cosigner.name,
            key_id=cosigner.key_id.hex(),
            line=line,
            at=Checkpoint.objects.get(size=3).at,
            received_at=Checkpoint.objects.get(size=3).at,
        )
        assert not publish_if_enough(size=3, policy=policy)
    assert not Publication.objects.exists()


@contextmanager
def connections_of_a_thief() -> Iterator[Any]:
    """Somebody with all rights on the database, who has dropped what guards the checkpoints."""
    with signed_in_as(OWNER), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER only_grows ON audit_checkpoint")
        yield cursor


# --- Alarms -------------------------------------------------------------------------------------------------------


def test_a_log_that_went_back_is_contradicted(witnesses: list[NeighbouringWitness], use: Callable[..., Policy]) -> None:
    policy = use(1, witnesses[0])
    grow(3)
    publisher = Publisher(policy)
    assert take_round(publisher)
    # As after a restore: the witness saw more than there is.
    witnesses[0].size = 9
    grow(2)
    assert not take_round(publisher)
    assert going() == [(CONTRADICTED, "w0")]
    assert "over 9 leaves" in Alarm.objects.get().explanation
    assert published().size == 3


def test_a_log_whose_newest_checkpoints_were_deleted_is_contradicted(
    witnesses: list[NeighbouringWitness], use: Callable[..., Policy]
) -> None:
    policy = use(1, witnesses[0])
    for number in (3, 2):
        grow(number)
        assert take_round(Publisher(policy))
    with connections_of_a_thief() as thief:
        thief.execute("DELETE FROM audit_checkpoint WHERE size > 3")
    # Its cosignature over five is still here: the witness is asked, and says so itself.
    take_round(Publisher(policy))
    assert going() == [(CONTRADICTED, "w0")]
    assert witnesses[0].size == 5


def test_a_witness_that_saw_another_tree_contradicts_until_it_signs(
    witnesses: list[NeighbouringWitness], use: Callable[..., Policy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.witness.publisher.FIRST_REST_SECONDS", 0.01)
    policy = use(1, witnesses[0])
    grow(3)
    publisher = Publisher(policy)
    assert take_round(publisher)
    right = witnesses[0].root
    witnesses[0].root = bytes(32)
    grow(2)
    assert not take_round(publisher)
    assert going() == [(CONTRADICTED, "w0")]
    assert "from 3" in Alarm.objects.get().explanation.replace("of\n", "of ").replace("one of 3", "from 3")
    witnesses[0].root = right
    time.sleep(0.02)
    assert take_round(publisher)
    assert going() == []


def test_what_waits_longer_than_promised_is_an_alarm_until_it_is_published(
    use: Callable[..., Policy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LOG_PROMISED_DELAY", timedelta(milliseconds=50))
    monkeypatch.setattr("audit.witness.publisher.FIRST_REST_SECONDS", 0.05)
    with a_witness() as witness:
        answers = witness.answer
        witness.answer = lambda body: (500, "text/plain", "\n")  # type: ignore[method-assign]  # noqa: ARG005
        policy = use(1, witness)
        grow(3)
        publisher = Publisher(policy)
        deadline = time.monotonic() + 20
        while len(going()) < 2 and time.monotonic() < deadline:
            step(publisher)
        assert going() == [(UNPUBLISHED, settings.LOG_ORIGIN), (SILENT, "w0")]
        witness.answer = answers  # type: ignore[method-assign]
        while going() and time.monotonic() < deadline:
            step(publisher)
        assert going() == []
        assert published().size == 3


# --- What witnesses saw, for the guard against forks --------------------------------------------------------------


def test_what_witnesses_saw_outlives_the_database(
    witnesses: list[NeighbouringWitness], use: Callable[..., Policy]
) -> None:
    assert largest_witnessed(live=True) is None
    policy = use(2, *witnesses)
    grow(3)
    assert take_round(Publisher(policy))
    head = largest_witnessed(live=False)
    assert head is not None
    assert (head.size, head.root) == (3, bytes(Checkpoint.objects.get(size=3).root))
    # As after a restore: they saw what we forgot. Each only says so, because none of these serves what it saw.
    for witness in witnesses[:2]:
        witness.size = 9
    heads = witnessed_heads(live=True)
    assert [(one.size, one.is_proven) for one in heads][:2] == [(9, False), (9, False)]
    proven = largest_witnessed(live=True)
    assert proven is not None
    assert proven.size == 3


def test_witnesses_that_do_not_answer_are_left_out(use: Callable[..., Policy], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LOG_WITNESS_TIMEOUT", timedelta(seconds=0.5))
    with answering(hang) as hanging, dead_witness() as dead:
        dead.verifier_key = str(OTHERS.cosigner)
        use(1, hanging, dead)
        grow(3)
        began = time.monotonic()
        assert witnessed_heads(live=True) == []
        assert time.monotonic() - began < 30


# --- What is kept -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [Cosignature, Publication])
def test_what_was_cosigned_and_published_only_grows(
    witnesses: list[NeighbouringWitness], use: Callable[..., Policy], model: Any
) -> None:
    grow(3)
    assert take_round(Publisher(use(1, witnesses[0])))
    rows = model.objects.all()
    with signed_in_as(OWNER):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            rows.update(size=1)
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            rows.delete()
    assert model.objects.get().size == 3
