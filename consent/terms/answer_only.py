"""Answer only: of a field a yes or no leaves the service, and never the value (ODRL 2.2 refinement of the target)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.verdict import Verdict

MOST = 200


@dataclass(frozen=True, slots=True)
class AnswerOnly:
    """The derivation that is given instead of the value, {field: derivation}. It narrows what is handed over, and
    refuses nothing."""

    name: ClassVar[str] = "answerOnly"
    code: ClassVar[str] = "answer-only"
    answers: Mapping[str, str]

    @classmethod
    def parse(cls, value: Any) -> Self:
        if not isinstance(value, dict) or not 1 <= len(value) <= MOST:
            raise ValueError(_("Give a derivation for 1 to %(most)d fields.") % {"most": MOST})
        if not all(isinstance(text, str) for pair in value.items() for text in pair):
            raise ValueError(_("Name a derivation for each field."))
        return cls(dict(sorted(value.items())))

    def dump(self) -> dict[str, str]:
        return dict(self.answers)

    def too_wide(self, bounds: Bounds) -> list[FieldError]:
        faults = []
        for field, derivation in self.answers.items():
            asked = bounds.answers_only.get(field)
            if derivation not in bounds.answers.get(field, ()):
                detail = _("%(field)s cannot be answered by “%(derivation)s”.")
            elif asked not in (None, derivation):
                detail = _("This purpose asks another question about %(field)s than “%(derivation)s”.")
            else:
                continue
            said = detail % {"field": field, "derivation": derivation}
            faults.append(FieldError("/terms/answerOnly", "unknown-derivation", said))
        return faults

    def within(self, wider: Self) -> bool:
        return wider.answers.items() <= self.answers.items()

    def only_for(self, fields: frozenset[str]) -> Self | None:
        """Return this term for `fields` alone, None when it says nothing of them."""
        kept = {field: derivation for field, derivation in self.answers.items() if field in fields}
        return type(self)(kept) if kept else None

    def verdict(self, ask: Ask) -> Verdict:
        answers = self.answers
        return Verdict(self.code, True, {"answers": {name: answers[name] for name in ask.fields if name in answers}})
