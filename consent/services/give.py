"""Giving: what every yes comes down to, whoever makes it final."""

from datetime import datetime
from typing import Any
from uuid import UUID

from consent import actions
from consent.keys.consent_key import make_consent_key
from consent.keys.pseudonym import purpose_pseudonym
from consent.lifecycle import Event
from consent.models import Consent, Mandate, PurposeVersion
from consent.services.history import write_change
from consent.signals import consent_granted
from consent.terms import Terms

_COLUMNS = (
    "purpose",
    "purpose_version",
    "language",
    "notice_hash",
    "conditions",
    "ends_at",
    "pseudonym",
    "given_at",
    "uses_taken",
    "period_uses",
    "period_started_at",
    "postponed_until",
    "mandate",
    "key_generation",
)


def give(
    consent: Consent,
    *,
    version: PurposeVersion,
    terms: Terms,
    language: str,
    notice_hash: str,
    at: datetime,
    mandate: Mandate | None,
    related: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Make a locked question the consent to `version` on `terms`, make its key and have the copies sealed to it, in
    the caller's transaction.

    `related` is the audit entry that this yes follows from. Raises TransitionRefused.
    """
    consent.purpose = version.purpose
    consent.purpose_version = version
    consent.language = language
    consent.notice_hash = notice_hash
    consent.conditions = terms.dump()
    consent.ends_at = terms.valid_until.moment
    consent.pseudonym = purpose_pseudonym(version.purpose_id, consent.citizen_id)
    consent.given_at = at
    consent.uses_taken = consent.period_uses = 0
    consent.period_started_at = consent.postponed_until = None
    consent.mandate = mandate
    key = make_consent_key(consent)
    write_change(
        consent,
        Event.GRANT,
        actions.GRANTED,
        at=at,
        columns=_COLUMNS,
        mandate=mandate,
        related=related,
        fields=tuple(sorted(terms.fields)),
        details={
            "terms": consent.conditions,
            "noticeHash": notice_hash,
            "language": language,
            **(details or {}),
        },
    )
    sealed = consent_granted.send(sender=Consent, consent=consent, consent_key=key)
    if not sealed:
        # A consent without anybody to seal its copies would promise what nothing keeps.
        raise RuntimeError("nothing is connected to consent_granted")
