"""Filters have four shapes, and mean the same in each."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Record
from audit.moment import ZONE, moment_of
from audit.pages.forms import FilterForm
from audit.people import Viewer
from audit.search.filters import HOURS, EntryFilters, InvalidFilters, filters_from_json, hours_of
from tests.audit.conftest import LookAs
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, POLICE, append
from tests.audit.people import AS_ANNA, AS_HANNA

EVERYWHERE = Viewer(kind="auditor", organisations=None, organisation=MUNICIPALITY)
WINTER = datetime(2026, 1, 14, 12, tzinfo=UTC)  # a Wednesday

_texts = st.text("abcdefgh-", min_size=1, max_size=20)
_days = st.dates(datetime(2020, 1, 1).date(), datetime(2030, 1, 1).date())  # noqa: DTZ001 - days have no zone
_moments = st.builds(moment_of, _days, st.sampled_from([None, time(9), time(13, 30), time(23, 59, 30)]))
_filters = st.builds(
    EntryFilters,
    hours=st.sampled_from(["", "office", "outside"]),
    outcome=st.sampled_from(["", "allowed", "refused", "failed"]),
    organisation=st.sampled_from(["", MUNICIPALITY, POLICE]),
    action=st.sampled_from(["", "test.happened"]),
    role=st.sampled_from(["", "requester"]),
    purpose=st.sampled_from(["", "street-works"]),
    reason=st.just("") | _texts,
    case=st.just("") | _texts,
    consent=st.none() | st.uuids(),
    request=st.none() | st.uuids(),
    entry=st.none() | st.uuids(),
    employee=st.none() | st.uuids(),
    trace=st.sampled_from(["", 32 * "7"]),
    subject=st.sampled_from(["", ANNA]),
)
_in_a_period = st.builds(lambda filters, period: _with(filters, period=period), _filters, st.sampled_from(["1", "90"]))
_between = st.builds(
    lambda filters, since, until: _with(filters, since=since, until=until),
    _filters,
    st.none() | _moments,
    st.none() | _moments,
).filter(lambda filters: not (filters.since and filters.until and filters.until <= filters.since))


def _with(filters: EntryFilters, **changes: Any) -> EntryFilters:
    return EntryFilters(**{name: getattr(filters, name) for name in EntryFilters.__slots__} | changes)


@given(_in_a_period | _between)
def test_what_was_saved_is_read_back(filters: EntryFilters) -> None:
    assert filters_from_json(filters.as_json()) == filters


@pytest.mark.usefixtures("look_as")
def test_the_address_of_a_page_means_the_same() -> None:
    @given(_in_a_period | _between)
    def holds(filters: EntryFilters) -> None:
        form = FilterForm(EVERYWHERE, filters.as_query())
        assert form.is_valid(), form.errors
        assert form.filters() == filters

    holds()


@pytest.mark.parametrize(
    "found",
    [
        {"colour": "red"},
        {"case": ""},
        {"case": 7},
        {"case": 101 * "x"},
        {"case": "a\x00b"},
        {"outcome": "maybe"},
        {"consent": "x"},
        {"organisation": MUNICIPALITY + "\n"},
        {"since": "2026-01-01"},
        {"since": "0001-01-01T00:00:00+01:00"},
        {"period": "8"},
        {"period": "7", "since": "2026-01-01T00:00:00Z"},
    ],
)
def test_json_that_is_no_filters_is_refused(found: dict[str, Any]) -> None:
    with pytest.raises(InvalidFilters):
        filters_from_json(found)


def test_a_period_is_whole_days_where_the_pages_are_read() -> None:
    just_after_midnight_there = datetime(2026, 7, 1, 22, 5, tzinfo=UTC)
    fixed = EntryFilters(period="7", case="x").fixed(just_after_midnight_there)
    assert fixed == EntryFilters(since=datetime(2026, 6, 25, 22, tzinfo=UTC), case="x")


def test_a_period_must_be_fixed_before_it_is_searched() -> None:
    with pytest.raises(ValueError, match="fix the period"):
        EntryFilters(period="7").condition()


@pytest.fixture
def found(db: None) -> dict[str, UUID]:
    """Entries of which each differs from the first in one thing."""
    different: dict[str, dict[str, Any]] = {
        "plain": {},
        "later": {"at": WINTER + timedelta(hours=2)},
        "night": {"at": datetime(2026, 1, 14, 18, 0, tzinfo=UTC)},
        "sunday": {"at": datetime(2026, 1, 18, 12, tzinfo=UTC)},
        "refused": {"outcome": "refused", "reason": "uses"},
        "police": {"organisation": POLICE},
        "auditor": {"role": "auditor"},
        "works": {"purpose": "street-works"},
        "case": {"case": "Z-1"},
        "request": {"request": UUID(int=1)},
        "consent": {"consent": UUID(int=2)},
        "trace": {"trace_id": 32 * "7"},
        "bram": {"subject": BRAM},
        "eva": {"user_sealed": b"the sealed name of Eva"},
    }
    return {name: append(**{"at": WINTER, **changes})[0].id for name, changes in different.items()}


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ({"since": WINTER + timedelta(hours=1), "until": WINTER + timedelta(hours=3)}, {"later"}),
        ({"hours": "outside"}, {"night", "sunday"}),
        ({"outcome": "refused"}, {"refused"}),
        ({"reason": "uses"}, {"refused"}),
        ({"organisation": POLICE}, {"police"}),
        ({"role": "auditor"}, {"auditor"}),
        ({"purpose": "street-works"}, {"works"}),
        ({"case": "Z-1"}, {"case"}),
        ({"request": UUID(int=1)}, {"request"}),
        ({"consent": UUID(int=2)}, {"consent"}),
        ({"trace": 32 * "7"}, {"trace"}),
        ({"subject": BRAM}, {"bram"}),
        ({"subject": BRAM, "outcome": "refused"}, set()),
        ({"hours": "office", "subject": BRAM}, {"bram"}),
    ],
)
def test_each_filter_narrows_and_all_together(found: dict[str, UUID], chosen: dict[str, Any], names: set[str]) -> None:
    matching = Record.objects.matching(EntryFilters(**chosen))
    assert set(matching.values_list("entry_id", flat=True)) == {found[name] for name in names}


def test_an_employee_is_followed_by_an_entry_and_without_a_name(found: dict[str, UUID]) -> None:
    by_eva = Record.objects.matching(EntryFilters(employee=found["eva"]))
    assert [record.entry_id for record in by_eva] == [found["eva"]]
    by_daan = Record.objects.matching(EntryFilters(employee=found["plain"], subject=BRAM))
    assert [record.entry_id for record in by_daan] == [found["bram"]]
    (nobody,) = append(user_sealed=b"")
    for entry_id in (nobody.id, uuid4()):
        assert not Record.objects.matching(EntryFilters(employee=entry_id)).exists()


def test_an_entry_of_another_organisation_tells_nothing_about_its_employee(found: dict[str, UUID]) -> None:
    seen = Record.objects.visible_to(AS_HANNA)
    assert not seen.matching(EntryFilters(employee=found["police"])).exists()
    assert seen.matching(EntryFilters(employee=found["plain"])).exists()


def test_office_hours_follow_daylight_saving(db: None) -> None:
    summer = datetime(2026, 7, 15, 5, 30, tzinfo=UTC)  # half past seven
    winter = datetime(2026, 1, 14, 5, 30, tzinfo=UTC)  # half past six
    assert summer.astimezone(ZONE).hour == 7
    append(at=summer, case="summer")
    append(at=winter, case="winter")
    outside = Record.objects.matching(EntryFilters(hours="outside"))
    assert [record.case for record in outside] == ["winter"]


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001 - the zone comes after
def test_every_hour_is_of_one_kind(moment: datetime) -> None:
    hours = hours_of(moment.replace(tzinfo=ZONE))
    assert hours in HOURS[1:]
    assert hours != "outside"


def test_python_and_the_database_agree_on_hours(db: None) -> None:
    start = datetime(2026, 3, 27, 0, 30, tzinfo=UTC)  # the clock goes forward on the Sunday after
    for number in range(0, 96, 3):
        append(at=start + timedelta(hours=number))
    for hours in ("office", "early", "late", "weekend"):
        found = Record.objects.matching(EntryFilters(hours=hours)).values_list("at", flat=True)
        assert set(found) == {
            at for at in Record.objects.values_list("at", flat=True) if hours_of(at.astimezone(ZONE)) == hours
        }


def test_the_api_has_them_too(client: Client, found: dict[str, UUID], look_as: LookAs) -> None:
    look_as(AS_HANNA)
    for query, name in [
        ("hours=outside&until=2026-01-15T00:00:00Z", "night"),
        ("role=auditor&until=2026-01-15T00:00:00Z", "auditor"),
        ("reason=uses", "refused"),
        (f"trace={32 * '7'}", "trace"),
        (f"subject={BRAM}", "bram"),
        (f"employee={found['eva']}", "eva"),
        (f"entry={found['case']}", "case"),
        ("purpose=street-works", "works"),
    ]:
        answer = client.get(f"/api/v1/entries?{query}").json()
        assert [one["id"] for one in answer["results"]] == [str(found[name])], query
    for query in ("hours=night", "trace=x", "subject=Anna", "employee=Eva"):
        assert client.get(f"/api/v1/entries?{query}").status_code == 400, query


def test_a_citizen_cannot_follow_an_employee(client: Client, found: dict[str, UUID], look_as: LookAs) -> None:
    look_as(AS_ANNA)
    assert client.get(f"/api/v1/entries?employee={found['plain']}").status_code == 403


def test_who_is_searched_for_finds_that_in_the_own_timeline(client: Client, db: None, look_as: LookAs) -> None:
    look_as(AS_HANNA)
    client.get(f"/oversight/?subject={BRAM}")
    look = Record.objects.about(BRAM).get()
    assert (look.action, look.entry.details) == ("audit.log-read", {"shown": 0, "filters": {"subject": BRAM}})
