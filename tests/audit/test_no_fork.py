"""A log that was set back, or holds other leaves than were signed, signs nothing more."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from audit.fork_guard import known_heads
from audit.fork_guard.known_heads import KnownHead
from audit.fork_guard.memory import checkpoint_memory
from audit.fork_guard.refusals import LogBehindCheckpoint, LogForked, MemoryMissing, MemoryUnusable
from audit.models import Checkpoint, Leaf, LogHead, Pending
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.log_key import load_signer
from audit.signing.signed_note import Verifier, generate_signer
from audit.tree.merkle import hash_leaf
from tests.audit.log import all_powerful, append, grow, sequence


def remember(size: int, root: bytes) -> None:
    """Put a checkpoint into the file that this log signed, in a past that the database has forgotten."""
    note = sign_checkpoint(TreeHead(settings.LOG_ORIGIN, size, root), load_signer())
    memory = checkpoint_memory()
    memory.replace(note, expected=memory.read())


@pytest.mark.usefixtures("either_db")
class TestSequencer:
    def test_a_restored_database_signs_nothing_and_says_what_to_do(self) -> None:
        grow(3)
        append(2)
        remember(5, bytes(32))
        with pytest.raises(LogBehindCheckpoint, match=r"holds 3 leaves.*over 5 was signed.*Recover the database"):
            sequence()
        assert Leaf.objects.count() == 3, "not even a place is given: it was given to another entry"
        assert Pending.objects.count() == 2
        assert Checkpoint.objects.count() == 1

    def test_other_leaves_than_were_signed_are_a_fork(self) -> None:
        grow(3)
        remember(3, hash_leaf(b"another past"))
        with pytest.raises(LogForked, match="verify_log"):
            sequence()

    def test_a_fork_is_found_below_the_end_too(self) -> None:
        grow(3)
        remember(2, hash_leaf(b"another past"))
        append()
        with pytest.raises(LogForked):
            sequence()
        assert Checkpoint.objects.newest_first()[0].size == 3

    def test_a_file_that_is_behind_is_no_fork(self) -> None:
        grow(3)
        file = Path(settings.LOG_LAST_CHECKPOINT_FILE)
        kept = file.read_text(encoding="utf-8")
        grow(3)
        file.write_text(kept, encoding="utf-8")
        grow(1)
        assert Checkpoint.objects.newest_first()[0].size == 7

    def test_a_memory_that_was_deleted_is_not_taken_for_a_new_log(self) -> None:
        grow(3)
        file = Path(settings.LOG_LAST_CHECKPOINT_FILE)
        file.unlink()
        append()
        with pytest.raises(MemoryMissing, match=r"does not exist.*keep_last_checkpoint"):
            sequence()
        assert Leaf.objects.count() == 3
        assert not file.exists(), "it was not made anew by itself"

    def test_a_new_log_makes_its_memory(self) -> None:
        grow(3)
        assert Path(settings.LOG_LAST_CHECKPOINT_FILE).exists()

    def test_a_memory_that_was_tampered_with_is_refused(self) -> None:
        grow(5)
        file = Path(settings.LOG_LAST_CHECKPOINT_FILE)
        file.write_text(file.read_text(encoding="utf-8").replace("\n5\n", "\n4\n"), encoding="utf-8")
        with pytest.raises(MemoryUnusable, match=r"no checkpoint of deelwijs\.example/log: the signature"):
            sequence()

    def test_the_memory_of_another_log_is_refused(self) -> None:
        grow(5)
        other = generate_signer("another.example/log")
        Path(settings.LOG_LAST_CHECKPOINT_FILE).write_text(
            sign_checkpoint(TreeHead(other.name, 5, bytes(32)), other), encoding="utf-8"
        )
        with pytest.raises(MemoryUnusable, match="start_successor_log"):
            sequence()

    def test_a_restore_of_the_leaves_alone_is_found_by_the_checkpoints(self) -> None:
        """The checkpoints in the database count too, where the memory was set back with the leaves."""
        grow(3)
        file = Path(settings.LOG_LAST_CHECKPOINT_FILE)
        kept = file.read_text(encoding="utf-8")
        head = LogHead.objects.values("size", "frontier").get()
        grow(2)
        file.write_text(kept, encoding="utf-8")
        with all_powerful():
            LogHead.objects.update(**head)
        with pytest.raises(LogBehindCheckpoint, match=r"over 5 was signed: the database's own checkpoints"):
            sequence()

    def test_a_head_that_somebody_else_remembers_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        grow(3)

        def remembered_elsewhere(verifier: Verifier) -> list[KnownHead]:
            return [KnownHead(TreeHead(verifier.name, 4, bytes(32)), "the witness witness.example")]

        monkeypatch.setattr(known_heads, "SOURCES", [*known_heads.SOURCES, remembered_elsewhere])
        append()
        with pytest.raises(LogBehindCheckpoint, match=r"witness\.example remembers it"):
            sequence()

    @pytest.mark.parametrize("frontier", [bytes(31), b"", bytes(32) * 2])
    def test_a_tree_that_cannot_be_read_signs_nothing(self, frontier: bytes) -> None:
        grow(3)
        append()
        with all_powerful():
            LogHead.objects.update(frontier=frontier)
        with pytest.raises(LogForked, match="verify_log"):
            sequence()

    def test_a_checkpoint_that_the_log_did_not_sign_stops_it(self) -> None:
        grow(3)
        forged = sign_checkpoint(TreeHead(settings.LOG_ORIGIN, 4, bytes(32)), generate_signer(settings.LOG_ORIGIN))
        with all_powerful():
            Checkpoint.objects.create(size=4, root=bytes(32), note=forged, at=datetime.now(UTC))
        with pytest.raises(LogForked, match="did not sign"):
            sequence()
