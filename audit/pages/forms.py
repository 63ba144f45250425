"""What the list of entries can be narrowed to."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.actions import all_actions
from audit.moment import in_utc
from audit.people import Viewer, people
from audit.search.filters import EntryFilters
from audit.timeline import action_title

OUTCOMES = [("allowed", _("Allowed")), ("refused", _("Refused")), ("failed", _("Failed"))]

_TEXTBOX = {"class": "utrecht-textbox utrecht-textbox--html-input", "autocomplete": "off"}
_DATE = {**_TEXTBOX, "type": "date"}
_SELECT = {"class": "utrecht-select utrecht-select--html-select"}


class DayField(forms.DateField):
    """A day of which both ends are moments that the database knows."""

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is not None:
            try:
                _start_of(day), _end_of(day)
            except (OverflowError, ValueError):
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        return day


class FilterForm(forms.Form):
    """Days are those of Europe/Amsterdam; `until` includes its day."""

    since = DayField(required=False, label=_("From"), widget=forms.DateInput(attrs=_DATE))
    until = DayField(required=False, label=_("Up to and including"), widget=forms.DateInput(attrs=_DATE))
    action = forms.ChoiceField(required=False, label=_("What happened"), widget=forms.Select(attrs=_SELECT))
    outcome = forms.ChoiceField(
        required=False,
        label=_("Outcome"),
        choices=[("", _("All")), *OUTCOMES],
        widget=forms.Select(attrs=_SELECT),
    )
    organisation = forms.CharField(
        required=False, label=_("Organisation (OIN)"), widget=forms.TextInput(attrs=_TEXTBOX)
    )
    purpose = forms.ChoiceField(required=False, label=_("Purpose"), widget=forms.Select(attrs=_SELECT))
    case = forms.CharField(required=False, max_length=100, label=_("Case"), widget=forms.TextInput(attrs=_TEXTBOX))
    consent = forms.UUIDField(
        required=False,
        label=_("Consent (number)"),
        widget=forms.TextInput(attrs=_TEXTBOX),
        error_messages={"invalid": _("This is not the number of a consent.")},
    )

    def __init__(self, viewer: Viewer, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self._offer("action", {one.name: str(action_title(one.name)) for one in all_actions()})
        self._offer("purpose", people().purpose_choices())
        if viewer.organisations is not None:
            self.fields["organisation"] = forms.ChoiceField(
                required=False, label=_("Organisation"), widget=forms.Select(attrs=_SELECT)
            )
            self._offer("organisation", people().organisation_names(viewer.organisations))

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the day at “From”."))
        return self.cleaned_data

    def lookups(self) -> dict[str, Any]:
        """Return what was filled in as lookups on records."""
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        since, until = chosen.pop("since", None), chosen.pop("until", None)
        if since:
            chosen["at__gte"] = _start_of(since)
        if until:
            chosen["at__lt"] = _end_of(until)
        return chosen

    def filters(self) -> EntryFilters:
        """Return what was filled in, as everything else of the search takes it."""
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        if "since" in chosen:
            chosen["since"] = _start_of(chosen["since"])
        if "until" in chosen:
            chosen["until"] = _end_of(chosen["until"])
        return EntryFilters(**chosen)

    def _offer(self, name: str, titles: Mapping[str, str]) -> None:
        """Let one choose from {value: title}, in the order of the titles."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *sorted(titles.items(), key=lambda titled: titled[1].casefold())]

    def as_text(self) -> dict[str, str]:
        """Return what was filled in, for the entry that this look leaves behind."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}


def _start_of(day: date) -> datetime:
    return in_utc(timezone.make_aware(datetime.combine(day, time.min)))


def _end_of(day: date) -> datetime:
    return _start_of(day + timedelta(days=1))
