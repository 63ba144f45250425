"""The terms of a consent as sentences for people."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consent.pages.forms.choices import AreaChoice
from consent.pages.words import ROLES, in_words
from consent.until import until_in_words

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class TermNames:
    """What is called how: {field: title}, {OIN: name}, {(OIN, department): title}, {(field, derivation): question}, and
    neighbourhoods."""

    fields: Mapping[str, str] = field(default_factory=dict)
    organisations: Mapping[str, str] = field(default_factory=dict)
    departments: Mapping[tuple[str, str], str] = field(default_factory=dict)
    questions: Mapping[tuple[str, str], str] = field(default_factory=dict)
    areas: tuple[AreaChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class SaidTerm:
    """One condition: what it is about, and what it says in one or more lines."""

    name: str
    label: str
    lines: tuple[str, ...]


def terms_in_words(
    conditions: Mapping[str, Any], names: TermNames, *, leave_out: Iterable[str] = ()
) -> tuple[SaidTerm, ...]:
    """Say every term of `conditions`, as they are stored, in the active language.

    A term that this version of the service does not know is named: it refuses, and the reader may know why.
    """
    hidden = set(leave_out)
    said = [
        SaidTerm(name, str(label), tuple(say(conditions[name], names)))
        for name, (label, say) in _SENTENCES.items()
        if name in conditions and name not in hidden
    ]
    said += [
        SaidTerm(
            name, _("A condition that we do not know"), (_("%(name)s: nobody can read this data.") % {"name": name},)
        )
        for name in conditions
        if name not in _SENTENCES
    ]
    return tuple(said)


def _valid_from(value: Any, names: TermNames) -> list[str]:
    return [_("From %(day)s") % {"day": date_format(timezone.localtime(_moment(value)), "DATE_FORMAT")}]


def _valid_until(value: Any, names: TermNames) -> list[str]:
    return [capfirst(until_in_words(_moment(value)))]


def _window(value: Any, names: TermNames) -> list[str]:
    return [f"{capfirst(days_in_words(one['days']))}, {_hours(one)}" for one in value]


def days_in_words(days: Iterable[str]) -> str:
    """Return "Monday to Friday", "every day", or the names one after the other."""
    numbers = sorted(_DAYS.index(day) for day in days)
    if len(numbers) == len(_DAYS):
        return _("every day")
    titles = [str(WEEKDAYS[number]) for number in numbers]
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return _("%(first)s to %(last)s") % {"first": titles[0], "last": titles[-1]}
    return ", ".join(titles)


def _hours(window: Mapping[str, Any]) -> str:
    begin, end = window["from"], window["until"]
    if (begin, end) == ("00:00", "24:00"):
        return _("all day")
    if end <= begin:
        return _("from %(begin)s to %(end)s the next day") % {"begin": begin, "end": end}
    return _("from %(begin)s to %(end)s") % {"begin": begin, "end": end}


def _uses(value: Any, names: TermNames) -> list[str]:
    return [ngettext("At most %(limit)d time", "At most %(limit)d times", value) % {"limit": value}]


def _uses_per_period(value: Any, names: TermNames) -> list[str]:
    limit = value["limit"]
    write = {
        "day": ngettext("At most %(limit)d time a day", "At most %(limit)d times a day", limit),
        "week": ngettext("At most %(limit)d time a week", "At most %(limit)d times a week", limit),
        "month": ngettext("At most %(limit)d time a month", "At most %(limit)d times a month", limit),
        "year": ngettext("At most %(limit)d time a year", "At most %(limit)d times a year", limit),
    }[value["period"]]
    return [write % {"limit": limit}]


def _fields(value: Any, names: TermNames) -> list[str]:
    # In the order of the purpose, as the citizen read them.
    known = [title for name, title in names.fields.items() if name in value]
    return known + [name for name in value if name not in names.fields]


def _answer_only(value: Any, names: TermNames) -> list[str]:
    return [
        _("%(field)s: only yes or no to “%(question)s”")
        % {"field": names.fields.get(field, field), "question": names.questions.get((field, derivation), derivation)}
        for field, derivation in value.items()
    ]


def _recipients(value: Any, names: TermNames) -> list[str]:
    lines = []
    for one in value:
        line = names.organisations.get(one["oin"], one["oin"])
        if one.get("department"):
            department = names.departments.get((one["oin"], one["department"]), one["department"])
            line = _("%(organisation)s, only %(department)s") % {"organisation": line, "department": department}
        if one.get("role"):
            line = _("%(organisation)s (only %(role)s)") % {
                "organisation": line,
                "role": in_words(ROLES, one["role"]),
            }
        lines.append(line)
    return lines


def _case(value: Any, names: TermNames) -> list[str]:
    return [_("Only for case %(case)s") % {"case": value}]


def _area(value: Any, names: TermNames) -> list[str]:
    cells = frozenset(value)
    whole = [one for one in names.areas if one.cells and one.cells <= cells]
    other = len(cells.difference(*(one.cells for one in whole)))
    lines = [one.title for one in whole]
    if other:
        lines.append(
            ngettext("%(count)d other place on the map", "%(count)d other places on the map", other) % {"count": other}
        )
    return lines


def _ask_me(value: Any, names: TermNames) -> list[str]:
    return [_("They ask you every time, before they can read it")]


def _tell_me(value: Any, names: TermNames) -> list[str]:
    return [_("You get a message every time they read it")]


def _keep(value: Any, names: TermNames) -> list[str]:
    return [
        ngettext("They delete it after %(days)d day", "They delete it after %(days)d days", value["days"])
        % {"days": value["days"]}
    ]


def _keep_up_to_date(value: Any, names: TermNames) -> list[str]:
    return [_("If you change your data here, they see the new data")]


def _aggregate_only(value: Any, names: TermNames) -> list[str]:
    return [_("Only in counts with many others, never as your own data")]


def _moment(value: Any) -> datetime:
    moment = parse_datetime(value)
    assert moment is not None
    return moment


# In the order in which people read them: what, who, how long, how often, and then the rest.
_SENTENCES: dict[str, tuple[Promise, Callable[[Any, TermNames], list[str]]]] = {
    "fields": (gettext_lazy("Data"), _fields),
    "answerOnly": (gettext_lazy("Only yes or no"), _answer_only),
    "aggregateOnly": (gettext_lazy("Only in counts"), _aggregate_only),
    "recipients": (gettext_lazy("Who may read it"), _recipients),
    "validFrom": (gettext_lazy("Starts"), _valid_from),
    "validUntil": (gettext_lazy("How long"), _valid_until),
    "window": (gettext_lazy("Days and hours"), _window),
    "uses": (gettext_lazy("How often"), _uses),
    "usesPerPeriod": (gettext_lazy("How often in a period"), _uses_per_period),
    "case": (gettext_lazy("What for"), _case),
    "area": (gettext_lazy("Neighbourhoods"), _area),
    "keepUpToDate": (gettext_lazy("Kept up to date"), _keep_up_to_date),
    "askMe": (gettext_lazy("Ask me"), _ask_me),
    "tellMe": (gettext_lazy("Tell me"), _tell_me),
    "keep": (gettext_lazy("How long they keep it"), _keep),
}
