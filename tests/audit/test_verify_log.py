"""Verification names every kind of change that somebody with all rights makes behind the triggers' backs."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from uuid_utils.compat import uuid7

from audit.actions import ERASED
from audit.entry import Entry, commit_to_entry, now
from audit.models import Checkpoint, Erasure, Leaf, LoggedEntry, LogHead, Pending, Record, Tile
from audit.retention.commitment import commit_to_list
from audit.services.append import append_entry
from audit.services.verify import Verification, verify_log
from audit.signing.checkpoint import open_checkpoint
from audit.signing.log_key import load_verifier
from audit.tree.merkle import CompactRange, hash_leaf, split_hashes
from audit.tree.tiles import TILE_WIDTH, tile_root
from tests.audit.log import BRAM, all_powerful, append, grow, signed_in_as

SIZE = TILE_WIDTH + 4
GUARDED = ["entry", "record", "erasure", "leaf", "tile", "checkpoint", "log_head", "pending"]


@pytest.fixture
def log(either_db: None) -> list[UUID]:
    """A log with a full tile, two checkpoints and two entries that wait; gives the ids in the order of the leaves."""
    grow(10)
    grow(SIZE - 10)
    append(2)
    return list(Leaf.objects.order_by("index").values_list("entry_id", flat=True))


def verified() -> Verification:
    return verify_log(verifier=load_verifier())


def found() -> tuple[str, str]:
    discrepancy = verified().discrepancy
    assert discrepancy is not None
    assert discrepancy.explanation
    return discrepancy.kind, discrepancy.where


def test_an_untouched_log_verifies(log: list[UUID]) -> None:
    result = verified()
    assert result.discrepancy is None
    assert (result.leaves, result.tiles, result.checkpoints, result.pending, result.erased) == (SIZE, 1, 2, 2, 0)


def test_an_empty_log_verifies(either_db: None) -> None:
    assert verified().discrepancy is None


def edit_record(log: list[UUID]) -> tuple[str, str]:
    record = Record.objects.get(entry_id=log[5])
    edited = bytes(record.canonical).replace(b'"allowed"', b'"refused"')
    Record.objects.filter(entry_id=log[5]).update(canonical=edited, outcome="refused")
    return "record-altered", f"record {log[5]}"


def swap_salts(log: list[UUID]) -> tuple[str, str]:
    one, other = Record.objects.get(entry_id=log[5]), Record.objects.get(entry_id=log[7])
    Record.objects.filter(entry_id=log[5]).update(salt=other.salt)
    Record.objects.filter(entry_id=log[7]).update(salt=one.salt)
    return "record-altered", f"record {log[5]}"


def put_another_record_in_its_place(log: list[UUID]) -> tuple[str, str]:
    other = Record.objects.get(entry_id=log[7])
    Record.objects.filter(entry_id=log[5]).update(salt=other.salt, canonical=other.canonical)
    return "record-altered", f"record {log[5]}"


def edit_a_search_column(log: list[UUID]) -> tuple[str, str]:
    Record.objects.filter(entry_id=log[5]).update(subject=BRAM)
    return "record-column-altered", f"record {log[5]}, column subject"


def replace_who_acted(log: list[UUID]) -> tuple[str, str]:
    Record.objects.filter(entry_id=log[5]).update(user_sealed=b"somebody else")
    return "record-user-altered", f"record {log[5]}"


def edit_commitment(log: list[UUID]) -> tuple[str, str]:
    LoggedEntry.objects.filter(id=log[5]).update(commitment=bytes(32))
    return "commitment-altered", f"leaf 5, entry {log[5]}"


def rewrite_entry_with_its_record(log: list[UUID]) -> tuple[str, str]:
    record = Record.objects.get(entry_id=log[5])
    commitment = commit_to_entry(bytes(32), bytes(record.canonical))
    Record.objects.filter(entry_id=log[5]).update(salt=bytes(32))
    LoggedEntry.objects.filter(id=log[5]).update(commitment=commitment)
    return "leaf-altered", f"leaf 5, entry {log[5]}"


def rewrite_entry_and_leaf(log: list[UUID]) -> tuple[str, str]:
    rewrite_entry_with_its_record(log)
    commitment = bytes(LoggedEntry.objects.get(id=log[5]).commitment)
    Leaf.objects.filter(index=5).update(leaf_hash=hash_leaf(commitment))
    return "signed-tree-altered", "checkpoint over 10 leaves"


def rewrite_everything_after_the_last_checkpoint_but_one(log: list[UUID]) -> tuple[str, str]:
    """Everything that can be computed again is: entry, record, leaf, tile and head. Only the signature cannot."""
    at = 20
    record = Record.objects.get(entry_id=log[at])
    Record.objects.filter(entry_id=log[at]).update(salt=bytes(32))
    commitment = commit_to_entry(bytes(32), bytes(record.canonical))
    LoggedEntry.objects.filter(id=log[at]).update(commitment=commitment)
    Leaf.objects.filter(index=at).update(leaf_hash=hash_leaf(commitment))
    leaf_hashes = [bytes(leaf.leaf_hash) for leaf in Leaf.objects.order_by("index")]
    hashes = b"".join(leaf_hashes[:TILE_WIDTH])
    Tile.objects.update(hashes=hashes, root=tile_root(hashes))
    tree = CompactRange()
    for leaf_hash in leaf_hashes:
        tree.append(leaf_hash)
    LogHead.objects.update(frontier=tree.to_bytes())
    return "signed-tree-altered", f"checkpoint over {SIZE} leaves"


def delete_entry(log: list[UUID]) -> tuple[str, str]:
    LoggedEntry.objects.filter(id=log[5]).delete()
    return "entry-missing", f"leaf 5, entry {log[5]}"


def delete_waiting_entry(log: list[UUID]) -> tuple[str, str]:
    waiting = Pending.objects.earliest("entry_id").entry_id
    LoggedEntry.objects.filter(id=waiting).delete()
    return "entry-missing", f"record of {waiting}"


def delete_waiting_entry_and_its_record(log: list[UUID]) -> tuple[str, str]:
    waiting = Pending.objects.earliest("entry_id").entry_id
    LoggedEntry.objects.filter(id=waiting).delete()
    Record.objects.filter(entry_id=waiting).delete()
    return "entry-missing", f"pending row of {waiting}"


def delete_pending_row(log: list[UUID]) -> tuple[str, str]:
    waiting = Pending.objects.earliest("entry_id").entry_id
    Pending.objects.filter(entry_id=waiting).delete()
    return "entry-outside-log", f"entry {waiting}"


def edit_pending_row(log: list[UUID]) -> tuple[str, str]:
    waiting = Pending.objects.earliest("entry_id")
    Pending.objects.filter(entry_id=waiting.entry_id).update(commitment=bytes(32))
    return "pending-altered", f"entry {waiting.entry_id}"


def edit_waiting_record(log: list[UUID]) -> tuple[str, str]:
    waiting = Pending.objects.earliest("entry_id").entry_id
    Record.objects.filter(entry_id=waiting).update(canonical=b"{}")
    return "record-altered", f"record {waiting}"


def delete_leaf(log: list[UUID]) -> tuple[str, str]:
    Leaf.objects.filter(index=5).delete()
    return "leaf-missing", "leaf 5"


def delete_last_leaves(log: list[UUID]) -> tuple[str, str]:
    Leaf.objects.filter(index__gte=SIZE - 2).delete()
    return "leaf-missing", f"leaf {SIZE - 2}"


def edit_leaf(log: list[UUID]) -> tuple[str, str]:
    Leaf.objects.filter(index=5).update(leaf_hash=bytes(32))
    return "leaf-altered", f"leaf 5, entry {log[5]}"


def reorder_leaves(log: list[UUID]) -> tuple[str, str]:
    one, other = Leaf.objects.get(index=15), Leaf.objects.get(index=17)
    Leaf.objects.filter(index__in=[15, 17]).delete()
    Leaf.objects.create(index=15, entry_id=other.entry_id, leaf_hash=other.leaf_hash)
    Leaf.objects.create(index=17, entry_id=one.entry_id, leaf_hash=one.leaf_hash)
    return "tile-altered", "tile 0/0, hash 15"


def point_leaf_at_another_entry(log: list[UUID]) -> tuple[str, str]:
    waiting = Pending.objects.earliest("entry_id").entry_id
    Leaf.objects.filter(index=5).update(entry_id=waiting)
    return "leaf-altered", f"leaf 5, entry {waiting}"


def rewrite_tile(log: list[UUID]) -> tuple[str, str]:
    hashes = split_hashes(bytes(Tile.objects.get().hashes))
    hashes[9] = bytes(32)
    Tile.objects.update(hashes=b"".join(hashes))
    return "tile-altered", "tile 0/0, hash 9"


def rewrite_tile_root(log: list[UUID]) -> tuple[str, str]:
    Tile.objects.update(root=bytes(32))
    return "tile-altered", "tile 0/0, root"


def delete_tile(log: list[UUID]) -> tuple[str, str]:
    Tile.objects.all().delete()
    return "tile-missing", "tile 0/0"


def invent_tile(log: list[UUID]) -> tuple[str, str]:
    Tile.objects.create(level=0, index=1, hashes=bytes(8192), root=bytes(32))
    return "tile-beyond-head", "tile 0/1"


def rewrite_checkpoint_root(log: list[UUID]) -> tuple[str, str]:
    Checkpoint.objects.filter(size=10).update(root=bytes(32))
    return "checkpoint-altered", "checkpoint over 10 leaves"


def rewrite_checkpoint_note(log: list[UUID]) -> tuple[str, str]:
    note = Checkpoint.objects.get(size=10).note.replace("\n10\n", "\n11\n")
    Checkpoint.objects.filter(size=10).update(note=note)
    return "checkpoint-altered", "checkpoint over 10 leaves"


def put_another_note_under_a_size(log: list[UUID]) -> tuple[str, str]:
    Checkpoint.objects.filter(size=10).update(note=Checkpoint.objects.get(size=SIZE).note)
    return "checkpoint-altered", "checkpoint over 10 leaves"


def set_head_back(log: list[UUID]) -> tuple[str, str]:
    tree = CompactRange()
    for leaf in Leaf.objects.order_by("index")[: SIZE - 1]:
        tree.append(bytes(leaf.leaf_hash))
    LogHead.objects.update(size=tree.size, frontier=tree.to_bytes())
    return "leaf-beyond-head", f"leaf {SIZE - 1}"


def rewrite_frontier(log: list[UUID]) -> tuple[str, str]:
    LogHead.objects.update(frontier=bytes(LogHead.objects.get().frontier)[::-1])
    return "head-altered", f"log head at {SIZE}"


def delete_head(log: list[UUID]) -> tuple[str, str]:
    LogHead.objects.all().delete()
    return "head-missing", "log head"


def cut_the_end_off(log: list[UUID]) -> tuple[str, str]:
    """Take away the last leaf with its entry, record and checkpoint's leaves, and set the head back to match."""
    set_head_back(log)
    Leaf.objects.filter(index=SIZE - 1).delete()
    LoggedEntry.objects.filter(id=log[-1]).delete()
    Record.objects.filter(entry_id=log[-1]).delete()
    return "log-cut-off", f"checkpoint over {SIZE} leaves"


def delete_record(log: list[UUID]) -> tuple[str, str]:
    Record.objects.filter(entry_id=log[5]).delete()
    return "record-missing", f"record of {log[5]}"


def delete_waiting_record(log: list[UUID]) -> tuple[str, str]:
    waiting = Pending.objects.earliest("entry_id").entry_id
    Record.objects.filter(entry_id=waiting).delete()
    return "record-missing", f"record of {waiting}"


def delete_record_and_say_that_it_was_erased(log: list[UUID]) -> tuple[str, str]:
    Record.objects.filter(entry_id=log[5]).delete()
    Erasure.objects.create(entry_id=log[5], erased_by=uuid7(), rule="order", at=now())
    erased_by = Erasure.objects.get().erased_by
    return "erasure-not-logged", f"erasure by entry {erased_by}"


def delete_record_and_name_any_entry(log: list[UUID]) -> tuple[str, str]:
    Record.objects.filter(entry_id=log[5]).delete()
    Erasure.objects.create(entry_id=log[5], erased_by=log[7], rule="order", at=now())
    return "erasure-altered", f"erasure by entry {log[7]}"


def say_of_a_record_that_it_was_erased(log: list[UUID]) -> tuple[str, str]:
    Erasure.objects.create(entry_id=log[5], erased_by=log[7], rule="order", at=now())
    return "erasure-invented", f"erasure of {log[5]}"


TAMPERINGS: list[Callable[[list[UUID]], tuple[str, str]]] = [
    edit_record,
    swap_salts,
    put_another_record_in_its_place,
    edit_a_search_column,
    replace_who_acted,
    edit_commitment,
    rewrite_entry_with_its_record,
    rewrite_entry_and_leaf,
    rewrite_everything_after_the_last_checkpoint_but_one,
    delete_record,
    delete_waiting_record,
    delete_record_and_say_that_it_was_erased,
    delete_record_and_name_any_entry,
    say_of_a_record_that_it_was_erased,
    delete_entry,
    delete_waiting_entry,
    delete_waiting_entry_and_its_record,
    delete_pending_row,
    edit_pending_row,
    edit_waiting_record,
    delete_leaf,
    delete_last_leaves,
    edit_leaf,
    reorder_leaves,
    point_leaf_at_another_entry,
    rewrite_tile,
    rewrite_tile_root,
    delete_tile,
    invent_tile,
    rewrite_checkpoint_root,
    rewrite_checkpoint_note,
    put_another_note_under_a_size,
    set_head_back,
    rewrite_frontier,
    delete_head,
    cut_the_end_off,
]


def test_every_change_is_named(log: list[UUID], subtests: pytest.Subtests) -> None:
    with all_powerful():
        for tamper in TAMPERINGS:
            with subtests.test(tamper.__name__), transaction.atomic():
                expected = tamper(log)
                assert found() == expected
                transaction.set_rollback(True)
    assert verified().discrepancy is None, "each was taken back"


def test_erasing_a_record_by_rule_is_counted_and_not_reported(log: list[UUID]) -> None:
    entry = Entry(
        action=ERASED.name,
        outcome="allowed",
        details={"rule": "order", "erased": 2, "commitment": commit_to_list(log[3:5])},
    )
    with all_powerful():
        erased_by = append_entry(entry).id
        for erased in log[3:5]:
            Erasure.objects.create(entry_id=erased, erased_by=erased_by, rule="order", at=entry.at)
        Record.objects.filter(entry_id__in=log[3:5]).delete()
    result = verified()
    assert result.discrepancy is None
    assert result.erased == 2


def test_cutting_off_what_a_kept_checkpoint_covers_is_found(log: list[UUID]) -> None:
    """Even where the service's own checkpoints were taken away too."""
    kept = open_checkpoint(Checkpoint.objects.get(size=SIZE).note, load_verifier())
    with all_powerful():
        cut_the_end_off(log)
        Checkpoint.objects.filter(size=SIZE).delete()
    assert verified().discrepancy is None
    discrepancy = verify_log(verifier=load_verifier(), kept=[kept]).discrepancy
    assert discrepancy is not None
    assert (discrepancy.kind, discrepancy.where) == ("log-cut-off", f"checkpoint over {SIZE} leaves")


def test_it_tells_how_far_it_is(log: list[UUID]) -> None:
    told: list[tuple[int, int]] = []
    verify_log(verifier=load_verifier(), progress=lambda done, total: told.append((done, total)))
    assert told == [(SIZE, SIZE)]


def run(*arguments: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("verify_log", *arguments, stdout=out, stderr=StringIO())
    except CommandError as error:
        return f"{out.getvalue()}{error}", error.returncode
    return out.getvalue(), 0


class TestCommand:
    def test_a_good_log_ends_with_0(self, log: list[UUID]) -> None:
        said, code = run()
        assert code == 0
        assert f"{SIZE} leaves" in said

    def test_a_changed_log_ends_with_1_and_names_the_row(self, log: list[UUID]) -> None:
        with all_powerful():
            edit_record(log)
        said, code = run()
        assert code == 1
        assert f"record {log[5]}" in said
        assert "record-altered" in said

    def test_programs_get_one_object(self, log: list[UUID]) -> None:
        said, _ = run("--json")
        expected: dict[str, Any] = {"leaves": SIZE, "tiles": 1, "checkpoints": 2, "erased": 0, "pending": 2}
        assert json.loads(said) == expected | {"timestamps": 0, "discrepancy": None}

    def test_a_checkpoint_that_somebody_kept_can_be_given(self, log: list[UUID], tmp_path: Path) -> None:
        kept = tmp_path / "kept"
        kept.write_text(Checkpoint.objects.get(size=10).note, encoding="utf-8")
        with all_powerful():
            rewrite_entry_and_leaf(log)
            Checkpoint.objects.filter(size=10).delete()
            hashes = b"".join(bytes(one.leaf_hash) for one in Leaf.objects.order_by("index")[:TILE_WIDTH])
            Tile.objects.update(hashes=hashes, root=tile_root(hashes))
        said, code = run("--checkpoint", str(kept))
        assert code == 1
        assert "kept checkpoint over 10 leaves" in said

    def test_a_kept_checkpoint_with_a_wrong_signature_is_a_mistake(self, log: list[UUID], tmp_path: Path) -> None:
        forged = tmp_path / "forged"
        forged.write_text(Checkpoint.objects.get(size=10).note.replace("\n10\n", "\n12\n"), encoding="utf-8")
        said, code = run("--checkpoint", str(forged))
        assert code == 1
        assert "cannot be used" in said

    def test_oversight_may_run_it(self, log: list[UUID]) -> None:
        with signed_in_as("deelwijs_oversight"):
            assert run()[1] == 0
