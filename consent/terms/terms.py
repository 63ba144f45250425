"""All terms of one consent together: reading, writing, comparing, judging."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.errors import InvalidConsent
from consent.terms.aggregate_only import AggregateOnly
from consent.terms.answer_only import AnswerOnly
from consent.terms.area import Area
from consent.terms.ask_me import AskMe
from consent.terms.case import Case
from consent.terms.fields import Fields
from consent.terms.keep import Keep
from consent.terms.keep_up_to_date import KeepUpToDate
from consent.terms.recipients import Recipients
from consent.terms.tell_me import TellMe
from consent.terms.term import Term
from consent.terms.together import faults_together
from consent.terms.uses import Uses
from consent.terms.uses_per_period import UsesPerPeriod
from consent.terms.valid_from import ValidFrom
from consent.terms.valid_until import ValidUntil
from consent.terms.window import Window
from consent.verdict import Verdict

# In the order in which a decision names what refused: what the citizen can still allow comes last.
KINDS: dict[str, type[Term]] = {
    kind.name: kind
    for kind in (
        ValidUntil,
        ValidFrom,
        Fields,
        AnswerOnly,
        Uses,
        UsesPerPeriod,
        Window,
        Recipients,
        Case,
        Area,
        AggregateOnly,
        Keep,
        KeepUpToDate,
        TellMe,
        AskMe,
    )
}

# Without an end, fields or recipients a consent would be an open door.
REQUIRED = (ValidUntil.name, Fields.name, Recipients.name)
# What allows more where it is said: leaving it out is stricter, where every other term is stricter by being there.
ALLOWING = (KeepUpToDate.name,)


_MOST = 50


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a consent, by name; `unknown` are the names that this version of the service cannot enforce."""

    known: Mapping[str, Term]
    unknown: tuple[str, ...] = ()

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> Self:
        """Read terms that this service stored before. An unknown name is kept, so that it refuses."""
        known = {name: kind.parse(stored[name]) for name, kind in KINDS.items() if name in stored}
        if len(known) == len(stored):
            return cls(known)
        return cls(known, tuple(sorted(name for name in stored if name not in KINDS)))

    @classmethod
    def agree(cls, chosen: Mapping[str, Any], bounds: Bounds) -> Self:
        """Read what a citizen chose, within `bounds`; raise InvalidConsent with every fault at once.

        Where the citizen said nothing, what the purpose says of uses and of answers instead of values is added.
        """
        if len(chosen) > _MOST:
            raise InvalidConsent(errors=[FieldError("/terms", "too-many-terms", _("These are too many terms."))])
        known: dict[str, Term] = {}
        faults: list[FieldError] = []
        for name, value in chosen.items():
            if name not in KINDS:
                faults.append(
                    FieldError(f"/terms/{_token(name)}", "unknown-term", _("This service does not know this term."))
                )
                continue
            try:
                known[name] = KINDS[name].parse(value)
            except ValueError as error:
                faults.append(FieldError(f"/terms/{name}", "invalid-term", str(error)))
        faults += [
            FieldError(f"/terms/{name}", "term-required", _("This term is required."))
            for name in REQUIRED
            if name not in chosen
        ]
        for term in known.values():
            faults += term.too_wide(bounds)
        faults += faults_together(known, bounds)
        if faults:
            raise InvalidConsent(errors=faults)
        _add_answers(known, bounds)
        if bounds.most_uses is not None and Uses.name not in known:
            # Who sets no number agrees to what the purpose says it needs, not to more.
            known[Uses.name] = Uses(bounds.most_uses)
        return cls({name: known[name] for name in KINDS if name in known})

    @classmethod
    def offer(cls, chosen: Mapping[str, Any], bounds: Bounds) -> Self:
        """Read a counter-offer: as `agree`, but fields that the purpose requires may be left out."""
        return cls.agree(chosen, replace(bounds, required_fields=frozenset()))

    def dump(self) -> dict[str, Any]:
        """Return the stored form, {name: value}, JSON-safe."""
        return {name: term.dump() for name, term in self.known.items()}

    def within(self, wider: Self) -> bool:
        """Tell whether these terms are nowhere wider than `wider`: what they allow, those allow as well."""
        return not self.beyond(wider)

    def beyond(self, wider: Self) -> list[str]:
        """Return the names of the terms by which these allow what `wider` does not.

        Each term of `wider` is here and within it; an answer instead of a value only counts for fields still shared.
        """
        found = [name for name in wider.unknown if name not in self.unknown]
        # Without a required term `wider` allows nothing.
        found += [name for name in (*REQUIRED, *ALLOWING) if name not in wider.known and name in self.known]
        for name, limit in wider.known.items():
            if name in ALLOWING:
                continue
            if isinstance(limit, AnswerOnly):
                still = limit.only_for(self.fields) if Fields.name in self.known else limit
                if still is None:
                    continue
                limit = still
            term = self.known.get(name)
            if term is None or not term.within(limit):
                found.append(name)
        return found

    def verdicts(self, ask: Ask) -> list[Verdict]:
        """Return one verdict a term; a missing required term and an unknown term refuse."""
        known = self.known
        found = [term.verdict(ask) for term in known.values()]
        for name in REQUIRED:
            if name not in known:
                found.append(Verdict(KINDS[name].code, False, {"missing": True}))
        for name in self.unknown:
            found.append(Verdict("unknown-term", False, {"term": name}))
        return found

    @property
    def valid_until(self) -> ValidUntil:
        term = self.known[ValidUntil.name]
        assert isinstance(term, ValidUntil)
        return term

    @property
    def fields(self) -> frozenset[str]:
        term = self.known[Fields.name]
        assert isinstance(term, Fields)
        return term.names

    @property
    def recipient_oins(self) -> frozenset[str]:
        term = self.known.get(Recipients.name)
        return frozenset(one.oin for one in term.allowed) if isinstance(term, Recipients) else frozenset()

    @property
    def uses_limit(self) -> int | None:
        term = self.known.get(Uses.name)
        return term.limit if isinstance(term, Uses) else None

    @property
    def uses_per_period(self) -> UsesPerPeriod | None:
        term = self.known.get(UsesPerPeriod.name)
        return term if isinstance(term, UsesPerPeriod) else None

    @property
    def answers(self) -> Mapping[str, str]:
        """Return the derivations that are given instead of values, {field: derivation}."""
        term = self.known.get(AnswerOnly.name)
        return term.answers if isinstance(term, AnswerOnly) else {}

    @property
    def asks_me(self) -> bool:
        return AskMe.name in self.known

    @property
    def tells_me(self) -> bool:
        return TellMe.name in self.known

    @property
    def keeps_up_to_date(self) -> bool:
        return KeepUpToDate.name in self.known

    @property
    def keep_for(self) -> timedelta | None:
        term = self.known.get(Keep.name)
        return timedelta(days=term.days) if isinstance(term, Keep) else None


def _add_answers(known: dict[str, Term], bounds: Bounds) -> None:
    """Add the answers that the purpose asks instead of values, and drop those about fields that are not shared."""
    fields, chosen = known.get(Fields.name), known.pop(AnswerOnly.name, None)
    assert isinstance(fields, Fields)
    answers = {**bounds.answers_only, **(chosen.answers if isinstance(chosen, AnswerOnly) else {})}
    shared = AnswerOnly(dict(sorted(answers.items()))).only_for(fields.names)
    if shared is not None:
        known[AnswerOnly.name] = shared


def _token(name: str) -> str:
    """Return `name` as a part of a JSON Pointer (RFC 6901 section 3)."""
    return name.replace("~", "~0").replace("/", "~1")
