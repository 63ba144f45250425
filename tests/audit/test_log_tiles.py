"""The public log answers as C2SP tlog-tiles says, up to the newest checkpoint and no further."""

import hashlib

import pytest
from django.test import Client

from audit.models import Checkpoint, Leaf, LoggedEntry
from audit.signing.checkpoint import open_checkpoint
from audit.signing.log_key import load_verifier
from audit.signing.log_keys import read_log_keys
from audit.signing.signed_note import read_verifier
from audit.tree.merkle import hash_leaf, split_hashes
from audit.tree.tiles import TILE_WIDTH
from tests.audit.log import append, grow, sequence
from tests.audit.tree import unpack_bundle

SIZE = TILE_WIDTH + 5


@pytest.fixture
def log(committed_db: object) -> list[bytes]:
    """The leaf hashes of a log with one full tile and one partial one."""
    grow(SIZE)
    append(3)
    return [bytes(leaf.leaf_hash) for leaf in Leaf.objects.order_by("index")]


def test_the_newest_checkpoint_is_served(client: Client, log: list[bytes]) -> None:
    answer = client.get("/audit/log/checkpoint")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    assert open_checkpoint(answer.content.decode(), load_verifier()).size == SIZE


def test_before_the_first_checkpoint_there_is_none(client: Client, committed_db: object) -> None:
    assert client.get("/audit/log/checkpoint").status_code == 404
    assert client.get("/audit/log/tile/0/000").status_code == 404


def test_the_verifier_key_is_published(client: Client, log: list[bytes]) -> None:
    answer = client.get("/audit/log/key")
    assert read_verifier(answer.content.decode()) == load_verifier().current
    assert "PRIVATE" not in answer.content.decode()
    keys = client.get("/audit/log/keys.txt")
    assert read_log_keys(keys.content.decode()) == load_verifier().keys
    assert keys["Content-Type"] == "text/plain; charset=utf-8"


def test_a_full_tile_may_be_kept_for_ever(client: Client, log: list[bytes]) -> None:
    answer = client.get("/audit/log/tile/0/000")
    assert split_hashes(answer.content) == log[:TILE_WIDTH]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"


def test_partial_tiles_are_served_for_every_width(client: Client, log: list[bytes]) -> None:
    for width in range(1, SIZE - TILE_WIDTH + 1):
        answer = client.get(f"/audit/log/tile/0/001.p/{width}")
        assert split_hashes(answer.content) == log[TILE_WIDTH : TILE_WIDTH + width]


def test_a_full_tile_is_served_in_part_too(client: Client, log: list[bytes]) -> None:
    """Who read an older checkpoint still asks for the part that was there then."""
    assert split_hashes(client.get("/audit/log/tile/0/000.p/200").content) == log[:200]


def test_higher_levels_are_derived(client: Client, log: list[bytes]) -> None:
    row = log[:TILE_WIDTH]
    while len(row) > 1:
        row = [hashlib.sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(0, len(row), 2)]
    assert client.get("/audit/log/tile/1/000.p/1").content == row[0]


def test_bundles_hold_the_leaves(client: Client, log: list[bytes]) -> None:
    commitments = {bytes(entry.commitment) for entry in LoggedEntry.objects.all()}
    for path, first, last in (("000", 0, TILE_WIDTH), ("001.p/5", TILE_WIDTH, SIZE)):
        leaves = list(unpack_bundle(client.get(f"/audit/log/tile/entries/{path}").content))
        assert [hash_leaf(leaf) for leaf in leaves] == log[first:last]
        assert set(leaves) <= commitments


PUBLISHED = [
    "checkpoint",
    "key",
    "keys.txt",
    "tile/0/000",
    "tile/0/001.p/5",
    "tile/entries/000",
    "tile/entries/001.p/5",
]


def test_a_shared_cache_keeps_one_copy_for_everybody(
    client: Client, log: list[bytes], subtests: pytest.Subtests
) -> None:
    for path in PUBLISHED:
        with subtests.test(path):
            dutch, english = (client.get(f"/audit/log/{path}", headers={"Accept-Language": to}) for to in ("nl", "en"))
            assert dutch.content == english.content
            assert not {"Vary", "Content-Language", "Set-Cookie"} & set(dutch.headers)


def test_who_has_it_already_gets_it_no_second_time(client: Client, log: list[bytes], subtests: pytest.Subtests) -> None:
    for path in PUBLISHED:
        with subtests.test(path):
            tag = client.get(f"/audit/log/{path}")["ETag"]
            again = client.get(f"/audit/log/{path}", headers={"If-None-Match": tag})
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
            assert "Vary" not in again
            assert client.get(f"/audit/log/{path}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_new_checkpoint_comes_to_who_has_the_old_one(client: Client, log: list[bytes]) -> None:
    tag = client.get("/audit/log/checkpoint")["ETag"]
    sequence()
    answer = client.get("/audit/log/checkpoint", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert open_checkpoint(answer.content.decode(), load_verifier()).size == SIZE + 3


def test_that_something_is_not_there_yet_is_not_kept(client: Client, log: list[bytes]) -> None:
    path = f"/audit/log/tile/0/001.p/{SIZE + 3 - TILE_WIDTH}"
    answer = client.get(path)
    assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")
    sequence()
    assert client.get(path).status_code == 200


NOT_PUBLISHED = [
    "0/001",
    "0/001.p/6",
    "0/001.p/0",
    "0/001.p/256",
    "0/001.p/05",
    "0/000.p/256",
    "0/002",
    "0/1",
    "0/0001",
    "0/x000/001",
    "0/001/001",
    "1/000",
    "1/000.p/2",
    "2/000.p/1",
    "64/000",
    "00/000",
    "-1/000",
    "8/0/000",
    "entries/002",
    "entries/001.p/6",
    "entries/000.p/256",
    "0/x999/x999/x999/x999/x999/x999/x999/x999/999",
    "0/x009/x223/x372/x036/x854/x775/808",
    "0/x001/" + "x000/" * 1500 + "000",
    "entries/x001/" + "x000/" * 1500 + "000",
]


def test_what_is_not_published_is_not_found(client: Client, log: list[bytes], subtests: pytest.Subtests) -> None:
    for path in NOT_PUBLISHED:
        with subtests.test(path):
            assert client.get(f"/audit/log/tile/{path}").status_code == 404


def test_leaves_beyond_the_checkpoint_are_not_published(client: Client, log: list[bytes]) -> None:
    """The sequencer may have been stopped between giving places and signing."""
    newest = Checkpoint.objects.newest_first()[0]
    assert newest.size == SIZE
    assert client.get(f"/audit/log/tile/0/001.p/{SIZE + 1 - TILE_WIDTH}").status_code == 404


def test_scripts_of_other_sites_may_read_it_and_nobody_may_write(
    client: Client, log: list[bytes], subtests: pytest.Subtests
) -> None:
    for path in PUBLISHED:
        with subtests.test(path):
            answer = client.get(f"/audit/log/{path}")
            assert answer["Access-Control-Allow-Origin"] == "*"
            assert not answer.cookies
            head = client.head(f"/audit/log/{path}")
            assert (head.status_code, head.content) == (200, b"")
            assert head["Content-Length"] == str(len(answer.content))
            for method in (client.post, client.put, client.patch, client.delete):
                assert method(f"/audit/log/{path}").status_code == 405
    assert Checkpoint.objects.count() == 1
