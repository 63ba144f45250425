"""When a consent may be used: from a day, on days of the week, between hours, and so many times a period."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from consent.pages.forms.choices import AnswerChoices
from consent.pages.forms.days import start_of_day
from consent.pages.forms.group import TermGroup
from consent.pages.forms.widgets import date_input, number_input, select, time_input

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PERIODS = (("day", _("a day")), ("week", _("a week")), ("month", _("a month")), ("year", _("a year")))
MIDNIGHT = "00:00"


class WhenForm(TermGroup):
    days = forms.MultipleChoiceField(
        required=False,
        label=_("Only on these days"),
        help_text=_("Tick nothing, and every day is good."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("This is not a day of the week.")},
    )
    time_from = forms.TimeField(
        required=False,
        label=_("Not before this time"),
        widget=time_input(),
        error_messages={"invalid": _("Fill in a time as hours and minutes, such as 09:00.")},
    )
    time_until = forms.TimeField(
        required=False,
        label=_("Not after this time"),
        widget=time_input(),
        error_messages={"invalid": _("Fill in a time as hours and minutes, such as 17:00.")},
    )
    start = forms.DateField(
        required=False,
        label=_("From which day may they read this?"),
        help_text=_("Leave this empty to start today."),
        widget=date_input(),
        error_messages={"invalid": _("Fill in a date as day, month and year.")},
    )
    period_limit = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1_000_000,
        label=_("At most this many times"),
        widget=number_input(),
        error_messages={
            "invalid": _("Fill in a whole number, or leave this empty."),
            "min_value": _("Fill in a number of 1 or more, or leave this empty."),
            "max_value": _("Fill in a smaller number."),
        },
    )
    period = forms.ChoiceField(required=False, label=_("Each"), choices=[("", "–"), *PERIODS], widget=select())

    def set_up_when(self, choices: AnswerChoices) -> None:
        self.first_day, self.last_day = choices.first_day, choices.last_day
        self.choose_from("days", [(day, str(WEEKDAYS[number])) for number, day in enumerate(DAYS)])
        self.fields["start"].widget.attrs |= {
            "min": self.first_day.isoformat(),
            "max": self.last_day.isoformat(),
        }

    def clean_when(self) -> None:
        """Check what these fields say together."""
        cleaned = self.cleaned_data
        start, until = cleaned.get("start"), cleaned.get("until")
        if start and start < self.first_day:
            self.add_error("start", _("Choose today or a later day."))
        elif start and until and start > until:
            self.add_error("start", _("This day comes after the last day that you chose."))
        if cleaned.get("period_limit") and not cleaned.get("period") and "period" not in self.errors:
            self.add_error("period", _("Choose: a day, a week, a month or a year."))
        if cleaned.get("period") and not cleaned.get("period_limit") and "period_limit" not in self.errors:
            self.add_error("period_limit", _("Fill in how many times."))
        begin, end = cleaned.get("time_from"), cleaned.get("time_until")
        if begin is not None and begin == end:
            self.add_error("time_until", _("Choose another time than the one at which it starts."))

    def when_terms(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        terms: dict[str, Any] = {}
        if chosen["start"]:
            terms["validFrom"] = start_of_day(chosen["start"]).isoformat()
        begin, end = chosen["time_from"], chosen["time_until"]
        if chosen["days"] or begin or end:
            until = f"{end:%H:%M}" if end else "24:00"
            terms["window"] = [
                {
                    "days": chosen["days"] or list(DAYS),
                    "from": f"{begin:%H:%M}" if begin else MIDNIGHT,
                    # The midnight that ends the day, not the one with which it begins.
                    "until": "24:00" if until == MIDNIGHT else until,
                }
            ]
        if chosen["period_limit"]:
            terms["usesPerPeriod"] = {"limit": chosen["period_limit"], "period": chosen["period"]}
        return terms
