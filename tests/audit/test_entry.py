"""An entry is committed to, and read back from what was committed to."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from audit.actions import UnknownAction
from audit.canonical import NotCanonical
from audit.entry import read_entry, read_user_commitment, seal_entry
from audit.trace import Trace, tracing
from tests.audit.log import an_entry

FULL = an_entry(
    reason="uses-spent",
    department="Werk en Inkomen",
    acting_for="00000001001234567000",
    purpose_version=uuid4(),
    legal_basis="consent",
    consent=uuid4(),
    consent_version=7,
    request=uuid4(),
    release=uuid4(),
    case="Z-2026-0123 «ü»",
    processing_activity="https://example.nl/processing/12",
    verdicts=({"code": "uses", "holds": False, "params": {"limit": 2, "used": 2}},),
    source="brp",
    override=True,
    related=uuid7(),
    details={"absent": ["income#/year"], "nothing": None},
)


def test_the_commitment_can_be_computed_by_hand() -> None:
    prepared = seal_entry(FULL)
    by_hand = hashlib.sha256(b"deelwijs/audit/entry/v1\n" + prepared.salt + prepared.canonical).digest()
    assert prepared.commitment == by_hand
    assert len(prepared.salt) == len(prepared.user_salt) == 32


def test_two_commitments_to_the_same_entry_have_nothing_in_common() -> None:
    one, other = seal_entry(FULL), seal_entry(FULL)
    assert one.commitment != other.commitment
    assert one.canonical != other.canonical, "the commitment to who acted is salted too"


def test_everything_but_the_sealed_name_is_read_back() -> None:
    assert read_entry(seal_entry(FULL).canonical) == replace(FULL, user_sealed=b"")


def test_the_sealed_name_stands_behind_a_commitment_of_its_own() -> None:
    prepared = seal_entry(FULL)
    by_hand = hashlib.sha256(b"deelwijs/audit/user/v1\n" + prepared.user_salt + FULL.user_sealed).hexdigest()
    assert read_user_commitment(prepared.canonical) == by_hand
    assert read_user_commitment(seal_entry(replace(FULL, user_sealed=b"")).canonical) == ""


def test_one_moment_has_one_text() -> None:
    amsterdam = timezone(timedelta(hours=2))
    at = datetime(2026, 7, 1, 12, 0, tzinfo=amsterdam)
    said = json.loads(seal_entry(replace(FULL, at=at)).canonical)
    assert said["at"] == "2026-07-01T10:00:00.000000Z"


def test_an_action_that_nobody_registered_cannot_be_logged() -> None:
    with pytest.raises(UnknownAction):
        seal_entry(replace(FULL, action="test.never-registered"))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        seal_entry(replace(FULL, at=datetime(2026, 7, 1, 12, 0)))  # noqa: DTZ001 it is what is tested


def test_an_id_that_does_not_tell_its_age_is_refused() -> None:
    with pytest.raises(ValueError, match="UUIDv7"):
        seal_entry(replace(FULL, id=UUID(int=4)))


def test_details_without_a_canonical_form_are_refused() -> None:
    with pytest.raises(NotCanonical):
        seal_entry(replace(FULL, details={"at": datetime.now(UTC)}))


def test_text_of_another_schema_is_not_guessed_at() -> None:
    text = json.loads(seal_entry(FULL).canonical) | {"schema": 2}
    with pytest.raises(ValueError, match="schema version 2"):
        read_entry(json.dumps(text).encode())


def test_entries_belong_to_the_current_trace() -> None:
    with tracing(Trace()) as trace:
        entry = an_entry()
    assert (entry.trace_id, entry.span_id) == (trace.trace_id, trace.span_id)


def test_an_entry_outside_any_trace_starts_one() -> None:
    assert an_entry().trace_id != an_entry().trace_id
