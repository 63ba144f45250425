"""What a privacy officer fills in to answer a contest."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.contests.words import OUTCOMES
from audit.services.contests import MOST_CHARACTERS

_TEXTAREA = {"class": "utrecht-textarea utrecht-textarea--html-textarea", "rows": 6}
_TOO_LONG = _("Use %(limit_value)d characters at most.")
_EMPTY = _("Write something, so that the resident knows what you mean.")


class WordsField(forms.CharField):
    """Words for a resident, as many as may be kept. Label and help are translated when they are shown."""

    def __init__(self, label: Any, help_text: Any) -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            max_length=MOST_CHARACTERS,
            widget=forms.Textarea(attrs=_TEXTAREA),
            error_messages={"required": _EMPTY, "max_length": _TOO_LONG},
        )

    def to_python(self, value: str | None) -> str | None:
        # A browser sends a line end as two characters and counts it as one.
        return super().to_python(value.replace("\r\n", "\n") if value else value)


class AnswerForm(forms.Form):
    # What is missing is said after sending, in the words of this page.
    use_required_attribute = False

    outcome = forms.ChoiceField(
        label=_("What did you find?"),
        choices=list(OUTCOMES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you found."), "invalid_choice": _("Choose what you found.")},
    )
    words = WordsField(
        _("Your answer"),
        _("In plain words: what you looked at, what you found, and what you do about it. The resident reads it."),
    )


class ExtensionForm(forms.Form):
    use_required_attribute = False

    reason = WordsField(
        _("Why does it take longer?"), _("The resident reads it. The law asks for a reason that fits this case.")
    )
