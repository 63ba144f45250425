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
    purpose = forms.SlugField(
        required=False, label=_("Purpose (name in the register)"), widget=forms.TextInput(attrs=_TEXTBOX)
    )
    consent = forms.UUIDField(required=False, label=_("Consent (id)"), widget=forms.TextInput(attrs=_TEXTBOX))

    def __init__(self, viewer: Viewer, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        action = self.fields["action"]
        assert isinstance(action, forms.ChoiceField)
        action.choices = [("", _("All")), *((one.name, f"{one.title} ({one.name})") for one in all_actions())]
        if viewer.organisations is not None:
            names = people().organisation_names(viewer.organisations)
            self.fields["organisation"] = forms.ChoiceField(
                required=False,
                label=_("Organisation"),
                choices=[("", _("All")), *sorted(names.items(), key=lambda named: named[1])],
                widget=forms.Select(attrs=_SELECT),
            )

    def lookups(self) -> dict[str, Any]:
        """Return what was filled in as lookups on records."""
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        since, until = chosen.pop("since", None), chosen.pop("until", None)
        if since:
            chosen["at__gte"] = _start_of(since)
        if until:
            chosen["at__lt"] = _end_of(until)
        return chosen

    def as_text(self) -> dict[str, str]:
        """Return what was filled in, for the entry that this look leaves behind."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}


def _start_of(day: date) -> datetime:
    return in_utc(timezone.make_aware(datetime.combine(day, time.min)))


def _end_of(day: date) -> datetime:
    return _start_of(day + timedelta(days=1))
