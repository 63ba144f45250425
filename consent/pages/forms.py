"""The answer of a citizen as a form: what may be chosen, and how it becomes terms."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audit.errors import DomainError, Invalid

# Where a fault in the terms shows: the name of the form's field, by the pointer of the error.
_FORM_FIELDS = {
    "/terms/validUntil": "until",
    "/terms/uses": "uses",
    "/terms/fields": "fields_chosen",
    "/terms/recipients": "recipients",
}


class AnswerForm(forms.Form):
    """What a citizen may choose in a yes: optional fields, an end, a number of uses, and who receives.

    Nothing is chosen in advance. Required fields are not a choice: they come with a yes, and the page says so.
    """

    # As they stand on the page.
    field_order = ("fields_chosen", "recipients", "until", "uses")

    until = forms.DateField(
        label=_("Until which day may they read this?"),
        widget=forms.DateInput(attrs={"type": "date", "class": "utrecht-textbox utrecht-textbox--html-input dw-date"}),
        error_messages={
            "required": _("Choose the last day on which they may read this."),
            "invalid": _("Fill in a date as day, month and year."),
        },
    )
    uses = forms.IntegerField(
        required=False,
        label=_("How many times may they read this? (optional)"),
        widget=forms.NumberInput(
            attrs={"class": "utrecht-textbox utrecht-textbox--html-input dw-number", "inputmode": "numeric"}
        ),
        error_messages={"invalid": _("Fill in a whole number, or leave this empty.")},
    )
    fields_chosen = forms.MultipleChoiceField(
        required=False,
        error_messages={"invalid_choice": _("This is not asked for this purpose. Choose again.")},
    )
    recipients = forms.MultipleChoiceField(
        required=False,
        error_messages={"invalid_choice": _("This organisation does not receive data for this purpose.")},
    )

    def __init__(self, notice: Mapping[str, Any], *, now: datetime, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.notice = notice
        self.first_day = timezone.localdate(now)
        self.last_day = last_day(now, notice["longestValidityDays"])
        until, uses = self.fields["until"], self.fields["uses"]
        until.help_text = _("The last possible day is %(day)s.") % {"day": date_format(self.last_day, "DATE_FORMAT")}
        until.widget.attrs |= {"min": self.first_day.isoformat(), "max": self.last_day.isoformat()}
        uses.widget.attrs["min"] = 1
        if notice["mostUses"] is None:
            uses.help_text = _("If you leave this empty, there is no limit.")
        else:
            uses.help_text = ngettext(
                "If you leave this empty, it is at most %(most)d time.",
                "If you leave this empty, it is at most %(most)d times.",
                notice["mostUses"],
            ) % {"most": notice["mostUses"]}
            uses.widget.attrs["max"] = notice["mostUses"]
        self._choices("fields_chosen").choices = [
            (field["name"], field["title"]) for field in notice["fields"] if not field["required"]
        ]
        self._choices("recipients").choices = [(one["oin"], one["name"]) for one in notice["recipients"]]

    def terms(self) -> dict[str, Any]:
        """Return the terms that were chosen, as `grant_consent` takes them."""
        chosen = self.cleaned_data
        required = [field["name"] for field in self.notice["fields"] if field["required"]]
        recipients = [one["oin"] for one in self.notice["recipients"]]
        if len(recipients) > 1:
            recipients = chosen["recipients"]
        terms: dict[str, Any] = {
            "validUntil": end_of_day(chosen["until"]).isoformat(),
            "fields": [*required, *chosen["fields_chosen"]],
            "recipients": [{"oin": oin} for oin in recipients],
        }
        # The purpose's own limit holds for who sets none.
        uses = chosen["uses"] if chosen["uses"] is not None else self.notice["mostUses"]
        if uses is not None:
            terms["uses"] = uses
        return terms

    def clean_recipients(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["recipients"]
        if len(self.notice["recipients"]) > 1 and not chosen:
            raise forms.ValidationError(_("Choose at least one organisation, or answer no."))
        return chosen

    def clean_until(self) -> date:
        chosen: date = self.cleaned_data["until"]
        if not self.first_day <= chosen <= self.last_day:
            raise forms.ValidationError(
                _("Choose a day from today up to and including the last possible day."), code="outside"
            )
        return chosen

    def add_domain_error(self, error: DomainError) -> None:
        """Show what the service found wrong where the citizen can repair it."""
        for fault in error.errors:
            self.add_error(_FORM_FIELDS.get(fault.pointer), str(fault.detail))
        if not error.errors and not (self.errors and isinstance(error, Invalid)):
            self.add_error(None, f"{error.title}. {error.detail}")

    def _choices(self, name: str) -> forms.MultipleChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        return field


def last_day(now: datetime, longest_days: int) -> date:
    """Return the last day that may be chosen: the consent then ends at its midnight, within the longest time."""
    return timezone.localdate(now + timedelta(days=longest_days)) - timedelta(days=1)


def end_of_day(day: date) -> datetime:
    """Return the midnight that ends `day` in Europe/Amsterdam: "until the 5th" includes the 5th."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
