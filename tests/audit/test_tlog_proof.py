"""Proof files and tile addresses are those of the examples in C2SP tlog-proof and tlog-tiles, byte for byte."""

from base64 import b64decode

from audit.tree.tiles import TILE_WIDTH, index_path, read_index_path, width_in_tree
from audit.tree.tlog_proof import write_tlog_proof
from tests.audit.log import vectors

C2SP = vectors("checkpoints.json")


def test_the_example_of_the_specification_is_written_as_it_stands_there() -> None:
    head, _, checkpoint = C2SP["proof"].partition("\n\n")
    _, extra, index, *hashes = head.split("\n")
    written = write_tlog_proof(
        index=int(index.removeprefix("index ")),
        hashes=[b64decode(one) for one in hashes],
        checkpoint=checkpoint,
        extra=b64decode(extra.removeprefix("extra ")),
    )
    assert written == C2SP["proof"]


def test_without_extra_data_the_line_is_left_out() -> None:
    written = write_tlog_proof(index=0, hashes=[], checkpoint="log\n1\nAA==\n\n")
    assert written == "c2sp.org/tlog-proof@v1\nindex 0\n\nlog\n1\nAA==\n\n"


def test_a_tree_has_the_tiles_of_the_example() -> None:
    tiles = C2SP["tiles"]
    for level, full in tiles["full"].items():
        widths = [width_in_tree(int(level), index, tiles["size"]) for index in range(full + 2)]
        assert widths == [TILE_WIDTH] * full + [tiles["partial"][level], 0]


def test_an_index_has_the_path_of_the_example() -> None:
    assert index_path(C2SP["tiles"]["index"]) == C2SP["tiles"]["path"]
    assert read_index_path(C2SP["tiles"]["path"]) == C2SP["tiles"]["index"]
