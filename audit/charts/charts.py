"""The charts of `/oversight/`: numbers with a drawing, and with a table of which every number leads to its entries."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit.charts.counting import EntryCount, Reader
from audit.charts.drawing import PATTERNS, Drawing, draw_bars, draw_columns
from audit.charts.spans import Span
from audit.search.filters import ACCESSES, EntryFilters

MOST_ROWS = 10
_OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Cell:
    """A number, and the query string of the entries behind it; "" where one filter cannot name them."""

    number: int
    query: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; `beside` says more of its label."""

    label: str
    cells: Sequence[Cell]
    beside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`name` is its place in the page, `first` heads the labels of the rows, `series` the numbers.

    One over time is drawn from left to right, and its table begins with the newest.
    """

    name: str
    title: str
    first: str
    series: Sequence[str]
    rows: Sequence[Row]
    drawing: Drawing
    note: str = ""
    over_time: bool = False

    @property
    def lines(self) -> Sequence[Row]:
        """The lines of the table."""
        return self.rows[::-1] if self.over_time else self.rows

    @property
    def total(self) -> int:
        return sum(cell.number for row in self.rows for cell in row.cells)

    @property
    def summary(self) -> str:
        """What the drawing shows, in a sentence for who does not see it."""
        highest = max(self.rows, key=lambda row: sum(cell.number for cell in row.cells), default=None)
        if highest is None or not self.total:
            return _("There is nothing to draw.")
        return _("%(total)d in all. The most: %(label)s, with %(number)d.") % {
            "total": self.total,
            "label": highest.label,
            "number": sum(cell.number for cell in highest.cells),
        }

    @property
    def marks(self) -> list[dict[str, Any]]:
        """The marks of the drawing, each with what it says and where it leads."""
        return [
            {
                "mark": mark,
                "pattern": mark.series % PATTERNS,
                "query": self.rows[mark.row].cells[mark.series].query,
                "title": f"{self.rows[mark.row].label}, {self.series[mark.series]}:"
                f" {self.rows[mark.row].cells[mark.series].number}",
            }
            for mark in self.drawing.marks
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What organisations, roles and reasons are called, by their codes."""

    organisations: Mapping[str, str]
    roles: Mapping[str, str]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Everything that was counted under filters, as they were chosen, and over which spans of time."""

    filters: EntryFilters
    spans: Sequence[Span]
    counts: Sequence[EntryCount]
    readers: Sequence[Reader]
    names: Names

    @property
    def accesses(self) -> list[EntryCount]:
        return [one for one in self.counts if one.measure == "access" and one.outcome == "allowed"]

    def accesses_of(self, **narrowed: Any) -> str:
        """Return the address of the accesses that were allowed and meet these besides."""
        return self.query(action=self.filters.action or ACCESSES, outcome="allowed", **narrowed)

    def query(self, **narrowed: Any) -> str:
        """Return the address of the entries that meet the filters and these besides."""
        if "since" in narrowed:
            narrowed["period"] = ""  # moments take its place
        return urlencode(replace(self.filters, **narrowed).as_query())


def charts(counted: Counted) -> list[Chart]:
    """Return every chart, in the order of the page."""
    return [
        _accesses_by_time(counted),
        _refusals_by_reason(counted),
        _accesses_by_hours(counted),
        *_who_reads_most(counted),
        _given_and_withdrawn(counted),
    ]


def _accesses_by_time(counted: Counted) -> Chart:
    by_organisation = Counter[str]()
    for one in counted.accesses:
        by_organisation[one.organisation] += one.number
    named = [oin for oin, _number in by_organisation.most_common()]
    if len(named) > PATTERNS:
        named = [*named[: PATTERNS - 1], _OTHERS]
    series: list[str] = named or [""]

    def series_of(one: EntryCount) -> str:
        return one.organisation if one.organisation in series else _OTHERS

    numbers = _over_time(counted.spans, counted.accesses, series_of)
    rows = [
        Row(
            _span_title(span),
            [
                Cell(
                    numbers[number, oin],
                    ""
                    if oin == _OTHERS
                    else counted.accesses_of(
                        since=span.since,
                        until=span.until,
                        organisation=oin or counted.filters.organisation,
                    ),
                )
                for oin in series
            ],
        )
        for number, span in enumerate(counted.spans)
    ]
    return Chart(
        name="accesses",
        title=_("Accesses to data, by day and organisation"),
        first=_("Day"),
        series=[_organisation(counted, oin) if oin else _("Accesses") for oin in series],
        rows=rows,
        drawing=_columns(rows, counted.spans, stacked=True),
        over_time=True,
    )


def _refusals_by_reason(counted: Counted) -> Chart:
    refused = Counter[str]()
    for one in counted.counts:
        if one.outcome == "refused":
            refused[one.reason] += one.number
    rows = [
        Row(
            counted.names.reasons.get(reason, reason) or _("Without a reason"),
            [Cell(number, counted.query(outcome="refused", reason=reason) if reason else "")],
            beside=reason if reason in counted.names.reasons else "",
        )
        for reason, number in refused.most_common(MOST_ROWS)
    ]
    rest = sum(number for _reason, number in refused.most_common()[MOST_ROWS:])
    if rest:
        rows.append(Row(_("All other reasons"), [Cell(rest)]))
    return _bar_chart("refusals", _("Refusals, by reason"), _("Reason"), _("Refusals"), rows)


def _accesses_by_hours(counted: Counted) -> Chart:
    by_hours = Counter[str]()
    for one in counted.accesses:
        by_hours[one.hours] += one.number
    titles = {
        "office": _("Monday to Friday, from 7 to 19"),
        "early": _("Monday to Friday, before 7"),
        "late": _("Monday to Friday, after 19"),
        "weekend": _("Saturday and Sunday"),
    }
    rows = [
        Row(title, [Cell(by_hours[hours], counted.accesses_of(hours=hours))])
        for hours, title in titles.items()
        if counted.filters.hours in ("", hours) or (counted.filters.hours == "outside" and hours != "office")
    ]
    outside = sum(number for hours, number in by_hours.items() if hours != "office")
    total = sum(by_hours.values())
    note = (
        _("%(percent)d percent of the accesses took place outside office hours (%(number)d of %(total)d).")
        % {"percent": round(100 * outside / total), "number": outside, "total": total}
        if total
        else ""
    )
    title = _("Accesses inside and outside office hours")
    chart = _bar_chart("hours", title, _("Hours"), _("Accesses"), rows)
    return replace(chart, note=note)


def _who_reads_most(counted: Counted) -> list[Chart]:
    """Return the same by employee, by role and by organisation."""
    employees = [
        Row(
            _("Employee %(number)d") % {"number": place},
            [Cell(one.number, counted.accesses_of(employee=one.example.id))],
            beside=", ".join(filter(None, (_role(counted, one.example.role), one.example.department))),
        )
        for place, one in enumerate(counted.readers, start=1)
    ]
    roles, organisations = Counter[str](), Counter[str]()
    for one in counted.accesses:
        roles[one.role] += one.number
        organisations[one.organisation] += one.number
    by_role = [
        Row(
            _role(counted, role) or "–",
            [Cell(number, counted.accesses_of(role=role) if role else "")],
        )
        for role, number in roles.most_common(MOST_ROWS)
    ]
    by_organisation = [
        Row(
            _organisation(counted, oin) or "–",
            [
                Cell(
                    number,
                    counted.accesses_of(organisation=oin) if oin else "",
                )
            ],
        )
        for oin, number in organisations.most_common(MOST_ROWS)
    ]
    accesses = _("Accesses")
    return [
        replace(
            _bar_chart("employees", _("Employees who read most"), _("Employee"), accesses, employees),
            note=_("Employees have a number here and no name. The name is disclosed by rule."),
        ),
        _bar_chart("roles", _("Roles that read most"), _("Role"), accesses, by_role),
        _bar_chart("organisations", _("Organisations that read most"), _("Organisation"), accesses, by_organisation),
    ]


def _given_and_withdrawn(counted: Counted) -> Chart:
    actions = {"given": _("Given"), "withdrawn": _("Withdrawn")}
    counts = [one for one in counted.counts if one.measure in actions and one.outcome == "allowed"]
    numbers = _over_time(counted.spans, counts, lambda one: one.measure)
    rows = [
        Row(
            _span_title(span),
            [
                Cell(
                    numbers[number, measure],
                    counted.query(
                        action=counted.filters.action or measure, outcome="allowed", since=span.since, until=span.until
                    ),
                )
                for measure in actions
            ],
        )
        for number, span in enumerate(counted.spans)
    ]
    return Chart(
        name="consents",
        title=_("Consents given and withdrawn"),
        first=_("Day"),
        series=list(actions.values()),
        rows=rows,
        drawing=_columns(rows, counted.spans, stacked=False),
        over_time=True,
    )


def _over_time(
    spans: Sequence[Span], counts: Iterable[EntryCount], series_of: Callable[[EntryCount], str]
) -> Counter[tuple[int, str]]:
    """Add up by the number of the span and by series."""
    begins = [span.first for span in spans]
    numbers = Counter[tuple[int, str]]()
    for one in counts:
        numbers[bisect_right(begins, one.day) - 1, series_of(one)] += one.number
    return numbers


def _columns(rows: Sequence[Row], spans: Sequence[Span], *, stacked: bool) -> Drawing:
    return draw_columns(
        [[cell.number for cell in row.cells] for row in rows],
        [date_format(span.first, "j N") for span in spans],
        stacked=stacked,
    )


def _bar_chart(name: str, title: str, first: str, counted: str, rows: Sequence[Row]) -> Chart:
    return Chart(
        name=name,
        title=title,
        first=first,
        series=[counted],
        rows=rows,
        drawing=draw_bars([row.cells[0].number for row in rows], [row.label for row in rows]),
    )


def _span_title(span: Span) -> str:
    first = date_format(span.first, "D j N")
    return first if span.first == span.last else f"{first} – {date_format(span.last, 'D j N')}"


def _organisation(counted: Counted, oin: str) -> str:
    return _("Other organisations") if oin == _OTHERS else counted.names.organisations.get(oin, oin)


def _role(counted: Counted, role: str) -> str:
    return counted.names.roles.get(role, role)
