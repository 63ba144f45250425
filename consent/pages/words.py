"""Codes of this app in words for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.lifecycle import Event, State
from consent.models import LegalBasis, Role

LEGAL_BASES: dict[str, Promise] = {
    LegalBasis.CONSENT: _("Your consent (GDPR article 6, 1, a)"),
    LegalBasis.CONTRACT: _("A contract with you (GDPR article 6, 1, b)"),
    LegalBasis.LEGAL_OBLIGATION: _("A legal obligation (GDPR article 6, 1, c)"),
    LegalBasis.VITAL_INTEREST: _("A vital interest (GDPR article 6, 1, d)"),
    LegalBasis.PUBLIC_TASK: _("A public task (GDPR article 6, 1, e)"),
    LegalBasis.LEGITIMATE_INTEREST: _("A legitimate interest (GDPR article 6, 1, f)"),
}

ROLES: dict[str, Promise] = {
    Role.REQUESTER: _("case worker"),
    Role.APPROVER: _("approver"),
    Role.PURPOSE_EDITOR: _("purpose editor"),
    Role.PRIVACY_OFFICER: _("privacy officer"),
    Role.AUDITOR: _("auditor"),
    Role.REGISTRAR: _("registrar"),
}

REASONS: dict[str, Promise] = {
    "purpose-in-force": _("The purpose was no longer in use"),
    "purpose-recipient": _("Not a recipient of the purpose"),
    "consent-given": _("There was no consent"),
    "not-available": _("Nothing that this organisation may see"),
    "valid-until": _("The consent had ended"),
    "valid-from": _("The consent had not begun"),
    "fields": _("Fields that were not shared"),
    "answer-only": _("Only yes or no was shared"),
    "uses": _("All uses were taken"),
    "uses-per-period": _("All uses of this day, week, month or year were taken"),
    "window": _("Outside the agreed days and hours"),
    "recipients": _("Not a recipient of the consent"),
    "case": _("Another case than the agreed one"),
    "area": _("Outside the agreed area"),
    "aggregate-only": _("Only numbers were shared"),
    "keep": _("Earlier data was not deleted in time"),
    "ask-me": _("The resident did not allow this look"),
    "unknown-term": _("A condition that could not be checked"),
    "viewing-time": _("The time for viewing was over"),
    "not-deleted": _("The data was said to be deleted"),
    "still-acts": _("Who gave the consent may not act any more"),
}
"""Why data was refused, by the code of the condition that did not hold."""

STATES: dict[str, Promise] = {
    State.REQUESTED: _("Waits for your answer"),
    State.GIVEN: _("You share"),
    State.REFUSED: _("You said no"),
    State.WITHDRAWN: _("You stopped"),
    State.EXPIRED: _("Ended by itself"),
    State.PAUSED: _("Paused"),
    State.REPLACED: _("Replaced by your next choice"),
    State.INVALIDATED: _("Never counted"),
}

CHANGES: dict[str, Promise] = {
    Event.GRANT: _("You said yes"),
    Event.REFUSE: _("You said no"),
    Event.POSTPONE: _("You wanted to think about it"),
    Event.OFFER: _("You offered to share less"),
    Event.PAUSE: _("You paused sharing"),
    Event.RESUME: _("You went on sharing"),
    Event.NARROW: _("You chose to share less"),
    Event.RENEW: _("You made it longer"),
    Event.WITHDRAW: _("You stopped"),
    Event.EXPIRE: _("Ended by itself"),
    Event.REPLACE: _("You chose again, and that took the place of this"),
    Event.INVALIDATE: _("It never counted: who said yes was not allowed to"),
}

SENSITIVITIES: dict[str, Promise] = {
    "sensitive": _("Sensitive data"),
    "special": _("Special personal data (GDPR article 9)"),
}


def in_words(words: dict[str, Promise], code: str) -> str:
    """Return what `code` is called in the active language, or the code itself where it has no name."""
    return str(words.get(code, code))
