"""How it may be read: yes or no instead of the value, after asking, with a message, and for how long it is kept."""

from collections import Counter
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from consent.pages.forms.choices import AnswerChoices
from consent.pages.forms.group import TermGroup
from consent.pages.forms.widgets import number_input

_SWITCHES = {
    "ask_me": "askMe",
    "tell_me": "tellMe",
    "aggregate_only": "aggregateOnly",
    "keep_up_to_date": "keepUpToDate",
}


class HowForm(TermGroup):
    answers = forms.MultipleChoiceField(
        required=False,
        label=_("Only yes or no"),
        help_text=_("They then get an answer to the question, and not what it says."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("This question does not belong to this purpose.")},
    )
    ask_me = forms.BooleanField(
        required=False,
        label=_("Ask me every time"),
        help_text=_("They can only read it after you said yes to that one time."),
    )
    tell_me = forms.BooleanField(
        required=False,
        label=_("Tell me every time"),
        help_text=_("You get an e-mail when they read it, if we have your address."),
    )
    keep_days = forms.IntegerField(
        required=False,
        min_value=1,
        label=_("Delete it after this many days"),
        widget=number_input(),
        error_messages={
            "invalid": _("Fill in a whole number, or leave this empty."),
            "min_value": _("Fill in a number of 1 or more, or leave this empty."),
        },
    )
    aggregate_only = forms.BooleanField(
        required=False,
        label=_("Only in counts"),
        help_text=_("You are counted with many others. Nobody reads your own data."),
    )

    keep_up_to_date = forms.BooleanField(
        required=False,
        label=_("Keep my data up to date"),
        help_text=_(
            "If you change your data here, they see the new data. Otherwise they keep seeing what it says today."
        ),
    )

    def set_up_how(self, choices: AnswerChoices) -> None:
        self.choose_from("answers", [(one.value, f"{one.field_title}: {one.question}") for one in choices.answers])
        if choices.longest_keep_days is not None:
            most = choices.longest_keep_days
            self.fields["keep_days"].help_text = ngettext(
                "If you leave this empty, they keep it for at most %(most)d day.",
                "If you leave this empty, they keep it for at most %(most)d days.",
                most,
            ) % {"most": most}
            self.fields["keep_days"].widget.attrs["max"] = most

    def clean_how(self) -> None:
        fields = Counter(value.rpartition(" ")[0] for value in self.cleaned_data.get("answers", ()))
        if any(count > 1 for count in fields.values()):
            self.add_error("answers", _("Choose one question for each piece of data."))

    def how_terms(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        terms: dict[str, Any] = {name: True for field, name in _SWITCHES.items() if chosen.get(field)}
        if answers := self.chosen_answers():
            terms["answerOnly"] = answers
        if chosen["keep_days"]:
            terms["keep"] = {"days": chosen["keep_days"]}
        return terms

    def chosen_answers(self) -> dict[str, str]:
        """Return {field: derivation} of what is answered with yes or no only."""
        pairs = (value.rpartition(" ") for value in self.cleaned_data.get("answers", ()))
        return {field: derivation for field, _space, derivation in pairs}
