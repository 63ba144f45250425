"""Who gets an answer gets a signed promise that its entry will stand in the log, and can hold the service to it."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from uuid_utils.compat import uuid7

from audit import standalone_verifier
from audit.api.serializers import EntryProofSerializer
from audit.models import Record
from audit.signing.checkpoint import CheckpointError, open_checkpoint
from audit.signing.log_key import load_verifier, verifier_file
from audit.signing.promise import Promise, PromiseError
from audit.signing.promise_key import (
    PromiseKeyUnusable,
    create_promise_key_files,
    load_promise_verifiers,
    promise_for,
    promise_signer,
    promise_verifiers_file,
)
from audit.signing.signed_note import NoteError, open_note
from audit.tree.inclusion import prove_entry
from tests.audit.log import append, grow


@pytest.fixture
def key_file(settings: Settings, tmp_path: Path) -> Path:
    settings.LOG_PROMISE_KEY_FILE = tmp_path / "keys" / "promise-key"
    create_promise_key_files(settings.LOG_PROMISE_KEY_FILE)
    return tmp_path / "keys" / "promise-key"


ids = st.builds(
    lambda made, rest: UUID(int=made << 80 | 7 << 76 | 2 << 62 | rest),
    st.integers(0, 253_402_300_799_999),
    st.integers(0, 2**62 - 1),
)


@given(ids, st.binary(min_size=32, max_size=32), st.integers(1, 86400))
def test_a_promise_is_read_as_it_was_written(entry_id: UUID, leaf_hash: bytes, seconds: int) -> None:
    promise = Promise("log.example/2026", entry_id, leaf_hash, timedelta(seconds=seconds))
    assert Promise.read(promise.body) == promise


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("deelwijs/audit/promise/v1", "deelwijs/audit/promise/v2"),
        ("within 60", "within 060"),
        ("within 60", "within 0"),
        ("at 2", "at 3"),
        ("entry 0", "entry 1"),
        ("entry 0", "entry z"),
        ("\nlog ", "\nlog  "),
        ("within 60\n", "within 60\nmore\n"),
    ],
)
def test_another_text_is_no_promise(old: str, new: str) -> None:
    entry_id = UUID("0199a2c4-7f6e-7c55-a1a0-0d2f4f1f7a10")
    body = Promise("log.example", entry_id, bytes(32), timedelta(seconds=60)).body
    assert old in body
    with pytest.raises(PromiseError):
        Promise.read(body.replace(old, new, 1))


def test_half_a_second_is_rounded_up() -> None:
    assert "\nwithin 1\n" in Promise("log.example", uuid7(), bytes(32), timedelta(milliseconds=500)).body


def test_the_same_promise_is_signed_the_same_way(key_file: Path) -> None:
    entry_id = uuid7()
    note = promise_for(entry_id, bytes(32))
    assert note == promise_for(entry_id, bytes(32))
    assert Promise.read(open_note(note, load_promise_verifiers())).entry_id == entry_id


def test_a_promise_never_passes_for_a_checkpoint(key_file: Path) -> None:
    note = promise_for(uuid7(), bytes(32))
    with pytest.raises(CheckpointError):
        open_checkpoint(note, load_promise_verifiers()[0])


def test_a_rotation_keeps_older_promises_verifiable(key_file: Path) -> None:
    older = promise_for(uuid7(), bytes(32))
    secret = key_file.read_text(encoding="utf-8")
    call_command("create_promise_key", "--rotate", stdout=StringIO())
    newer = promise_for(uuid7(), bytes(32))
    newest, first = load_promise_verifiers()
    assert open_note(older, [first])
    assert open_note(newer, [newest])
    with pytest.raises(NoteError):
        open_note(newer, [first])
    assert secret.strip() not in key_file.read_text(encoding="utf-8")
    assert key_file.stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten(key_file: Path) -> None:
    before = key_file.read_text(encoding="utf-8")
    with pytest.raises(CommandError, match="--rotate"):
        call_command("create_promise_key")
    call_command("create_promise_key", "--if-missing")
    assert key_file.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("command", [["--rotate"], []])
def test_what_cannot_be_made_is_said(settings: Settings, tmp_path: Path, command: list[str]) -> None:
    settings.LOG_PROMISE_KEY_FILE = tmp_path / "promise-key"
    if not command:
        settings.LOG_ORIGIN = "with space"
    with pytest.raises(CommandError):
        call_command("create_promise_key", *command)
    assert list(tmp_path.iterdir()) == []


def test_a_key_of_another_log_promises_nothing(key_file: Path, settings: Settings) -> None:
    settings.LOG_ORIGIN = "another.example/log"
    with pytest.raises(PromiseKeyUnusable):
        promise_signer()
    with pytest.raises(PromiseKeyUnusable):
        load_promise_verifiers()


def test_the_keys_are_published(db: None, client: Client) -> None:
    call_command("create_promise_key", "--rotate", stdout=StringIO())
    response = client.get("/audit/log/promise-key")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().split() == [str(verifier) for verifier in load_promise_verifiers()]
    assert client.post("/audit/log/promise-key").status_code == 405


class TestStandaloneVerifier:
    """The program of strangers, fed with what the service gives them."""

    @pytest.fixture
    def files(self, committed_db: object, settings: Settings, tmp_path: Path) -> Path:
        """A folder with a promise and the proof of its entry, and another entry's proof."""
        one, other = grow(2)
        (tmp_path / "promise").write_text(one.promise(), encoding="utf-8")
        for name, entry_id in (("proof", one.id), ("other", other.id)):
            proof = EntryProofSerializer(prove_entry(Record.objects.get(pk=entry_id))).data
            (tmp_path / name).write_text(json.dumps(proof), encoding="utf-8")
        return tmp_path

    def check(self, files: Path, settings: Settings, *more: str) -> int:
        keys = promise_verifiers_file(Path(settings.LOG_PROMISE_KEY_FILE))
        return standalone_verifier.main(["promise", str(files / "promise"), f"--promise-key={keys}", *more])

    def with_proof(self, files: Path, name: str, settings: Settings) -> list[str]:
        return [f"--proof={files / name}", f"--key={verifier_file(Path(settings.LOG_SIGNING_KEY_FILE))}"]

    def test_promises(
        self, files: Path, settings: Settings, capsys: pytest.CaptureFixture[str], subtests: pytest.Subtests
    ) -> None:
        kept = files / "promise"
        note = kept.read_text(encoding="utf-8")
        with subtests.test("a promise"):
            assert self.check(files, settings) == 0
            assert "by 20" in capsys.readouterr().err
        with subtests.test("a promise that was kept"):
            assert self.check(files, settings, *self.with_proof(files, "proof", settings)) == 0
            assert "it is the promised entry" in capsys.readouterr().err
        with subtests.test("the proof of another entry"):
            assert self.check(files, settings, *self.with_proof(files, "other", settings)) == 1
        with subtests.test("half of what a proof needs"):
            assert self.check(files, settings, self.with_proof(files, "proof", settings)[0]) == 2
        with subtests.test("older keys"):
            call_command("create_promise_key", "--rotate", stdout=StringIO())
            assert self.check(files, settings) == 0
        for name, forged in (
            ("a promise of less", note.replace("within 60", "within 90")),
            ("a signature that is missing", note.partition("\n\n")[0]),
            ("a name that is not the key's", note.replace("/promise ", "/other ")),
            ("nothing", ""),
        ):
            with subtests.test(name):
                kept.write_text(forged, encoding="utf-8")
                assert self.check(files, settings) == 1
        with subtests.test("a checkpoint is no promise"):
            proof = json.loads((files / "proof").read_text(encoding="utf-8"))
            kept.write_text(proof["checkpoint"], encoding="utf-8")
            key = f"--promise-key={load_verifier()}"
            assert standalone_verifier.main(["promise", str(kept), key]) == 1


def test_an_entry_that_rolls_back_is_in_no_log(db: None) -> None:
    """The promise is made from what was appended; nothing is written for it."""
    before = Record.objects.count()
    appended = append(1)[0]
    assert str(appended.id) in appended.promise()
    assert Record.objects.count() == before + 1
