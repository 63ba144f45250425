"""The whole answer of a citizen: what must be chosen, the other conditions, and how both become terms."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audit.errors import DomainError, Invalid
from consent.pages.forms.choices import AnswerChoices
from consent.pages.forms.days import end_of_day
from consent.pages.forms.how import HowForm
from consent.pages.forms.what_for import WhatForForm
from consent.pages.forms.when import WhenForm
from consent.pages.forms.who import WhoForm
from consent.pages.forms.widgets import date_input, number_input

# Where a fault in the terms shows: the field of the form, by the name of the term in the pointer of the error.
_PLACES = {
    "validUntil": "until",
    "uses": "uses",
    "fields": "fields_chosen",
    "recipients": "recipients",
    "validFrom": "start",
    "window": "days",
    "usesPerPeriod": "period_limit",
    "answerOnly": "answers",
    "case": "case",
    "area": "areas",
    "askMe": "ask_me",
    "tellMe": "tell_me",
    "keep": "keep_days",
    "aggregateOnly": "aggregate_only",
    "keepUpToDate": "keep_up_to_date",
}
_MORE = (
    "start",
    "days",
    "time_from",
    "time_until",
    "period_limit",
    "period",
    "departments",
    "case_workers_only",
    "case",
    "areas",
    "answers",
    "ask_me",
    "tell_me",
    "keep_days",
    "aggregate_only",
)
# Choices from a list have their place in the page by the list, all others by their input.
_LISTS = frozenset({"fields_chosen", "recipients", "days", "departments", "areas", "answers", "without"})
# What decides which values a recipient would see.
PREVIEWED = ("fields_chosen", "answers")


class AnswerForm(WhenForm, WhoForm, WhatForForm, HowForm):
    """What a citizen may choose in a yes. Nothing is chosen in advance.

    Required fields are not a choice: they come with a yes, and the page says so. Who wants to leave one out names it
    in `without`, which makes it an offer to the organisation.
    """

    # As they stand on the page.
    field_order = ("fields_chosen", "recipients", "until", "uses", "keep_up_to_date", *_MORE, "without")

    until = forms.DateField(
        label=_("Until which day may they read this?"),
        widget=date_input(),
        error_messages={
            "required": _("Choose the last day on which they may read this."),
            "invalid": _("Fill in a date as day, month and year."),
        },
    )
    uses = forms.IntegerField(
        required=False,
        label=_("How many times may they read this? (optional)"),
        widget=number_input(),
        error_messages={"invalid": _("Fill in a whole number, or leave this empty.")},
    )
    fields_chosen = forms.MultipleChoiceField(
        required=False,
        error_messages={"invalid_choice": _("This is not asked for this purpose. Choose again.")},
    )
    without = forms.MultipleChoiceField(
        required=False,
        label=_("What do you leave out?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("This is not asked for this purpose. Choose again.")},
    )

    def __init__(
        self,
        choices: AnswerChoices,
        *,
        data: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.choices = choices
        until, uses = self.fields["until"], self.fields["uses"]
        until.help_text = _("The last possible day is %(day)s.") % {"day": date_format(choices.last_day, "DATE_FORMAT")}
        until.widget.attrs |= {"min": choices.first_day.isoformat(), "max": choices.last_day.isoformat()}
        if choices.most_uses is None:
            uses.help_text = _("If you leave this empty, there is no limit.")
        else:
            uses.help_text = ngettext(
                "If you leave this empty, it is at most %(most)d time.",
                "If you leave this empty, it is at most %(most)d times.",
                choices.most_uses,
            ) % {"most": choices.most_uses}
            uses.widget.attrs["max"] = choices.most_uses
        self._fill("fields_chosen", [field for field in choices.fields if not field["required"]])
        self._fill("without", [field for field in choices.fields if field["required"]])
        self.set_up_when(choices)
        self.set_up_who(choices)
        self.set_up_what_for(choices)
        self.set_up_how(choices)

    def clean(self) -> dict[str, Any]:
        self.clean_when()
        self.clean_who()
        self.clean_how()
        return self.cleaned_data

    def clean_until(self) -> date:
        chosen: date = self.cleaned_data["until"]
        if not self.choices.first_day <= chosen <= self.choices.last_day:
            raise forms.ValidationError(
                _("Choose a day from today up to and including the last possible day."), code="outside"
            )
        return chosen

    def terms(self) -> dict[str, Any]:
        """Return the terms that were chosen, as the services take them."""
        chosen = self.cleaned_data
        terms: dict[str, Any] = {
            "validUntil": end_of_day(chosen["until"]).isoformat(),
            "fields": self.shared_fields(),
            **self.when_terms(),
            **self.who_terms(),
            **self.what_for_terms(),
            **self.how_terms(),
        }
        # The purpose's own limit holds for who sets none.
        uses = chosen["uses"] if chosen["uses"] is not None else self.choices.most_uses
        if uses is not None:
            terms["uses"] = uses
        return terms

    def shared_fields(self) -> list[str]:
        """Return the names of what would be shared, in the order of the purpose."""
        wanted = {*self.choices.required_fields, *self.cleaned_data.get("fields_chosen", [])} - set(self.left_out())
        return [field["name"] for field in self.choices.fields if field["name"] in wanted]

    def shared_answers(self) -> dict[str, str]:
        """Return {field: derivation} of what would be answered with yes or no only."""
        shared = self.shared_fields()
        return {field: derivation for field, derivation in self.chosen_answers().items() if field in shared}

    def left_out(self) -> list[str]:
        """Return the required fields that the citizen wants to leave out."""
        chosen: list[str] = self.cleaned_data.get("without", [])
        return chosen

    @property
    def more_open(self) -> bool:
        """Whether the other conditions stand open: something was filled in there, or is wrong there."""
        return any(name in self.errors or self[name].value() for name in _MORE if name in self.fields)

    @property
    def less_open(self) -> bool:
        """Whether the offer stands open: it was sent, or something was filled in there."""
        return self.data.get("answer") == "offer" or bool("without" in self.fields and self["without"].value())

    def is_previewable(self) -> bool:
        """Whether it is clear what would be seen. What is only looked at need not be complete: other faults go."""
        self.full_clean()
        self.keep_errors_of(PREVIEWED)
        return not self.errors

    def keep_errors_of(self, names: Collection[str]) -> None:
        """Forget what is wrong with other fields."""
        for name in [name for name in self.errors if name not in names]:
            del self.errors[name]

    def add_domain_error(self, error: DomainError) -> None:
        """Show what the service found wrong where the citizen can repair it."""
        for fault in error.errors:
            term = fault.pointer.removeprefix("/terms/").partition("/")[0]
            place = _PLACES.get(term)
            self.add_error(place if place in self.fields else None, str(fault.detail))
        if not error.errors and not (self.errors and isinstance(error, Invalid)):
            self.add_error(None, f"{error.title}. {error.detail}")

    def error_links(self) -> list[dict[str, str]]:
        """Return what is wrong in the order of the page, each with the id of the place where it can be repaired."""
        return [
            {"target": place_of(name), "text": str(text)}
            for name in (NON_FIELD_ERRORS, *self.fields)
            for text in self.errors.get(name, ())
        ]

    def _fill(self, name: str, fields: list[Mapping[str, Any]]) -> None:
        self.choose_from(name, [(field["name"], field["title"]) for field in fields])


def place_of(name: str) -> str:
    """Return the id of the element of a field of the form; "" for what belongs to no field."""
    if name == NON_FIELD_ERRORS:
        return ""
    if name == "fields_chosen":
        return "fields"
    return name if name in _LISTS else f"id_{name}"
