"""A superuser with the signing key rewrites the log so that all rows agree: who kept a checkpoint finds out.

What leaves rows that disagree is in `test_verify_log.py`. Here everything that can be computed anew is, and signed.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from audit import standalone_verifier
from audit.entry import commit_to_entry
from audit.fork_guard.memory import checkpoint_memory
from audit.fork_guard.refusals import LogBehindCheckpoint, LogForked
from audit.models import Checkpoint, Leaf, LoggedEntry, LogHead, Pending, Record, Tile
from audit.services.verify import verify_log
from audit.signing.checkpoint import TreeHead, open_checkpoint, sign_checkpoint
from audit.signing.log_key import load_signer, load_verifier
from audit.tree.merkle import CompactRange, hash_leaf
from tests.audit.log import all_powerful, append, grow, sequence

SIZE = 12


@pytest.fixture
def log(live_server: LiveServer) -> LiveServer:
    grow(SIZE - 4)
    grow(4)
    return live_server


@pytest.fixture
def kept(log: LiveServer, tmp_path: Path) -> Path:
    """The newest checkpoint, as a stranger kept it."""
    file = tmp_path / "kept-by-a-stranger"
    file.write_text(Checkpoint.objects.newest_first()[0].note, encoding="utf-8")
    return file


def edit_an_entry() -> None:
    record = Record.objects.get(entry_id=_entry_at(3))
    canonical = bytes(record.canonical).replace(b'"allowed"', b'"refused"')
    Record.objects.filter(pk=record.pk).update(canonical=canonical, outcome="refused")
    _commit_anew(record.pk, commit_to_entry(bytes(record.salt), canonical))


def swap_a_salt() -> None:
    """The text stays, under another salt: as if it had been committed to so."""
    record = Record.objects.get(entry_id=_entry_at(3))
    Record.objects.filter(pk=record.pk).update(salt=bytes(32))
    _commit_anew(record.pk, commit_to_entry(bytes(32), bytes(record.canonical)))


def delete_an_entry() -> None:
    entry = _entry_at(3)
    for model, key in ((Leaf, "entry_id"), (Record, "entry_id"), (LoggedEntry, "id")):
        model.objects.filter(**{key: entry}).delete()


def reorder() -> None:
    last, one = Leaf.objects.get(index=SIZE - 1), Leaf.objects.get(index=2)
    Leaf.objects.filter(index__in=[2, SIZE - 1]).delete()
    Leaf.objects.create(index=2, entry_id=last.entry_id, leaf_hash=last.leaf_hash)
    Leaf.objects.create(index=SIZE - 1, entry_id=one.entry_id, leaf_hash=one.leaf_hash)


def cut_the_end_off() -> None:
    for leaf in Leaf.objects.filter(index__gte=SIZE - 2):
        Record.objects.filter(entry_id=leaf.entry_id).delete()
        LoggedEntry.objects.filter(id=leaf.entry_id).delete()
        leaf.delete()


def truncate_everything() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_entry, audit_record, audit_leaf, audit_tile, audit_pending")


def _entry_at(index: int) -> UUID:
    return Leaf.objects.get(index=index).entry_id


def _commit_anew(entry: UUID, commitment: bytes) -> None:
    LoggedEntry.objects.filter(id=entry).update(commitment=commitment)
    Leaf.objects.filter(entry_id=entry).update(leaf_hash=hash_leaf(commitment))


def rewrite_the_tree_and_sign_it() -> None:
    """Compute everything anew over the entries that are left, and sign it with the stolen key."""
    signer = load_signer()
    leaves = list(Leaf.objects.order_by("index"))
    Leaf.objects.all().delete()
    Tile.objects.all().delete()
    tree = CompactRange()
    for index, leaf in enumerate(leaves):
        Leaf.objects.create(index=index, entry_id=leaf.entry_id, leaf_hash=leaf.leaf_hash)
        tree.append(bytes(leaf.leaf_hash))
    LogHead.objects.update(size=tree.size, frontier=tree.to_bytes())
    Checkpoint.objects.all().delete()
    note = sign_checkpoint(TreeHead(settings.LOG_ORIGIN, tree.size, tree.root()), signer)
    Checkpoint.objects.create(size=tree.size, root=tree.root(), note=note, at=datetime.now(UTC))


REWRITINGS: list[Callable[[], None]] = [
    edit_an_entry,
    swap_a_salt,
    delete_an_entry,
    reorder,
    cut_the_end_off,
    truncate_everything,
]


@pytest.mark.parametrize("rewrite", REWRITINGS)
def test_a_rewritten_log_is_found_by_whoever_kept_a_checkpoint(
    log: LiveServer, kept: Path, rewrite: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    remembered = checkpoint_memory().read()
    assert remembered is not None
    with all_powerful():
        rewrite()
        rewrite_the_tree_and_sign_it()

    assert verify_log(verifier=load_verifier()).discrepancy is None, "the rows agree, so the service alone cannot tell"

    # A stranger, with a checkpoint and without our code.
    key = str(load_verifier())
    assert check_consistency(log, kept, key) == 1
    assert "DOES NOT HOLD" in capsys.readouterr().out

    # The same checkpoint, given to the service's own verification.
    stranger = open_checkpoint(kept.read_text(encoding="utf-8"), load_verifier())
    found = verify_log(verifier=load_verifier(), kept=[stranger]).discrepancy
    assert found is not None
    assert found.kind in ("signed-tree-altered", "log-cut-off")
    assert str(SIZE) in found.where

    # The memory outside the database: verification finds it, and the sequencer signs nothing.
    with pytest.raises(CommandError, match=r"signed-tree-altered|log-cut-off"):
        call_command("verify_log", stdout=StringIO(), stderr=StringIO())
    append(5)
    with pytest.raises((LogForked, LogBehindCheckpoint)):
        sequence()
    assert Pending.objects.count() == 5

    # Who holds that memory too has everything of ours, and still not what the stranger keeps.
    forged = Checkpoint.objects.newest_first()[0].note
    checkpoint_memory().replace(forged, expected=remembered)
    sequence()
    assert check_consistency(log, kept, key) == 1
    assert verify_log(verifier=load_verifier(), kept=[stranger]).discrepancy is not None


def test_nothing_was_done_and_both_say_so(log: LiveServer, kept: Path) -> None:
    grow(3)
    stranger = open_checkpoint(kept.read_text(encoding="utf-8"), load_verifier())
    assert verify_log(verifier=load_verifier(), kept=[stranger]).discrepancy is None
    assert check_consistency(log, kept, str(load_verifier())) == 0


def test_checkpoints_that_were_all_deleted_are_missed(log: LiveServer) -> None:
    with all_powerful():
        Checkpoint.objects.all().delete()
    with pytest.raises(CommandError, match="checkpoint-missing"):
        call_command("verify_log", stdout=StringIO(), stderr=StringIO())


@pytest.mark.parametrize(
    ("table", "kind"),
    [("entry", "entry-missing"), ("leaf", "leaf-missing"), ("log_head", "head-missing"), ("pending", "entry-outside")],
)
def test_a_table_that_was_truncated_is_named(log: LiveServer, table: str, kind: str) -> None:
    append(1)
    with all_powerful(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE audit_{table}")
    found = verify_log(verifier=load_verifier()).discrepancy
    assert found is not None
    assert found.kind.startswith(kind)


def check_consistency(log: LiveServer, kept: Path, key: str) -> int:
    return standalone_verifier.main(["consistency", f"--old={kept}", f"--url={log.url}/audit/log", f"--key={key}"])
