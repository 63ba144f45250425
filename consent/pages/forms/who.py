"""Who may read: which organisations, and within them which departments and who."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consent.models import Role
from consent.pages.forms.choices import AnswerChoices
from consent.pages.forms.group import TermGroup


class WhoForm(TermGroup):
    recipients = forms.MultipleChoiceField(
        required=False,
        label=_("Who may read it?"),
        help_text=_("Choose at least one."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("This organisation does not receive data for this purpose.")},
    )
    departments = forms.MultipleChoiceField(
        required=False,
        label=_("Only these departments"),
        help_text=_("Tick nothing, and all departments that do this work may read it."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("This department does not receive data for this purpose.")},
    )
    case_workers_only = forms.BooleanField(
        required=False,
        label=_("Only a case worker"),
        help_text=_("Nobody with another role may read it."),
    )

    def set_up_who(self, choices: AnswerChoices) -> None:
        self.oins = [one["oin"] for one in choices.recipients]
        several = len(self.oins) > 1
        self.choose_from("recipients", [(one["oin"], one["name"]) for one in choices.recipients] if several else [])
        self.choose_from(
            "departments",
            [(one.value, f"{one.title} ({one.organisation})" if several else one.title) for one in choices.departments],
        )

    def clean_who(self) -> None:
        cleaned = self.cleaned_data
        if "recipients" not in self.fields or "recipients" in self.errors:
            return
        if not cleaned["recipients"]:
            self.add_error("recipients", _("Choose at least one organisation, or answer no."))
        elif {value.partition(" ")[0] for value in cleaned.get("departments", ())} - set(cleaned["recipients"]):
            self.add_error("departments", _("You ticked a department of an organisation that you did not choose."))

    def who_terms(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        departments: dict[str, list[str]] = {}
        for value in chosen.get("departments", ()):
            oin, _space, department = value.partition(" ")
            departments.setdefault(oin, []).append(department)
        role = {"role": Role.REQUESTER.value} if chosen.get("case_workers_only") else {}
        return {
            "recipients": [
                {"oin": oin, **({"department": department} if department else {}), **role}
                for oin in chosen.get("recipients", self.oins)
                for department in departments.get(oin, [""])
            ]
        }
