"""The fast encoder writes RFC 8785, and refuses what it could get wrong."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import LARGEST_INTEGER, NotCanonical, canonical_json

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
keys = st.text(st.characters(min_codepoint=1, max_codepoint=127))
whole_numbers = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
values = st.recursive(
    st.none() | st.booleans() | whole_numbers | texts,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(keys, inner),
    max_leaves=40,
)


@given(values)
def test_it_writes_what_the_reference_library_writes(value: Any) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        LARGEST_INTEGER + 1,
        -LARGEST_INTEGER - 1,
        "half \ud800 a surrogate",
        "a NUL \x00",
        {"sleutel met é": 1},
        {1: "a number as a key"},
        b"bytes",
        {"a set"},
        object(),
        {"deep": [{"down": 0.5}]},
    ],
)
def test_it_refuses_what_has_no_one_canonical_form(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical_json(value)


def test_the_largest_whole_numbers_are_kept() -> None:
    assert canonical_json([LARGEST_INTEGER, -LARGEST_INTEGER]) == b"[9007199254740991,-9007199254740991]"
