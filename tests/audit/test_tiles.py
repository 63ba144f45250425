"""Tiles have the paths of C2SP, the hashes of Go, and give the proofs of the whole tree."""

from base64 import b64decode
from collections.abc import Collection, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.tree.merkle import (
    HASH_BYTES,
    CompactRange,
    check_inclusion,
    consistency_spans,
    hash_leaf,
    inclusion_spans,
)
from audit.tree.tiles import (
    TILE_WIDTH,
    TileAddress,
    index_path,
    prove_from_tiles,
    read_index_path,
    root_from_tiles,
    tile_root,
    tiles_filled,
    width_in_tree,
)
from tests.audit.log import vectors
from tests.audit.tree import root_of, tiles_of_tree

GO = vectors("go_tlog_vectors.json")
# Deep enough for a full tile of level 1 and a partial one of level 2.
DEEP = TILE_WIDTH**2 + 3 * TILE_WIDTH + 5


class TilesInMemory:
    """Tiles of a list of leaf hashes; counts what is read of them."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.levels = [list(leaves)]
        while len(row := self.levels[-1]) >= TILE_WIDTH:
            full = len(row) // TILE_WIDTH
            self.levels.append(
                [tile_root(b"".join(row[at * TILE_WIDTH : (at + 1) * TILE_WIDTH])) for at in range(full)]
            )
        self.tiles_read = 0

    def read(self, tiles: Collection[TileAddress]) -> Mapping[TileAddress, bytes]:
        self.tiles_read += len(tiles)
        return {tile: self.tile(tile) for tile in tiles}

    def tile(self, tile: TileAddress) -> bytes:
        first = tile.index * TILE_WIDTH
        hashes = b"".join(self.levels[tile.level][first : first + tile.width])
        if len(hashes) != tile.width * HASH_BYTES:
            raise KeyError(tile)
        return hashes


LEAVES = [hash_leaf(index.to_bytes(4)) for index in range(DEEP)]
DEEP_LOG = TilesInMemory(LEAVES)


@pytest.mark.parametrize(
    ("index", "path"),
    [(0, "000"), (67, "067"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067"), (10**6, "x001/x000/000")],
)
def test_paths_are_those_of_the_specification(index: int, path: str) -> None:
    assert index_path(index) == path
    assert read_index_path(path) == index


@given(st.integers(0, 2**63 - 1))
def test_every_index_has_one_path(index: int) -> None:
    assert read_index_path(index_path(index)) == index


EIGHT_GROUPS = "x009/x223/x372/x036/x854/x775/x807/000"


@pytest.mark.parametrize(
    "path", ["", "0", "0000", "x000/001", "x001", "001/002", "x001/x02/003", "１２３", EIGHT_GROUPS]
)
def test_no_index_has_a_second_spelling(path: str) -> None:
    with pytest.raises(ValueError, match="no tile index"):
        read_index_path(path)


def test_tiles_are_those_of_go() -> None:
    leaves = [hash_leaf(f"entry {index}".encode()) for index in range(GO["n"])]
    log = TilesInMemory(leaves)
    ours = {tile.path: log.tile(tile) for size in range(1, GO["n"] + 1) for tile in tiles_of_tree(size)}
    theirs = {path.replace("tile/8/", "tile/"): b64decode(tile) for path, tile in GO["tiles_go_path_tile8"].items()}
    assert {path: ours[path] for path in theirs} == theirs


@given(st.data())
@settings(deadline=None)
def test_inclusion_proofs_from_tiles_verify(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, DEEP))
    index = data.draw(st.integers(0, size - 1))
    path = prove_from_tiles(inclusion_spans(index, size), size=size, reader=DEEP_LOG)
    root = root_from_tiles(size=size, reader=DEEP_LOG)
    check_inclusion(leaf_hash=LEAVES[index], index=index, size=size, proof=path, root=root)


@given(st.data())
def test_with_its_frontier_a_proof_is_the_same_and_reads_one_tile_a_level(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, DEEP))
    spans = data.draw(
        st.one_of(
            st.integers(0, size - 1).map(lambda index: inclusion_spans(index, size)),
            st.integers(1, size).map(lambda old: consistency_spans(old, size)),
        )
    )
    log = TilesInMemory(LEAVES)
    tree = CompactRange()
    for leaf in LEAVES[:size]:
        tree.append(leaf)
    proof = prove_from_tiles(spans, size=size, reader=log, frontier=tree.to_bytes())
    assert log.tiles_read <= len(log.levels)
    assert proof == prove_from_tiles(spans, size=size, reader=DEEP_LOG)


@pytest.mark.parametrize("frontier", [None, b"", bytes(HASH_BYTES)])
def test_a_frontier_of_another_tree_is_not_used(frontier: bytes | None) -> None:
    spans = inclusion_spans(77, DEEP)
    proof = prove_from_tiles(spans, size=DEEP, reader=DEEP_LOG, frontier=frontier)
    assert proof == prove_from_tiles(spans, size=DEEP, reader=DEEP_LOG)


def test_the_root_from_tiles_is_that_of_all_leaves() -> None:
    assert root_from_tiles(size=DEEP, reader=DEEP_LOG) == root_of(LEAVES)


def test_a_proof_reads_at_most_two_tiles_a_level() -> None:
    log = TilesInMemory(LEAVES)
    prove_from_tiles(inclusion_spans(77, DEEP), size=DEEP, reader=log)
    assert log.tiles_read <= 2 * len(log.levels)


@given(st.integers(0, 3 * TILE_WIDTH), st.integers(0, 3 * TILE_WIDTH))
@settings(deadline=None)
def test_the_tiles_that_fill_up_are_those_that_were_not_full(old: int, added: int) -> None:
    filled = tiles_filled(old_size=old, leaf_hashes=LEAVES[old : old + added], reader=DEEP_LOG)
    full_before = {tile for tile in tiles_of_tree(old) if tile.width == TILE_WIDTH}
    full_after = {tile for tile in tiles_of_tree(old + added) if tile.width == TILE_WIDTH}
    assert {TileAddress(tile.level, tile.index) for tile in filled} == full_after - full_before
    for tile in filled:
        assert tile.hashes == DEEP_LOG.tile(TileAddress(tile.level, tile.index))
        assert tile.root == tile_root(tile.hashes)


def test_tiles_of_a_higher_level_fill_up_too() -> None:
    old = TILE_WIDTH**2 - 3
    filled = tiles_filled(old_size=old, leaf_hashes=LEAVES[old : old + 5], reader=DEEP_LOG)
    assert [(tile.level, tile.index) for tile in filled] == [(0, TILE_WIDTH - 1), (1, 0)]
    assert filled[1].root == root_of(LEAVES[: TILE_WIDTH**2])


@pytest.mark.parametrize(
    ("level", "index", "size", "width"),
    [(0, 0, 0, 0), (0, 0, 5, 5), (0, 0, 256, 256), (0, 1, 256, 0), (0, 1, 300, 44), (1, 0, 300, 1), (2, 0, 300, 0)],
)
def test_the_width_of_a_tile_follows_from_the_size(level: int, index: int, size: int, width: int) -> None:
    assert width_in_tree(level, index, size) == width
