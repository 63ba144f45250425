"""Unusual patterns are found by rule, once each, in the order of the log."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Finding, Leaf, PatternHead, Record
from audit.patterns.states import State
from audit.services.find_patterns import find_patterns, search_batch
from audit.services.findings import move_finding
from audit.services.pattern_rules import change_rule
from tests.audit.conftest import LookAs
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, POLICE, append, sequence
from tests.audit.people import AS_HANNA, PeopleOfTests

EVA = b"the sealed name of Eva"
DAAN = b"the sealed name of Daan"
MINUTE = timedelta(minutes=1)
NOON = timezone.now() - timedelta(days=2)


@pytest.fixture(autouse=True)
def rules(committed_db: object, look_as: LookAs) -> None:
    """Three accesses in ten minutes are many here, and so are three refusals in an hour or two readers in a day."""
    look_as(AS_HANNA)
    for kind, values in {
        "bulk-reading": {"least": 3, "minutes": 10, "quietDays": 30},
        "repeated-refusals": {"least": 3, "hours": 1, "quietDays": 30},
        "read-by-many": {"least": 2, "days": 1, "quietDays": 30},
        "near-to-employee": {"least": 1, "days": 1, "quietDays": 30},
    }.items():
        change_rule(viewer=AS_HANNA, organisation=MUNICIPALITY, kind=kind, on=True, values=values)
    sequence()


def read(*minutes: int, **changes: Any) -> None:
    """Let Daan read Anna's data at these minutes."""
    for minute in minutes:
        said: dict[str, Any] = {"action": "sharing.released", "at": NOON + minute * MINUTE}
        append(**said | changes)


def search() -> None:
    sequence()
    find_patterns(at_most=timedelta(minutes=1))


def found(kind: str) -> list[tuple[bytes, str, int]]:
    findings = Finding.objects.filter(kind=kind).order_by("id")
    return [(bytes(one.user_sealed), one.subject, one.number) for one in findings]


def test_reading_in_bulk_is_found_and_less_is_not() -> None:
    read(0, 4, 8, subject=ANNA)
    read(0, 20, 40, user_sealed=EVA, subject=BRAM)
    search()
    assert found("bulk-reading") == [(DAAN, "", 3)]
    assert {one.kind for one in Finding.objects.all()} == {"bulk-reading"}
    finding = Finding.objects.get()
    assert (finding.first_at, finding.last_at) == (NOON, NOON + 8 * MINUTE)
    assert (finding.state, finding.organisation, finding.values["least"]) == ("new", MUNICIPALITY, 3)
    assert finding.entries().count() == 3


def test_raising_one_is_an_entry_that_names_nobody() -> None:
    read(0, 1, 2)
    search()
    entry = Record.objects.filter(action="audit.finding-raised").get().entry
    assert (entry.organisation, entry.subject) == (MUNICIPALITY, "")
    assert entry.details == {"finding": str(Finding.objects.get().pk), "kind": "bulk-reading"}


def test_refusals_again_and_again_are_found() -> None:
    read(0, 10, 20, outcome="refused", reason="uses")
    read(0, 50, 120, outcome="refused", reason="uses", user_sealed=EVA)
    search()
    assert found("repeated-refusals") == [(DAAN, "", 3)]
    assert not found("bulk-reading")


def test_one_citizen_read_by_many_is_found() -> None:
    read(0)
    read(300, user_sealed=EVA)
    read(0, 100, subject=BRAM)
    search()
    assert found("read-by-many") == [(b"", ANNA, 2)]


def test_reading_of_somebody_near_is_found_as_far_as_it_is_known() -> None:
    PeopleOfTests.related = {(DAAN, ANNA): "colleague"}
    read(0)
    read(1, subject=BRAM)
    search()
    assert found("near-to-employee") == [(DAAN, ANNA, 1)]
    assert Finding.objects.get().relation == "colleague"


def test_a_pattern_that_comes_in_over_several_batches_is_one_finding_that_grows() -> None:
    read(0, 1)
    search()
    assert not found("bulk-reading")
    read(2)
    search()
    assert found("bulk-reading") == [(DAAN, "", 3)]
    read(5, 9)
    search()
    assert found("bulk-reading") == [(DAAN, "", 5)]
    assert Record.objects.filter(action="audit.finding-raised").count() == 1


def test_an_entry_that_comes_late_for_an_earlier_time_counts_there() -> None:
    read(0, 2)
    search()
    read(500)
    read(1)
    search()
    assert found("bulk-reading") == [(DAAN, "", 3)]


def test_searching_twice_finds_nothing_twice() -> None:
    read(0, 1, 2)
    search()
    assert search_batch() == 0
    finding = Finding.objects.get()
    for state, again in [
        (State.LOOKED_INTO, ()),
        (State.EXPLAINED, ()),
    ]:
        move_finding(viewer=AS_HANNA, finding_id=finding.pk, to=state, note="A note.")
        PatternHead.objects.update(searched=0)
        read(*again)
        search()
        assert found("bulk-reading") == [(DAAN, "", 3)], state


def test_what_was_explained_stays_quiet_for_that_pattern_and_for_a_time() -> None:
    read(0, 1, 2)
    search()
    finding = Finding.objects.get()
    move_finding(viewer=AS_HANNA, finding_id=finding.pk, to=State.LOOKED_INTO)
    explained = move_finding(viewer=AS_HANNA, finding_id=finding.pk, to=State.EXPLAINED, note="A yearly letter.")
    assert explained.quiet_until is not None
    assert explained.quiet_until - timezone.now() > timedelta(days=29)
    read(60, 61, 62)
    read(60, 61, 62, user_sealed=EVA, subject=BRAM)
    search()
    assert found("bulk-reading") == [(DAAN, "", 3), (EVA, "", 3)]
    Finding.objects.filter(pk=finding.pk).update(quiet_until=NOON + 100 * MINUTE)
    read(200, 201)
    search()
    assert len(found("bulk-reading")) == 2
    read(202)
    search()
    assert found("bulk-reading")[2] == (DAAN, "", 3)


def test_what_was_closed_must_arise_anew_to_be_raised_again() -> None:
    read(0, 1, 2)
    search()
    finding = Finding.objects.get()
    for state in (State.LOOKED_INTO, State.CLOSED):
        move_finding(viewer=AS_HANNA, finding_id=finding.pk, to=state, note="Seen.")
    read(3, 4)
    search()
    assert len(found("bulk-reading")) == 1
    read(5)
    search()
    assert found("bulk-reading") == [(DAAN, "", 3), (DAAN, "", 3)]


def test_rules_are_those_of_the_organisation() -> None:
    change_rule(
        viewer=AS_HANNA,
        organisation=MUNICIPALITY,
        kind="bulk-reading",
        on=False,
        values={"least": 3, "minutes": 10, "quietDays": 30},
    )
    read(0, 1, 2)
    read(0, 1, 2, organisation=POLICE)  # where the usual fifty are many
    search()
    assert not Finding.objects.exists()


def test_what_nobody_did_is_not_searched() -> None:
    read(0, 1, 2, user_sealed=b"")
    read(0, 1, 2, organisation="")
    search()
    assert not Finding.objects.exists()


def test_a_batch_ends_where_it_was_told_and_the_next_goes_on() -> None:
    read(0, 1, 2)
    sequence()
    waiting = Leaf.objects.count()
    batches = []
    while batch := search_batch(limit=3):
        batches.append(batch)
    assert sum(batches) == waiting
    assert PatternHead.objects.get().searched == waiting
    assert found("bulk-reading") == [(DAAN, "", 3)]


def test_a_batch_that_fails_is_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read(0, 1, 2)
    sequence()

    def fail(**_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr("audit.services.find_patterns.raise_finding", fail)
        with pytest.raises(RuntimeError):
            search_batch()
    assert not Finding.objects.exists()
    search()
    assert found("bulk-reading") == [(DAAN, "", 3)]


def test_entries_years_apart_are_not_read_as_one_stretch(
    django_assert_max_num_queries: Any,
) -> None:
    long_ago = datetime(2021, 5, 5, 12, tzinfo=NOON.tzinfo)
    read(0, 1)
    append(3, action="sharing.released", at=long_ago)
    sequence()
    with django_assert_max_num_queries(40):
        search_batch()
    assert found("bulk-reading") == [(DAAN, "", 3)]
    assert Finding.objects.get().last_at == long_ago
