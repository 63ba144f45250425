"""What is filled in to hold records or to have them erased."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.errors import DomainError
from audit.models import ErasureOrder
from audit.pages.forms import DayField
from audit.services.legal_hold import LONGEST_HOLD

GROUNDS = {
    ErasureOrder.Ground.REQUEST: _("Whom it is about asked for it"),
    ErasureOrder.Ground.RULING: _("A judge or the supervisor ruled it"),
}

_TEXTBOX = {"class": "utrecht-textbox utrecht-textbox--html-input", "autocomplete": "off"}
_DATE = {**_TEXTBOX, "type": "date"}
_SELECT = {"class": "utrecht-select utrecht-select--html-select"}
_TEXTAREA = {"class": "utrecht-textarea utrecht-textarea--html-textarea", "rows": 3}
_PSEUDONYM = re.compile(r"[0-9a-f]{64}")
_REQUIRED = {"required": _("Fill this in.")}
_BAD_DATE = _("Fill in a date as day, month and year.")


class StepForm(forms.Form):
    """A form whose faults are listed above it, those of the service too."""

    def add_domain_error(self, error: DomainError) -> None:
        self.add_error(None, f"{error.title}. {error.detail}")


class HoldForm(StepForm):
    TARGETS = {
        "entry": _("One entry, by its number"),
        "subject": _("All about a resident, by the pseudonym of the log"),
        "case": _("All of a case, by its number"),
        "consent": _("All of a consent, by its number"),
    }

    target = forms.ChoiceField(
        label=_("What is held"), choices=list(TARGETS.items()), widget=forms.Select(attrs=_SELECT)
    )
    named = forms.CharField(
        label=_("Which one"), max_length=100, widget=forms.TextInput(attrs=_TEXTBOX), error_messages=_REQUIRED
    )
    ground = forms.CharField(
        label=_("Ground"),
        help_text=_("Such as the number of the case at court. It stands in the log for ever, so name nobody."),
        max_length=200,
        widget=forms.TextInput(attrs=_TEXTBOX),
        error_messages=_REQUIRED,
    )
    until = DayField(
        label=_("Until and including"),
        help_text=_("At most a year from now. A hold can be placed anew."),
        widget=forms.DateInput(attrs=_DATE),
        error_messages=_REQUIRED | {"invalid": _BAD_DATE},
    )

    def clean_until(self) -> datetime:
        end = _start_of(self.cleaned_data["until"] + timedelta(days=1))
        if not timezone.now() < end <= timezone.now() + LONGEST_HOLD:
            raise forms.ValidationError(_("Choose a day from today to a year from now."))
        return end

    def clean(self) -> dict[str, Any]:
        target, named = self.cleaned_data.get("target"), self.cleaned_data.get("named", "")
        if target in ("entry", "consent") and named:
            try:
                self.cleaned_data["named"] = UUID(named)
            except ValueError:
                self.add_error("named", _("This is no number of an entry or a consent."))
        elif target == "subject" and named and not _PSEUDONYM.fullmatch(named):
            self.add_error("named", _("A pseudonym of the log has 64 characters: 0 to 9 and a to f."))
        return self.cleaned_data

    def arguments(self) -> dict[str, Any]:
        """Return what `place_hold` takes."""
        chosen = self.cleaned_data
        name = "entry_id" if chosen["target"] == "entry" else chosen["target"]
        return {"ground": chosen["ground"], "until": chosen["until"], name: chosen["named"]}


class ErasureOrderForm(StepForm):
    ground = forms.ChoiceField(label=_("Ground"), choices=list(GROUNDS.items()), widget=forms.Select(attrs=_SELECT))
    reference = forms.CharField(
        label=_("The ground in words"),
        help_text=_(
            "The article that the request rests on, or the number of the ruling. It stands in the log for ever, so"
            " name nobody."
        ),
        max_length=200,
        widget=forms.TextInput(attrs=_TEXTBOX),
        error_messages=_REQUIRED,
    )
    entries = forms.CharField(
        label=_("Entries"),
        help_text=_("Their numbers, one a line. Or leave this empty and fill in the pseudonym below."),
        required=False,
        widget=forms.Textarea(attrs=_TEXTAREA),
    )
    subject = forms.CharField(
        label=_("Resident (pseudonym of the log)"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs=_TEXTBOX),
    )
    since = DayField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(attrs=_DATE),
        error_messages={"invalid": _BAD_DATE},
    )
    until = DayField(
        label=_("Up to and including"),
        required=False,
        widget=forms.DateInput(attrs=_DATE),
        error_messages={"invalid": _BAD_DATE},
    )

    def clean_entries(self) -> list[UUID]:
        try:
            return [UUID(line.strip()) for line in self.cleaned_data["entries"].splitlines() if line.strip()]
        except ValueError:
            raise forms.ValidationError(_("Not every line is the number of an entry.")) from None

    def clean_subject(self) -> str:
        subject: str = self.cleaned_data["subject"]
        if subject and not _PSEUDONYM.fullmatch(subject):
            raise forms.ValidationError(_("A pseudonym of the log has 64 characters: 0 to 9 and a to f."))
        return subject

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if not self.errors and bool(chosen["entries"]) == bool(chosen["subject"]):
            raise forms.ValidationError(_("Name entries, or one resident: not both."))
        if chosen.get("since") and chosen.get("until") and chosen["until"] < chosen["since"]:
            self.add_error("until", _("This day is before the day at “From”."))
        return chosen

    def arguments(self) -> dict[str, Any]:
        """Return what `order_erasure` takes."""
        chosen = self.cleaned_data
        return {
            "ground": ErasureOrder.Ground(chosen["ground"]),
            "reference": chosen["reference"],
            "entry_ids": chosen["entries"],
            "subject": chosen["subject"],
            "since": _start_of(chosen["since"]) if chosen["since"] else None,
            "until": _start_of(chosen["until"] + timedelta(days=1)) if chosen["until"] else None,
        }


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
