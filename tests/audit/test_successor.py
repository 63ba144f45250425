"""A log whose leaves are lost for good is ended in public, and everybody can see what its successor says of it."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import ProgrammingError
from django.test import Client
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from audit import standalone_verifier
from audit.actions import LOG_SUCCEEDED
from audit.fork_guard.memory import checkpoint_memory
from audit.fork_guard.refusals import LogBehindCheckpoint, MemoryUnusable
from audit.models import Checkpoint, EndedLog, Leaf, LoggedEntry, LogHead, Pending, Record
from audit.services import succession
from audit.services.verify import verify_log
from audit.signing.checkpoint import TreeHead, open_checkpoint, sign_checkpoint
from audit.signing.log_key import create_key_files, load_signer, load_verifier, verifier_file
from audit.signing.log_keys import LogVerifier
from audit.tree.inclusion import prove_entry
from audit.tree.merkle import CompactRange, check_inclusion
from deploy.private_services import OWNER
from tests.audit.log import all_powerful, append, grow, sequence, signed_in_as

SUCCESSOR = "deelwijs.example/log-2"
HELD = 20
SIGNED = HELD + 3
DECISION = ("--decided-by=the town clerk", "--decided-by=H. de Boer", "--reason=The last backup was of yesterday.")


class Lost:
    """A log of which a restored backup holds `HELD` leaves, of `SIGNED` that were signed."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.old_key = load_verifier()
        self.old_signer = load_signer()
        self.old_key_file = verifier_file(Path(configured.LOG_SIGNING_KEY_FILE))
        grow(10)
        self.early = Checkpoint.objects.newest_first()[0].note
        self.entries = grow(HELD - 10)
        self.held = Checkpoint.objects.newest_first()[0].note
        # What the database had after the backup was taken, and the memory kept.
        lost = TreeHead(self.old_key.name, SIGNED, bytes(31) + b"\x01")
        self.last = sign_checkpoint(lost, self.old_signer)
        memory = checkpoint_memory()
        memory.replace(self.last, expected=memory.read())
        append(2)
        self.settings = settings

    def name_successor(self) -> None:
        """Do what the runbook says first: another name, another key."""
        self.settings.LOG_ORIGIN = SUCCESSOR
        self.settings.LOG_SIGNING_KEY_FILE = self.folder / "successor-key"
        create_key_files(signing_key_file=self.settings.LOG_SIGNING_KEY_FILE, origin=SUCCESSOR)

    def start_successor(self, *arguments: str) -> str:
        out = StringIO()
        with signed_in_as(OWNER):
            call_command(
                "start_successor_log", f"--ended-keys={self.old_key_file}", *(arguments or DECISION), stdout=out
            )
        return out.getvalue()


@pytest.fixture
def lost(committed_db: object, tmp_path: Path, settings: Settings) -> Lost:
    return Lost(tmp_path, settings)


@pytest.fixture
def succeeded(lost: Lost) -> Lost:
    lost.name_successor()
    lost.start_successor()
    return lost


def statement() -> dict[str, Any]:
    ended = EndedLog.objects.get()
    details: dict[str, Any] = json.loads(bytes(Record.objects.get(entry_id=ended.entry_id).canonical))["details"]
    return details


@pytest.mark.usefixtures("either_db")
def test_it_takes_the_way_out_from_the_refusal_to_the_next_entry(tmp_path: Path, settings: Settings) -> None:
    lost = Lost(tmp_path, settings)
    with pytest.raises(LogBehindCheckpoint, match="start_successor_log"):
        sequence()
    lost.name_successor()
    with pytest.raises(MemoryUnusable, match="start_successor_log"):
        sequence()
    said = lost.start_successor()
    assert "is ended with 20 leaves; 3 that it signed are lost" in said
    assert sequence().added == 2, "what waited meanwhile gets its place after the statement"
    assert not Pending.objects.exists()
    assert verify_log(verifier=load_verifier()).discrepancy is None


def test_the_first_leaf_of_the_successor_states_what_happened(succeeded: Lost) -> None:
    ended = EndedLog.objects.get()
    assert Leaf.objects.get(index=HELD).entry_id == ended.entry_id
    said = statement()
    assert said["endedLog"] == succeeded.old_key.name == ended.origin
    assert said["lastCheckpoint"] == succeeded.last, "verbatim"
    assert (said["size"], said["signedSize"], said["heldCheckpoint"]) == (HELD, SIGNED, succeeded.held)
    assert (said["successor"], said["decidedBy"]) == (SUCCESSOR, ["the town clerk", "H. de Boer"])
    assert said["reason"] == "The last backup was of yesterday."


def test_its_first_checkpoint_is_signed_under_its_own_name_and_key_and_remembered(succeeded: Lost) -> None:
    first = Checkpoint.objects.newest_first()[0]
    signed = open_checkpoint(first.note, load_verifier())
    assert (signed.origin, signed.size) == (SUCCESSOR, HELD + 1)
    kept = checkpoint_memory().read()
    assert kept is not None
    assert kept.note == first.note


def test_nothing_of_the_ended_log_is_gone(succeeded: Lost) -> None:
    assert {checkpoint.note for checkpoint in Checkpoint.objects.all()} >= {succeeded.early, succeeded.held}
    assert Leaf.objects.filter(index__lt=HELD).count() == HELD
    entry = succeeded.entries[0]
    proof = prove_entry(Record.objects.get(entry_id=entry.id))
    check_inclusion(
        leaf_hash=entry.leaf_hash,
        index=proof.leaf_index,
        size=proof.tree_size,
        proof=proof.hashes,
        root=bytes(Checkpoint.objects.get(size=proof.tree_size).root),
    )
    assert proof.leaf_index == 10, "it keeps its place"


class TestVerification:
    def kept(self, note: str, key: LogVerifier) -> TreeHead:
        return open_checkpoint(note, key)

    def test_what_is_left_of_the_ended_log_verifies_with_the_new_one(self, succeeded: Lost) -> None:
        sequence()
        kept = [self.kept(note, succeeded.old_key) for note in (succeeded.early, succeeded.held)]
        result = verify_log(verifier=load_verifier(), kept=kept)
        assert result.discrepancy is None
        assert (result.leaves, result.checkpoints) == (HELD + 3, 4)

    def test_a_checkpoint_over_what_is_lost_is_answered(self, succeeded: Lost) -> None:
        discrepancy = verify_log(
            verifier=load_verifier(), kept=[self.kept(succeeded.last, succeeded.old_key)]
        ).discrepancy
        assert discrepancy is not None
        assert discrepancy.kind == "leaves-lost"
        assert f"ended with {HELD} leaves" in discrepancy.explanation

    def test_the_command_reads_checkpoints_of_both(self, succeeded: Lost, tmp_path: Path) -> None:
        kept = tmp_path / "kept"
        kept.write_text(succeeded.held, encoding="utf-8")
        call_command("verify_log", "--checkpoint", str(kept), stdout=StringIO(), stderr=StringIO())
        kept.write_text(succeeded.last, encoding="utf-8")
        with pytest.raises(CommandError, match="leaves-lost"):
            call_command("verify_log", "--checkpoint", str(kept), stdout=StringIO(), stderr=StringIO())

    @pytest.mark.parametrize("column", ["root", "origin", "verifier_keys", "last_note", "delete"])
    def test_a_row_that_says_something_else_than_the_entry_is_found(self, succeeded: Lost, column: str) -> None:
        with all_powerful():
            if column == "delete":
                EndedLog.objects.all().delete()
            else:
                EndedLog.objects.update(
                    **{column: bytes(32) if column == "root" else f"{getattr(EndedLog.objects.get(), column)}x"}
                )
        discrepancy = verify_log(verifier=load_verifier()).discrepancy
        assert discrepancy is not None
        assert discrepancy.kind in ("ended-log-altered", "checkpoint-altered", "signed-tree-altered")


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("--decided-by=one", "--reason=because"), "Twee mensen beslissen dit"),
            (("--decided-by=one", "--decided-by=One ", "--reason=because"), "Twee mensen beslissen dit"),
            (("--decided-by=one", "--decided-by=two"), "Schrijf waarom"),
        ],
    )
    def test_two_people_decide_and_say_why(self, lost: Lost, arguments: tuple[str, ...], sentence: str) -> None:
        lost.name_successor()
        self.refused(lost, sentence, *arguments)

    def test_the_same_name_or_key_cannot_go_on(self, lost: Lost) -> None:
        self.refused(lost, "andere naam en een andere sleutel", *DECISION)

    def test_a_key_that_did_not_sign_the_last_checkpoint_ends_nothing(self, lost: Lost) -> None:
        lost.name_successor()
        lost.old_key_file = verifier_file(Path(configured.LOG_SIGNING_KEY_FILE))
        self.refused(lost, "niet ondertekend met een sleutel", *DECISION)

    def test_a_log_that_was_rewritten_is_not_continued(self, lost: Lost) -> None:
        lost.name_successor()
        with all_powerful():
            Checkpoint.objects.filter(size=HELD).update(
                note=sign_checkpoint(TreeHead(lost.old_key.name, HELD, bytes(32)), lost.old_signer)
            )
        self.refused(lost, "Zet een back-up terug waarin", *DECISION)

    def test_without_a_memory_the_last_checkpoint_is_given(self, lost: Lost, tmp_path: Path) -> None:
        lost.name_successor()
        Path(configured.LOG_LAST_CHECKPOINT_FILE).unlink()
        self.refused(lost, "bewaart niets", *DECISION)
        kept = tmp_path / "kept"
        kept.write_text(lost.last, encoding="utf-8")
        lost.start_successor(*DECISION, f"--last-checkpoint={kept}")
        assert statement()["lastCheckpoint"] == lost.last

    def test_it_happens_once(self, succeeded: Lost) -> None:
        entries = LoggedEntry.objects.count()
        with pytest.raises(CommandError, match="niet ondertekend met een sleutel"):
            succeeded.start_successor()
        assert (LoggedEntry.objects.count(), EndedLog.objects.count()) == (entries, 1)

    def test_only_the_owner_ends_a_log(self, lost: Lost) -> None:
        lost.name_successor()
        with pytest.raises(ProgrammingError, match="permission denied"):
            call_command("start_successor_log", f"--ended-keys={lost.old_key_file}", *DECISION)
        assert not EndedLog.objects.exists()

    def refused(self, lost: Lost, sentence: str, *arguments: str) -> None:
        entries = LoggedEntry.objects.count()
        with pytest.raises(CommandError, match=sentence):
            lost.start_successor(*arguments)
        assert LoggedEntry.objects.count() == entries
        assert not EndedLog.objects.exists()
        assert Leaf.objects.count() == HELD


def test_cut_short_before_the_signature_it_goes_on_where_it_was(lost: Lost, monkeypatch: pytest.MonkeyPatch) -> None:
    lost.name_successor()

    def killed() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(succession, "sign_head", killed)
        with pytest.raises(KeyboardInterrupt):
            lost.start_successor()
    assert EndedLog.objects.count() == 1
    lost.start_successor()
    assert EndedLog.objects.count() == 1
    assert Checkpoint.objects.newest_first()[0].size == HELD + 1
    assert verify_log(verifier=load_verifier()).discrepancy is None


def test_a_memory_that_is_lost_in_between_is_not_made_of_the_ended_logs_checkpoint(
    lost: Lost, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost.name_successor()
    with monkeypatch.context() as patch:
        patch.setattr(succession, "sign_head", "not yet".format)
        lost.start_successor()
    Path(configured.LOG_LAST_CHECKPOINT_FILE).unlink()
    with pytest.raises(CommandError, match="maak dat af"):
        call_command("keep_last_checkpoint", "--from-database", *DECISION)
    assert not Path(configured.LOG_LAST_CHECKPOINT_FILE).exists()


def test_the_sequencer_signs_it_just_as_well(lost: Lost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the command was cut short, and the sequencer is started first."""
    lost.name_successor()
    monkeypatch.setattr(succession, "sign_head", "not yet".format)
    lost.start_successor()
    assert sequence().added == 2
    assert verify_log(verifier=load_verifier()).discrepancy is None


def test_a_backup_from_before_the_succession_is_refused_under_both_names(succeeded: Lost, settings: Settings) -> None:
    with all_powerful():
        EndedLog.objects.all().delete()
        Checkpoint.objects.filter(size__gt=HELD).delete()
        Leaf.objects.filter(index__gte=HELD).delete()
        tree = CompactRange()
        for leaf in Leaf.objects.order_by("index"):
            tree.append(bytes(leaf.leaf_hash))
        LogHead.objects.update(size=HELD, frontier=tree.to_bytes())
    with pytest.raises(LogBehindCheckpoint):
        sequence()
    settings.LOG_ORIGIN = succeeded.old_key.name
    settings.LOG_SIGNING_KEY_FILE = succeeded.old_key_file.with_suffix("")
    with pytest.raises(MemoryUnusable):
        sequence()


def test_a_log_that_ended_twice_is_read_through(succeeded: Lost, settings: Settings, tmp_path: Path) -> None:
    """A stolen key is a reason too: nothing is lost then, and the tree goes on under a third name."""
    sequence()
    succeeded.old_key_file = verifier_file(Path(configured.LOG_SIGNING_KEY_FILE))
    settings.LOG_ORIGIN = "deelwijs.example/log-3"
    settings.LOG_SIGNING_KEY_FILE = tmp_path / "third"
    create_key_files(signing_key_file=tmp_path / "third", origin="deelwijs.example/log-3")
    assert "0 that it signed are lost" in succeeded.start_successor()
    grow(2)
    kept = [open_checkpoint(succeeded.early, succeeded.old_key)]
    assert verify_log(verifier=load_verifier(), kept=kept).discrepancy is None


class TestStranger:
    """Who kept a checkpoint and the key of the ended log, and trusts nobody."""

    @pytest.fixture(autouse=True)
    def _published(self, live_server: LiveServer, tmp_path: Path, settings: Settings) -> None:
        self.lost = Lost(tmp_path, settings)
        self.lost.name_successor()
        self.lost.start_successor()
        sequence()
        self.url = f"{live_server.url}/audit/log"
        self.folder = tmp_path

    def check(self, note: str) -> int:
        file = self.folder / "kept-by-a-stranger"
        file.write_text(note, encoding="utf-8")
        return standalone_verifier.main(
            [
                "succession",
                f"--old={file}",
                f"--old-key={self.lost.old_key}",
                f"--url={self.url}",
                f"--key={load_verifier()}",
            ]
        )

    def test_a_checkpoint_over_what_is_left_holds(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.check(self.lost.early) == 0
        assert self.check(self.lost.held) == 0
        assert "the town clerk" in capsys.readouterr().err

    def test_one_over_what_is_lost_does_not_and_says_which(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.check(self.lost.last) == 1
        assert (
            f"the leaves from {HELD} up to {SIGNED} are lost, as the statement itself says" in capsys.readouterr().out
        )

    def test_one_that_the_statement_hides_is_found(self, capsys: pytest.CaptureFixture[str]) -> None:
        hidden = TreeHead(self.lost.old_key.name, SIGNED + 5, bytes(32))
        assert self.check(sign_checkpoint(hidden, self.lost.old_signer)) == 1
        assert "passes over" in capsys.readouterr().out

    def test_another_past_is_found(self, capsys: pytest.CaptureFixture[str]) -> None:
        other = TreeHead(self.lost.old_key.name, 10, bytes(32))
        assert self.check(sign_checkpoint(other, self.lost.old_signer)) == 1
        assert "rewritten" in capsys.readouterr().out

    def test_a_log_that_never_ended_is_not_said_to_have(self, capsys: pytest.CaptureFixture[str]) -> None:
        with all_powerful():
            EndedLog.objects.all().delete()
        assert self.check(self.lost.early) == 1
        assert "does not say that" in capsys.readouterr().out

    def test_the_ended_log_is_listed_for_everybody(self, client: Client) -> None:
        (listed,) = client.get("/audit/log/ended").json()
        assert listed["lastCheckpoint"] == self.lost.last
        assert (listed["origin"], listed["keys"]) == (self.lost.old_key.name, [str(self.lost.old_key)])
        answer = client.get(f"/audit/log/{listed['statement']}")
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert standalone_verifier_accepts(answer.content.decode(), self.folder)
        assert client.get("/audit/log/ended/3/statement").status_code == 404
        assert client.post("/audit/log/ended").status_code == 405


def standalone_verifier_accepts(proof: str, folder: Path) -> bool:
    file = folder / "statement"
    file.write_text(proof, encoding="utf-8")
    return standalone_verifier.main(["proof", str(file), f"--key={load_verifier()}"]) == 0


def test_it_is_said_to_the_auditor_in_words(succeeded: Lost, client: Client) -> None:
    assert LOG_SUCCEEDED.says is not None
    said = LOG_SUCCEEDED.says(statement())
    assert "3" in said
    assert "the town clerk" in said
