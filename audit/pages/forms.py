"""What the list of entries can be narrowed to, as a form."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actions import all_actions
from audit.moment import end_of_day, moment_of, start_of_day
from audit.people import Viewer, people
from audit.search.filters import (
    ACCESSES,
    GIVEN,
    LONGEST_TEXT,
    PERIODS,
    PINPOINTS,
    PSEUDONYM,
    TRACE,
    WHOLE_LOG,
    WITHDRAWN,
    EntryFilters,
)
from audit.timeline import action_title

OUTCOMES = [("allowed", _("Allowed")), ("refused", _("Refused")), ("failed", _("Failed"))]
PERIOD_TITLES = {
    "1": _("Today"),
    "7": _("Last 7 days"),
    "30": _("Last 30 days"),
    "90": _("Last 90 days"),
    "365": _("Last 365 days"),
    WHOLE_LOG: _("The whole log"),
}
USUAL_PERIOD = "30"
MOST_COUNTED = timedelta(days=93)
GROUP_TITLES = {
    ACCESSES: _("Every access to data"),
    GIVEN: _("Every consent that was given"),
    WITHDRAWN: _("Every consent that was withdrawn"),
}
HOURS_TITLES = {
    "office": _("Office hours (Monday to Friday, 7 to 19)"),
    "outside": _("Outside office hours"),
    "early": _("Monday to Friday, before 7"),
    "late": _("Monday to Friday, after 19"),
    "weekend": _("Saturday and Sunday"),
}

_TEXTBOX = {"class": "utrecht-textbox utrecht-textbox--html-input", "autocomplete": "off"}
_SELECT = {"class": "utrecht-select utrecht-select--html-select"}


class DayField(forms.DateField):
    """A day of which both ends are moments that the database knows."""

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is not None:
            try:
                start_of_day(day), end_of_day(day)
            except (OverflowError, ValueError):
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        return day


def _day(label: Any) -> DayField:
    return DayField(required=False, label=label, widget=forms.DateInput(attrs={**_TEXTBOX, "type": "date"}))


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(
        required=False, label=label, widget=forms.TimeInput(attrs={**_TEXTBOX, "type": "time"}, format="%H:%M")
    )


def _choice(label: Any, choices: list[tuple[str, Any]] | None = None) -> forms.ChoiceField:
    return forms.ChoiceField(required=False, label=label, choices=choices or [], widget=forms.Select(attrs=_SELECT))


def _text(label: Any) -> forms.CharField:
    return forms.CharField(required=False, max_length=LONGEST_TEXT, label=label, widget=forms.TextInput(attrs=_TEXTBOX))


def _number(label: Any, mistake: Any) -> forms.UUIDField:
    return forms.UUIDField(
        required=False, label=label, widget=forms.TextInput(attrs=_TEXTBOX), error_messages={"invalid": mistake}
    )


def _hexadecimal(label: Any, pattern: str, mistake: Any) -> forms.RegexField:
    return forms.RegexField(
        pattern,
        required=False,
        label=label,
        widget=forms.TextInput(attrs=_TEXTBOX),
        error_messages={"invalid": mistake},
    )


class FilterForm(forms.Form):
    """Days and times are those of Europe/Amsterdam; without a time, `until` includes its day.

    Who chooses no period gets the usual one, unless the rest leaves but a few entries. Days take its place.
    """

    period = _choice(_("Period"))
    since = _day(_("From"))
    since_time = _time(_("From (time)"))
    until = _day(_("Up to and including"))
    until_time = _time(_("Until (time)"))
    organisation = _text(_("Organisation (OIN)"))
    role = _choice(_("Role"))
    purpose = _choice(_("Purpose"))
    action = _choice(_("What happened"))
    outcome = _choice(_("Outcome"), [("", _("All")), *OUTCOMES])
    hours = _choice(
        _("Hours"),
        [
            ("", _("All")),
            *HOURS_TITLES.items(),
        ],
    )
    case = _text(_("Case"))
    reason = _text(_("Reason (code)"))
    consent = _number(_("Consent (number)"), _("This is not the number of a consent."))
    request = _number(_("Request (number)"), _("This is not the number of a request."))
    entry = _number(_("Entry (number)"), _("This is not the number of an entry."))
    employee = _number(_("Same employee as in entry (number)"), _("This is not the number of an entry."))
    trace = _hexadecimal(_("Trace"), TRACE.pattern, _("A trace is 32 characters long: digits and the letters a to f."))
    subject = _hexadecimal(
        _("Resident (pseudonym)"),
        PSEUDONYM.pattern,
        _("A pseudonym is 64 characters long: digits and the letters a to f."),
    )

    PERIODS: tuple[str, ...] = (*PERIODS, WHOLE_LOG)
    MAIN = ("period", "since", "since_time", "until", "until_time", "organisation", "purpose", "action", "outcome")

    def __init__(self, viewer: Viewer, data: Mapping[str, Any]) -> None:
        given = {name: data[name] for name in data if name in self.base_fields}
        super().__init__(_with_period(given, self.PERIODS))
        titles = {one.name: str(action_title(one.name)) for one in all_actions()}
        self._offer("action", titles, first=list(GROUP_TITLES.items()))
        self._offer("purpose", people().purpose_choices())
        self._offer("role", people().role_choices())
        period = self.fields["period"]
        assert isinstance(period, forms.ChoiceField)
        days = ("", _("The days filled in here"))
        period.choices = [*((name, PERIOD_TITLES[name]) for name in self.PERIODS), days]
        if viewer.organisations is not None:
            self.fields["organisation"] = _choice(_("Organisation"))
            self._offer("organisation", people().organisation_names(viewer.organisations))

    def clean(self) -> dict[str, Any]:
        for day, time in (("since", "since_time"), ("until", "until_time")):
            if self.cleaned_data.get(time) and day not in self.errors and not self.cleaned_data.get(day):
                self.add_error(day, _("Fill in the day of this time too."))
        filters = self._moments()
        if filters.since and filters.until and filters.until <= filters.since:
            self.add_error("until", _("This is before what you filled in at “From”."))
        return self.cleaned_data

    def filters(self) -> EntryFilters:
        """Return what was filled in; only of a form that is valid."""
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        moments = self._moments()
        for name in ("since", "since_time", "until", "until_time"):
            chosen.pop(name, None)
        if chosen.get("period") == WHOLE_LOG:
            chosen.pop("period")
        return EntryFilters(**chosen, since=moments.since, until=moments.until)

    @property
    def main(self) -> list[forms.BoundField]:
        """The fields that most searches need."""
        return [self[name] for name in self.fields if name in self.MAIN]

    @property
    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.MAIN]

    @property
    def shows_more(self) -> bool:
        return any(field.value() or field.errors for field in self.more)

    def _moments(self) -> EntryFilters:
        """Return from and until when; the mistakes in them are told by `clean`."""
        said = self.cleaned_data
        since, until = said.get("since"), said.get("until")
        ends_at = said.get("until_time")
        return EntryFilters(
            since=moment_of(since, said.get("since_time")) if since else None,
            until=(moment_of(until, ends_at) if ends_at else end_of_day(until)) if until else None,
        )

    def _offer(self, name: str, titles: Mapping[str, str], first: Sequence[tuple[str, Any]] = ()) -> None:
        """Let one choose from {value: title}, in the order of the titles, after what comes first."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *first, *sorted(titles.items(), key=lambda titled: titled[1].casefold())]


class ChartForm(FilterForm):
    """The same for charts, which are counted anew each time: over some months at most."""

    PERIODS = ("1", "7", "30", "90")

    def clean(self) -> dict[str, Any]:
        super().clean()
        moments = self._moments()
        if moments.until and not moments.since and "since" not in self.errors:
            self.add_error("since", _("Fill in from when, so that we know what to count."))
        elif moments.since and (moments.until or timezone.now()) - moments.since > MOST_COUNTED:
            self.add_error("since", _("Charts go over %d days at most. Choose fewer days.") % MOST_COUNTED.days)
        return self.cleaned_data


def _with_period(given: dict[str, Any], periods: tuple[str, ...]) -> dict[str, Any]:
    """Settle which period goes with what was filled in."""
    if given.get("since") or given.get("until"):
        return {**given, "period": ""}
    if given.get("period"):
        return given
    pinpointed = any(given.get(name) for name in PINPOINTS)
    return {**given, "period": WHOLE_LOG if pinpointed and WHOLE_LOG in periods else USUAL_PERIOD}
