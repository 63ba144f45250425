"""Renewing a consent: a later end, and more times."""

from datetime import date

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from audit.errors import DomainError, Invalid
from consent.pages.forms.widgets import date_input, number_input


class RenewForm(forms.Form):
    """A new last day, and how many times are added; nothing is filled in before."""

    until = forms.DateField(
        label=_("Until which day may they read this?"),
        widget=date_input(),
        error_messages={
            "required": _("Choose the last day on which they may read this."),
            "invalid": _("Fill in a date as day, month and year."),
        },
    )
    more_uses = forms.IntegerField(
        required=False,
        min_value=1,
        label=_("How many times may they read this from now on? (optional)"),
        help_text=_("If you leave this empty, the number stays as it is."),
        widget=number_input(),
        error_messages={
            "invalid": _("Fill in a whole number, or leave this empty."),
            "min_value": _("Fill in a number of 1 or more, or leave this empty."),
        },
    )

    def __init__(self, *, first_day: date, last_day: date, counted: bool, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict is what Django gives and takes
        self.first_day, self.last_day = first_day, last_day
        until = self.fields["until"]
        until.help_text = _("The last possible day is %(day)s.") % {"day": date_format(last_day, "DATE_FORMAT")}
        until.widget.attrs |= {"min": first_day.isoformat(), "max": last_day.isoformat()}
        if not counted:
            del self.fields["more_uses"]

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
            uses = "uses" in fault.pointer.lower() and "more_uses" in self.fields
            self.add_error("more_uses" if uses else "until", str(fault.detail))
        if not error.errors and not (self.errors and isinstance(error, Invalid)):
            self.add_error(None, f"{error.title}. {error.detail}")

    def error_links(self) -> list[dict[str, str]]:
        """Return what is wrong in the order of the page, each with the id of the place where it can be repaired."""
        return [
            {"target": "" if name == NON_FIELD_ERRORS else f"id_{name}", "text": str(text)}
            for name in (NON_FIELD_ERRORS, *self.fields)
            for text in self.errors.get(name, ())
        ]
