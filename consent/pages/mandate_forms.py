"""Forms with which mandates begin."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.errors import DomainError
from audit.pages.error_links import error_links
from consent.models import Mandate
from consent.pages.forms.days import end_of_day
from consent.pages.forms.widgets import date_input, select, text_input
from consent.pages.mandate_words import ACTS, VERIFICATIONS, purpose_titles
from consent.services.mandates import LONGEST_YEARS

# Where a fault that a service found shows, by the pointer of the error.
_FORM_FIELDS = {
    "/citizenBsn": "citizen_bsn",
    "/holderBsn": "holder_bsn",
    "/childBornOn": "born_on",
    "/verification": "verification",
    "/reference": "reference",
    "/purposes": "purposes",
    "/acts": "acts",
    "/endsAt": "until",
}
_REQUIRED = {"required": _("Fill this in.")}


class MandateForm(forms.Form):
    """What the forms share: faults of a service shown in place, and a summary of all faults."""

    def add_domain_error(self, error: DomainError) -> None:
        for fault in error.errors:
            name = _FORM_FIELDS.get(fault.pointer)
            self.add_error(name if name in self.fields else None, str(fault.detail))
        if not error.errors:
            self.add_error(None, f"{error.title}. {error.detail}")

    def error_links(self) -> list[dict[str, str]]:
        """Return what is wrong in the order of the page, each with the id of the place where it can be repaired."""
        return error_links(self)


class LimitsForm(MandateForm):
    """What a representative may do, for which purposes, and until when."""

    acts = forms.MultipleChoiceField(
        label=_("What may this person do?"),
        choices=list(ACTS.items()),
        error_messages={"required": _("Choose what this person may do.")},
    )
    every_purpose = forms.BooleanField(required=False)
    purposes = forms.MultipleChoiceField(label=_("For which purposes?"), required=False)
    until = forms.DateField(
        label=_("Until which day?"),
        widget=date_input(),
        error_messages={
            "required": _("Choose the last day of the mandate."),
            "invalid": _("Fill in a date as day, month and year."),
        },
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        choices = self.fields["purposes"]
        assert isinstance(choices, forms.MultipleChoiceField)
        choices.choices = list(purpose_titles().items())
        self.fields["until"].widget.attrs["min"] = timezone.localdate().isoformat()

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        if day.year > timezone.localdate().year + LONGEST_YEARS:
            raise forms.ValidationError(_("Choose an end within five years from today."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "purposes" in cleaned and bool(cleaned["purposes"]) == bool(cleaned.get("every_purpose")):
            self.add_error("purposes", _("Choose one or more purposes, or all of them."))
        return cleaned

    def limits(self) -> dict[str, Any]:
        """Return what the services take."""
        chosen = self.cleaned_data
        return {"purposes": chosen["purposes"], "acts": chosen["acts"], "ends_at": end_of_day(chosen["until"])}


class GiveForm(LimitsForm):
    """A mandate that a citizen gives; `once` makes the button pressed twice one mandate."""

    once = forms.UUIDField(widget=forms.HiddenInput)

    def mandate_id(self) -> UUID:
        given: UUID = self.cleaned_data["once"]
        return given


class CodeForm(MandateForm):
    """The code that somebody was handed."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=text_input(),
        error_messages={"required": _("Fill in the code that you were given.")},
    )

    def add_domain_error(self, error: DomainError) -> None:
        self.add_error("code", f"{error.title}. {error.detail}".rstrip())


class VerifiedForm(MandateForm):
    """What a registrar looked at."""

    verification = forms.ChoiceField(
        label=_("How did you verify this?"),
        choices=[
            ("", _("Choose")),
            *((code, words) for code, words in VERIFICATIONS.items() if code != Mandate.Verification.GIVEN_ONLINE),
        ],
        widget=select(),
        error_messages={"required": _("Choose how you verified this.")},
    )
    reference = forms.CharField(
        label=_("Where is the proof kept? (case number)"),
        max_length=100,
        widget=text_input(),
        error_messages=_REQUIRED,
    )


class GuardianForm(VerifiedForm):
    """A child and its guardian."""

    citizen_bsn = forms.CharField(
        label=_("Citizen service number of the child"), max_length=9, widget=text_input(), error_messages=_REQUIRED
    )
    citizen_name = forms.CharField(
        label=_("Name of the child"), max_length=200, widget=text_input(), error_messages=_REQUIRED
    )
    born_on = forms.DateField(
        label=_("Date of birth of the child"),
        widget=date_input(),
        error_messages={**_REQUIRED, "invalid": _("Fill in a date as day, month and year.")},
    )
    holder_bsn = forms.CharField(
        label=_("Citizen service number of the parent or guardian"),
        max_length=9,
        widget=text_input(),
        error_messages=_REQUIRED,
    )
    holder_name = forms.CharField(
        label=_("Name of the parent or guardian"), max_length=200, widget=text_input(), error_messages=_REQUIRED
    )
    field_order = ("citizen_bsn", "citizen_name", "born_on", "holder_bsn", "holder_name", "verification", "reference")


class RepresentativeForm(LimitsForm, VerifiedForm):
    """A resident and who represents that one."""

    citizen_bsn = forms.CharField(
        label=_("Citizen service number of the resident"), max_length=9, widget=text_input(), error_messages=_REQUIRED
    )
    citizen_name = forms.CharField(
        label=_("Name of the resident"), max_length=200, widget=text_input(), error_messages=_REQUIRED
    )
    holder_bsn = forms.CharField(
        label=_("Citizen service number of the representative"),
        max_length=9,
        widget=text_input(),
        error_messages=_REQUIRED,
    )
    holder_name = forms.CharField(
        label=_("Name of the representative"), max_length=200, widget=text_input(), error_messages=_REQUIRED
    )
    field_order = (
        "citizen_bsn",
        "citizen_name",
        "holder_bsn",
        "holder_name",
        "acts",
        "every_purpose",
        "purposes",
        "until",
        "verification",
        "reference",
    )
