"""Charts count what happened, and every number leads to exactly the entries that it counts."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.charts.drawing import draw_bars, draw_columns, round_up, shortened
from audit.charts.spans import spans
from audit.models import Record
from audit.people import ANONYMOUS, Viewer
from tests.audit.conftest import LookAs
from tests.audit.log import MUNICIPALITY, POLICE, append
from tests.audit.people import AS_ANNA, AS_DAAN, AS_HANNA, AS_POLICE_SYSTEM

CHARTS = "/oversight/charts/"
WEDNESDAY = datetime(2026, 1, 14, 11, tzinfo=UTC)
THOSE_DAYS = "since=2026-01-12&until=2026-01-18"


@pytest.fixture
def as_hanna(db: None, look_as: LookAs) -> None:
    look_as(AS_HANNA)


@pytest.fixture
def happened(as_hanna: None) -> None:
    append(3, action="sharing.released", at=WEDNESDAY)
    append(2, action="sharing.released", at=WEDNESDAY + timedelta(days=1), user_sealed=b"the sealed name of Eva")
    append(1, action="sharing.viewing-started", at=datetime(2026, 1, 17, 11, tzinfo=UTC))
    append(1, action="sharing.released", at=datetime(2026, 1, 15, 18, 0, tzinfo=UTC), role="auditor")
    append(4, action="sharing.released", at=WEDNESDAY, outcome="refused", reason="uses")
    append(2, action="sharing.requested", at=WEDNESDAY, outcome="refused", reason="made-up")
    append(2, action="consent.granted", at=WEDNESDAY, user_sealed=b"")
    append(1, action="consent.withdrawn", at=WEDNESDAY, user_sealed=b"")
    append(5, action="sharing.released", at=WEDNESDAY, organisation=POLICE)
    append(5, action="sharing.released", at=WEDNESDAY - timedelta(days=9))


def chart(client: Client, name: str, query: str = THOSE_DAYS) -> str:
    page = client.get(f"{CHARTS}?{query}").content.decode()
    found = re.search(rf'<section class="dw-chart" aria-labelledby="{name}-title">.*?</section>', page, re.DOTALL)
    assert found, page
    return found[0]


def table(client: Client, name: str, query: str = THOSE_DAYS) -> dict[str, list[int]]:
    """Return the rows of a chart's table by their labels, without rows of nothing."""
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', chart(client, name, query), re.DOTALL)
    read = {
        unescape(label).partition("<br>")[0]: [int(n) for n in re.findall(r'__number">(?:<a [^>]*>)?(\d+)', cells)]
        for label, cells in rows
    }
    return {label: numbers for label, numbers in read.items() if any(numbers)}


def test_accesses_are_counted_by_day(client: Client, happened: None) -> None:
    assert table(client, "accesses") == {"wo 14 jan": [3], "do 15 jan": [3], "za 17 jan": [1]}


def test_refusals_are_counted_by_reason_in_words(client: Client, happened: None) -> None:
    assert table(client, "refusals") == {"No uses left": [4], "made-up": [2]}


def test_use_outside_office_hours_is_counted(client: Client, happened: None) -> None:
    assert table(client, "hours") == {
        "Maandag tot en met vrijdag, van 7 tot 19 uur": [5],
        "Maandag tot en met vrijdag, na 19 uur": [1],
        "Zaterdag en zondag": [1],
    }
    assert "29 procent" in chart(client, "hours")


def test_who_reads_most_is_counted_without_a_name(client: Client, happened: None) -> None:
    assert table(client, "employees") == {"Medewerker 1": [5], "Medewerker 2": [2]}
    assert table(client, "roles") == {"case worker": [6], "auditor": [1]}
    assert table(client, "organisations") == {"Almere": [7]}
    assert "sealed name" not in chart(client, "employees")


def test_consents_given_stand_against_those_withdrawn(client: Client, happened: None) -> None:
    assert table(client, "consents") == {"wo 14 jan": [2, 1]}


def test_every_number_leads_to_the_entries_behind_it(client: Client, happened: None) -> None:
    page = client.get(f"{CHARTS}?{THOSE_DAYS}").content.decode()
    links = re.findall(r'<a class="utrecht-link" href="(/oversight/\?[^"]+)">(\d+)<', page)
    assert len(links) == 15
    for address, number in links:
        entries = client.get(unescape(address)).content.decode()
        assert len(re.findall(r'href="/oversight/entries/', entries)) == int(number), address
    drawn = {unescape(address) for address in re.findall(r'<a href="(/oversight/\?[^"]+)" tabindex="-1">', page)}
    assert drawn == {unescape(address) for address, _number in links}


def test_charts_are_narrowed_by_the_same_filters(client: Client, happened: None) -> None:
    assert table(client, "accesses", f"{THOSE_DAYS}&role=auditor") == {"do 15 jan": [1]}
    assert table(client, "accesses", f"{THOSE_DAYS}&action=sharing.viewing-started") == {"za 17 jan": [1]}
    assert table(client, "hours", f"{THOSE_DAYS}&hours=weekend") == {"Zaterdag en zondag": [1]}
    link = re.search(r'href="(/oversight/\?[^"]+)">1<', chart(client, "accesses", f"{THOSE_DAYS}&role=auditor"))
    assert link
    assert "role=auditor" in link[1]


def test_what_is_not_overseen_is_not_counted(client: Client, happened: None, look_as: LookAs) -> None:
    assert table(client, "organisations") == {"Almere": [7]}
    look_as(Viewer(kind="auditor", organisations=None, organisation=MUNICIPALITY))
    assert table(client, "organisations") == {"Almere": [7], POLICE: [5]}
    assert table(client, "accesses")["wo 14 jan"] == [3, 5]


def test_looking_at_charts_is_an_entry(client: Client, happened: None) -> None:
    client.get(f"{CHARTS}?{THOSE_DAYS}&role=auditor")
    look = Record.objects.filter(action="audit.log-read").get().entry
    assert look.details == {
        "shown": 1,
        "filters": {"since": "2026-01-11T23:00:00Z", "until": "2026-01-18T23:00:00Z", "role": "auditor"},
        "charts": True,
    }


@pytest.mark.parametrize(
    "query", ["period=all", "period=365", "until=2026-01-18", "since=2026-01-01&until=2026-06-01", "since=2020-01-01"]
)
def test_too_many_days_are_not_counted_and_it_says_so(client: Client, happened: None, query: str) -> None:
    page = client.get(f"{CHARTS}?{query}").content.decode()
    assert "Er is niets geteld: kijk naar de melding hierboven." in page
    assert "dw-field--invalid" in page
    assert 'class="dw-chart"' not in page


def test_without_a_choice_the_last_thirty_days_are_counted(client: Client, as_hanna: None) -> None:
    append(action="sharing.released")
    append(action="sharing.released", at=timezone.now() - timedelta(days=31))
    assert list(table(client, "accesses", "").values()) == [[1]]


@pytest.mark.parametrize("viewer", [AS_ANNA, AS_DAAN, AS_POLICE_SYSTEM])
def test_only_auditors_see_charts(client: Client, db: None, look_as: LookAs, viewer: Viewer) -> None:
    look_as(viewer)
    assert client.get(CHARTS).status_code == 403
    look_as(ANONYMOUS)
    assert client.get(CHARTS)["Location"] == f"/sign-in/?next={CHARTS}"


def test_more_entries_take_no_more_queries(client: Client, as_hanna: None) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(CHARTS)
        return len(captured)

    append(2, action="sharing.released")
    few = queries()
    for number in range(12):
        append(2, action="sharing.released", user_sealed=bytes([number]), role=f"role-{number}")
        append(outcome="refused", reason=f"reason-{number}")
    assert queries() == few


def test_it_works_on_sqlite_too(client: Client, sqlite_db: object, look_as: LookAs) -> None:
    look_as(AS_HANNA)
    append(2, action="sharing.released", at=WEDNESDAY)
    append(action="sharing.released", at=WEDNESDAY, outcome="refused", reason="uses")
    assert table(client, "accesses") == {"wo 14 jan": [2]}
    assert table(client, "employees") == {"Medewerker 1": [2]}
    assert table(client, "refusals") == {"No uses left": [1]}


def test_days_are_those_of_the_pages_and_many_become_weeks() -> None:
    spring = spans(datetime(2026, 3, 27, 23, tzinfo=UTC), datetime(2026, 3, 30, 22, tzinfo=UTC))
    assert [(one.until - one.since) // timedelta(hours=1) for one in spring] == [24, 23, 24]
    weeks = spans(datetime(2026, 1, 6, 23, tzinfo=UTC), datetime(2026, 2, 10, 11, tzinfo=UTC))
    assert [f"{one.first:%d.%m}-{one.last:%d.%m}" for one in weeks] == [
        "07.01-11.01",
        "12.01-18.01",
        "19.01-25.01",
        "26.01-01.02",
        "02.02-08.02",
        "09.02-10.02",
    ]
    assert weeks[-1].until == datetime(2026, 2, 10, 11, tzinfo=UTC)


def test_columns_stand_on_each_other_or_beside_each_other() -> None:
    stacked = draw_columns([[1, 3], [0, 0]], ["a", "b"], stacked=True)
    assert [(one.row, one.series, one.height, one.y) for one in stacked.marks] == [
        (0, 0, "30.0", "130.0"),
        (0, 1, "90.0", "40.0"),
    ]
    beside = draw_columns([[1, 3]], ["a"], stacked=False)
    assert [one.y for one in beside.marks] == ["130.0", "70.0"]
    assert float(beside.marks[1].x) >= float(beside.marks[0].x) + float(beside.marks[0].width)
    assert [one.text for one in beside.labels] == ["0", "5", "a"]


def test_bars_are_as_long_as_their_numbers() -> None:
    drawing = draw_bars([40, 10], ["a", 60 * "b"])
    assert [float(one.width) for one in drawing.marks] == [272.0, 68.0]
    assert shortened(60 * "b") in [one.text for one in drawing.labels]
    assert draw_bars([], []).marks == []


@pytest.mark.parametrize(("highest", "top"), [(0, 1), (1, 1), (3, 5), (10, 10), (11, 20), (4999, 5000), (5001, 10_000)])
def test_an_axis_ends_at_a_round_number(highest: int, top: int) -> None:
    assert round_up(highest) == top
