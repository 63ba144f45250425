"""Bundles of leaves are packed as C2SP tlog-tiles says, and unpacked again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.entry_bundle import pack_bundle, unpack_bundle


@given(st.lists(st.binary(max_size=300)))
def test_what_is_packed_is_unpacked(leaves: list[bytes]) -> None:
    assert list(unpack_bundle(pack_bundle(leaves))) == leaves


def test_each_leaf_stands_behind_its_length() -> None:
    assert pack_bundle([b"a", b"bc"]) == b"\x00\x01a\x00\x02bc"


@pytest.mark.parametrize("bundle", [b"\x00", b"\x00\x02a", b"\x00\x01a\x00"])
def test_a_bundle_that_is_cut_off_is_refused(bundle: bytes) -> None:
    with pytest.raises(ValueError, match="cut off"):
        list(unpack_bundle(bundle))
