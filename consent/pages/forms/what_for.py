"""What it may be used for: one case, and in which neighbourhoods."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consent.pages.forms.choices import AnswerChoices
from consent.pages.forms.group import TermGroup
from consent.pages.forms.widgets import text_input


class WhatForForm(TermGroup):
    case = forms.CharField(
        required=False,
        max_length=100,
        label=_("Only for this case"),
        help_text=_("The number of the case stands in the letter that you got. Leave this empty for every case."),
        widget=text_input(),
        error_messages={"max_length": _("The number of a case has at most 100 characters.")},
    )
    areas = forms.MultipleChoiceField(
        required=False,
        label=_("Only about these neighbourhoods"),
        help_text=_("Tick nothing, and every place is good."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("We do not know this neighbourhood.")},
    )

    def set_up_what_for(self, choices: AnswerChoices) -> None:
        self.cells = {one.slug: one.cells for one in choices.areas}
        self.choose_from("areas", [(one.slug, one.title) for one in choices.areas])

    def what_for_terms(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        terms: dict[str, Any] = {"case": chosen["case"]} if chosen.get("case") else {}
        if chosen.get("areas"):
            terms["area"] = sorted(frozenset().union(*(self.cells[slug] for slug in chosen["areas"])))
        return terms
