"""The sequencer gives every entry one place, fills tiles, and signs what is new."""

from pathlib import Path

import pytest
from django.conf import settings

from audit.models import Checkpoint, Leaf, LoggedEntry, LogHead, Pending, Tile
from audit.services.verify import verify_log
from audit.signing.checkpoint import open_checkpoint
from audit.signing.log_key import LogKeyUnusable, load_verifier
from audit.tree.merkle import EMPTY_ROOT, CompactRange, hash_leaf
from audit.tree.tiles import TILE_WIDTH
from tests.audit.log import append, grow, sequence
from tests.audit.tree import root_of

pytestmark = pytest.mark.usefixtures("either_db")


def test_entries_get_consecutive_places() -> None:
    grow(3)
    grow(2)
    leaves = list(Leaf.objects.order_by("index"))
    assert [leaf.index for leaf in leaves] == [0, 1, 2, 3, 4]
    assert {leaf.entry_id for leaf in leaves} == set(LoggedEntry.objects.values_list("id", flat=True))
    assert not Pending.objects.exists()


def test_a_leaf_is_the_hash_of_the_commitment() -> None:
    (appended,) = grow(1)
    assert bytes(Leaf.objects.get().leaf_hash) == appended.leaf_hash == hash_leaf(appended.commitment)


def test_the_checkpoint_signs_the_root_of_the_leaves() -> None:
    grow(5)
    newest = Checkpoint.objects.newest_first()[0]
    head = open_checkpoint(newest.note, load_verifier())
    leaf_hashes = [bytes(leaf.leaf_hash) for leaf in Leaf.objects.order_by("index")]
    assert (head.size, head.root) == (5, root_of(leaf_hashes)) == (newest.size, bytes(newest.root))
    assert head.origin == settings.LOG_ORIGIN


def test_the_head_holds_the_frontier() -> None:
    grow(7)
    head = LogHead.objects.get()
    assert CompactRange.from_bytes(head.size, bytes(head.frontier)).root() == bytes(
        Checkpoint.objects.newest_first()[0].root
    )


def test_full_tiles_are_kept_and_partial_ones_are_not() -> None:
    grow(TILE_WIDTH - 1)
    assert not Tile.objects.exists()
    grow(2)
    tile = Tile.objects.get()
    assert (tile.level, tile.index) == (0, 0)
    assert bytes(tile.root) == root_of(bytes(leaf.leaf_hash) for leaf in Leaf.objects.order_by("index")[:TILE_WIDTH])


def test_an_empty_log_is_signed_once() -> None:
    first, second = sequence(), sequence()
    assert first.checkpoint is not None
    assert second.checkpoint is None
    assert open_checkpoint(first.checkpoint, load_verifier()).root == EMPTY_ROOT


def test_nothing_new_is_not_signed_again() -> None:
    grow(2)
    before = list(Checkpoint.objects.values())
    assert sequence() == sequence()
    assert list(Checkpoint.objects.values()) == before


def test_a_tick_takes_no_more_than_its_limit() -> None:
    append(5)
    assert [sequence(limit=2).added for _ in range(4)] == [2, 2, 1, 0]
    assert Leaf.objects.count() == 5


def test_the_last_checkpoint_is_kept_outside_the_database() -> None:
    grow(3)
    kept = Path(settings.LOG_LAST_CHECKPOINT_FILE).read_text(encoding="utf-8")
    assert kept == Checkpoint.objects.newest_first()[0].note


def test_without_a_key_nothing_is_given_a_place() -> None:
    append()
    Path(settings.LOG_SIGNING_KEY_FILE).unlink()
    with pytest.raises(LogKeyUnusable, match="log-key-unusable"):
        sequence()
    assert not Leaf.objects.exists()


def test_what_it_leaves_verifies() -> None:
    for number in (1, TILE_WIDTH, 3, TILE_WIDTH + 1):
        grow(number)
    result = verify_log(verifier=load_verifier())
    assert result.discrepancy is None
    assert (result.leaves, result.tiles, result.checkpoints) == (2 * TILE_WIDTH + 5, 2, 4)


def test_the_newest_checkpoint_comes_with_what_the_tree_ends_with_and_an_older_one_without() -> None:
    grow(5)
    grow(3)
    newest = Checkpoint.objects.newest_published()
    assert newest is not None
    assert newest.frontier is not None
    assert CompactRange.from_bytes(8, bytes(newest.frontier)).root() == bytes(newest.root)
    assert Checkpoint.objects.with_frontier().get(size=5).frontier is None
