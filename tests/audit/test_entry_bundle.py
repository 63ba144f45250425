"""Bundles of leaves are packed as C2SP tlog-tiles says."""

from hypothesis import given
from hypothesis import strategies as st

from audit.tree.entry_bundle import pack_bundle
from tests.audit.tree import unpack_bundle


@given(st.lists(st.binary(max_size=300)))
def test_what_is_packed_is_unpacked(leaves: list[bytes]) -> None:
    assert list(unpack_bundle(pack_bundle(leaves))) == leaves


def test_each_leaf_stands_behind_its_length() -> None:
    assert pack_bundle([b"a", b"bc"]) == b"\x00\x01a\x00\x02bc"
