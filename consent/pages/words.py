"""Codes of this app in words for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.lifecycle import State
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
}

STATES: dict[str, Promise] = {
    State.REQUESTED: _("Waits for your answer"),
    State.GIVEN: _("You share"),
    State.REFUSED: _("You said no"),
    State.WITHDRAWN: _("You stopped"),
    State.EXPIRED: _("Ended by itself"),
}

SENSITIVITIES: dict[str, Promise] = {
    "sensitive": _("Sensitive data"),
    "special": _("Special personal data (GDPR article 9)"),
}


def in_words(words: dict[str, Promise], code: str) -> str:
    """Return what `code` is called in the active language, or the code itself where it has no name."""
    return str(words.get(code, code))
