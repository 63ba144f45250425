"""Terms as an ODRL 2.2 agreement."""

from typing import Any

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.errors import InvalidConsent
from consent.odrl.profile import CELL, CONTEXT, COUNTS, CURRENT, FIELD, PERIODS, PROFILE, constraint, named, typed
from consent.terms import Terms


def to_odrl(terms: Terms, *, uid: str, assigner: str, assignee: str, purpose: str) -> dict[str, Any]:
    """Return the agreement, JSON-safe; `uid`, `assigner`, `assignee` and `purpose` are IRIs.

    Raises InvalidConsent for terms that this version of the service does not know: an agreement without them would
    allow more.
    """
    if terms.unknown:
        detail = _("This service does not know this term.")
        raise InvalidConsent(errors=[FieldError(f"/terms/{name}", "unknown-term", detail) for name in terms.unknown])
    stored = terms.dump()
    permission: dict[str, Any] = {
        "target": _targets(stored),
        "action": "use",
        "constraint": [constraint("purpose", "eq", {"@id": purpose}), *_constraints(stored)],
    }
    if "askMe" in stored:
        permission["duty"] = [{"action": "obtainConsent", "consentingParty": assigner}]
    policy = {
        "@context": CONTEXT,
        "@type": "Agreement",
        "uid": uid,
        "profile": PROFILE,
        "assigner": assigner,
        "assignee": assignee,
        "permission": [permission],
    }
    obligations = _obligations(stored, assigner)
    return {**policy, "obligation": obligations} if obligations else policy


def _targets(stored: dict[str, Any]) -> list[Any]:
    answers = stored.get("answerOnly", {})
    return [
        {
            "@type": "AssetCollection",
            "source": named(FIELD, field),
            "refinement": [constraint("dw:answer", "eq", answers[field])],
        }
        if field in answers
        else named(FIELD, field)
        for field in stored["fields"]
    ]


def _constraints(stored: dict[str, Any]) -> list[dict[str, Any]]:
    found = [
        constraint("dateTime", "lt", typed(stored["validUntil"], "dateTime")),
        constraint("recipient", "isAnyOf", [_prefixed(one) for one in stored["recipients"]]),
    ]
    if "validFrom" in stored:
        found.append(constraint("dateTime", "gteq", typed(stored["validFrom"], "dateTime")))
    if "uses" in stored:
        found.append(constraint("count", "lteq", stored["uses"]))
    if "usesPerPeriod" in stored:
        often = stored["usesPerPeriod"]
        parts = [
            constraint("count", "lteq", often["limit"]),
            constraint("timeInterval", "eq", typed(PERIODS[often["period"]], "duration")),
        ]
        found.append({"and": {"@list": parts}})
    if "window" in stored:
        found.append(constraint("dw:window", "isAnyOf", [_prefixed(one) for one in stored["window"]]))
    if "case" in stored:
        found.append(constraint("event", "eq", stored["case"]))
    if "area" in stored:
        found.append(constraint("spatial", "isAnyOf", [named(CELL, cell) for cell in stored["area"]]))
    if "aggregateOnly" in stored:
        found.append(constraint("dw:output", "eq", {"@id": COUNTS}))
    if "keepUpToDate" in stored:
        found.append(constraint("dw:values", "eq", {"@id": CURRENT}))
    return found


def _obligations(stored: dict[str, Any], assigner: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if "tellMe" in stored:
        found.append({"action": "inform", "informedParty": assigner})
    if "keep" in stored:
        delay = typed(f"P{stored['keep']['days']}D", "duration")
        found.append({"action": "delete", "constraint": [constraint("delayPeriod", "lteq", delay)]})
    return found


def _prefixed(members: dict[str, Any]) -> dict[str, Any]:
    return {f"dw:{name}": value for name, value in members.items()}
