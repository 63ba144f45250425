"""What a citizen chooses, as forms: one module a group of terms, and the whole in `answer`."""

from consent.pages.forms.answer import AnswerForm
from consent.pages.forms.choices import AnswerChoices, answer_choices
from consent.pages.forms.narrow import NarrowForm
from consent.pages.forms.renew import RenewForm

__all__ = ["AnswerChoices", "AnswerForm", "NarrowForm", "RenewForm", "answer_choices"]
