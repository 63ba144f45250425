"""What is different between two versions of a purpose."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from consent.purpose_difference import AskedPart, VersionText, purpose_difference
from tests.cast import Cast
from tests.consent.test_pages_register import publish
from tests.pages import text_of

PARTS: dict[str, Any] = {
    "why": {"nl": "w", "en": "w"},
    "recipients": ["1"],
    "longestValidityDays": 30,
    "retentionDays": 30,
    "mostUses": 5,
}
SIZE = AskedPart("household#/size", 1, required=True, answer="", reason={"nl": "r", "en": "r"})


def says(*fields: AskedPart, **parts: Any) -> VersionText:
    return VersionText(parts={**PARTS, **parts}, fields=fields or (SIZE,), translated=frozenset({"why"}))


def test_the_same_text_has_no_difference() -> None:
    assert not purpose_difference(says(), says())


def test_a_text_is_compared_language_by_language() -> None:
    difference = purpose_difference(says(), says(why={"nl": "w", "en": "another"}))
    (change,) = difference.parts
    assert (change.part, change.language, change.before, change.after) == ("why", "en", "w", "another")
    assert not difference.widens


def test_fields_come_go_and_are_asked_differently() -> None:
    optional = AskedPart("household#/size", 1, required=False, answer="", reason={"nl": "r", "en": "other"})
    year = AskedPart("income#/year", 1, required=False, answer="", reason={})
    difference = purpose_difference(says(SIZE), says(optional, year))
    changed, added = difference.fields
    assert (changed.name, changed.kind) == ("household#/size", "changed")
    assert [(part.part, part.language) for part in changed.changes] == [("required", ""), ("reason", "en")]
    assert (added.name, added.kind) == ("income#/year", "added")
    assert [change.kind for change in purpose_difference(says(SIZE, year), says(SIZE)).fields] == ["removed"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (says(), says(recipients=["1", "2"])),
        (says(), says(longestValidityDays=31)),
        (says(), says(retentionDays=31)),
        (says(), says(mostUses=6)),
        (says(), says(mostUses=None)),
        (says(), says(SIZE, AskedPart("a#/b", 1, required=False, answer="", reason={}))),
        (
            says(AskedPart("a#/b", 1, required=True, answer="adult", reason={})),
            says(AskedPart("a#/b", 1, True, "", {})),
        ),
    ],
)
def test_asking_for_more_is_called_more_and_the_other_way_round_is_not(before: VersionText, after: VersionText) -> None:
    assert purpose_difference(before, after).widens
    assert not purpose_difference(after, before).widens


@given(st.dictionaries(st.sampled_from("abc"), st.integers()), st.dictionaries(st.sampled_from("abc"), st.integers()))
def test_every_part_that_differs_is_named_once(before: dict[str, int], after: dict[str, int]) -> None:
    difference = purpose_difference(VersionText(before, ()), VersionText(after, ()))
    assert sorted(change.part for change in difference.parts) == sorted(
        name for name in {*before, *after} if before.get(name) != after.get(name)
    )


def test_everybody_reads_it_in_the_register(cast: Cast) -> None:
    publish(cast, "energy-allowance", "Toeslag voor energie")
    page = text_of(Client().get("/register/energy-allowance/versions/1/2/", headers={"accept-language": "en"}))
    for part in ("Energietoeslag", "Toeslag voor energie", "is not asked any more", "365 days", "30 days"):
        assert part in page, part
    assert "What is different from version 1" in text_of(
        Client().get("/register/energy-allowance/", headers={"accept-language": "en"})
    )
    for path in ("1/1/", "1/3/", "2/9/"):
        assert Client().get(f"/register/energy-allowance/versions/{path}").status_code == 404
