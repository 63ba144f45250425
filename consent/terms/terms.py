"""All terms of one consent together: reading, writing, judging."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.ask import Ask
from consent.bounds import Bounds
from consent.errors import InvalidConsent
from consent.terms.fields import Fields
from consent.terms.recipients import Recipients
from consent.terms.term import Term
from consent.terms.uses import Uses
from consent.terms.valid_until import ValidUntil
from consent.verdict import Verdict

KINDS: dict[str, type[Term]] = {kind.name: kind for kind in (ValidUntil, Fields, Uses, Recipients)}

# Without an end, fields or recipients a consent would be an open door.
REQUIRED = (ValidUntil.name, Fields.name, Recipients.name)


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
        return cls(known, tuple(sorted(set(stored) - set(KINDS))))

    @classmethod
    def agree(cls, chosen: Mapping[str, Any], bounds: Bounds) -> Self:
        """Read what a citizen chose, within `bounds`; raise InvalidConsent with every fault at once."""
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
        if faults:
            raise InvalidConsent(errors=faults)
        if bounds.most_uses is not None and Uses.name not in known:
            # Who sets no number agrees to what the purpose says it needs, not to more.
            known[Uses.name] = Uses(bounds.most_uses)
        return cls(known)

    def dump(self) -> dict[str, Any]:
        """Return the stored form, {name: value}, JSON-safe."""
        return {name: term.dump() for name, term in self.known.items()}

    def verdicts(self, ask: Ask) -> list[Verdict]:
        """Return one verdict a term; a missing required term and an unknown term refuse."""
        found = [term.verdict(ask) for term in self.known.values()]
        found += [Verdict(KINDS[name].code, False, {"missing": True}) for name in REQUIRED if name not in self.known]
        found += [Verdict("unknown-term", False, {"term": name}) for name in self.unknown]
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


def _token(name: str) -> str:
    """Return `name` as a part of a JSON Pointer (RFC 6901 section 3)."""
    return name.replace("~", "~0").replace("/", "~1")
