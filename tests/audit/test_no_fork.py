"""A log that was set back, or holds other leaves than were signed, signs nothing more."""

from pathlib import Path

import pytest
from django.conf import settings

from audit.fork_guard.last_checkpoint import LogBehindCheckpoint, LogForked, keep_last_checkpoint, read_last_checkpoint
from audit.models import Checkpoint, Leaf, Pending
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.log_key import load_signer, load_verifier
from audit.signing.signed_note import NoteError
from audit.tree.merkle import hash_leaf
from tests.audit.log import append, grow, sequence


def remember(size: int, root: bytes) -> None:
    """Put a checkpoint into the file that this log signed, in a past that the database has forgotten."""
    note = sign_checkpoint(TreeHead(settings.LOG_ORIGIN, size, root), load_signer())
    keep_last_checkpoint(Path(settings.LOG_LAST_CHECKPOINT_FILE), note)


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

    def test_a_machine_that_never_signed_may_begin(self) -> None:
        grow(3)
        Path(settings.LOG_LAST_CHECKPOINT_FILE).unlink()
        grow(1)
        assert Path(settings.LOG_LAST_CHECKPOINT_FILE).exists()


class TestFile:
    def test_it_is_replaced_in_one_step(self, db: None, tmp_path: Path) -> None:
        file = tmp_path / "folder" / "last"
        keep_last_checkpoint(file, "one\n")
        keep_last_checkpoint(file, "two\n")
        assert file.read_text(encoding="utf-8") == "two\n"
        assert list(file.parent.iterdir()) == [file], "nothing unfinished is left"

    def test_one_that_was_tampered_with_is_refused(self, db: None) -> None:
        remember(5, bytes(32))
        file = Path(settings.LOG_LAST_CHECKPOINT_FILE)
        file.write_text(file.read_text(encoding="utf-8").replace("\n5\n", "\n4\n"), encoding="utf-8")
        with pytest.raises(NoteError, match="wrong"):
            read_last_checkpoint(file, load_verifier())
