"""The consent that is about to change, locked, and the text that its citizen read."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.errors import (
    ConsentChanged,
    ConsentNotFound,
    PurposeNotFound,
    PurposeNotInForce,
    TextChanged,
    TransitionRefused,
)
from consent.lifecycle import STANDING_STATES, Event, State, next_state
from consent.models import Citizen, Consent, Mandate, PurposeVersion


def own_consent(citizen: Citizen, consent_id: UUID, mandate: Mandate | None = None) -> Consent:
    """Return the citizen's consent, locked; another's and none at all are the same ConsentNotFound.

    So is one to a purpose that `mandate` is not about: a refusal would say that this person has it.
    """
    consent = (
        Consent.objects.of_citizen(citizen)
        .select_related("citizen", "organisation", "purpose__current_version", "purpose_version__purpose")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=consent_id)
        .first()
    )
    if consent is None or (mandate is not None and mandate.purposes and consent.purpose.slug not in mandate.purposes):
        raise ConsentNotFound
    return consent


def open_consent(citizen: Citizen, purpose_id: UUID) -> Consent | None:
    """Return the question that waits or the consent that stands, locked."""
    return (
        Consent.objects.of_citizen(citizen)
        .still_open()
        .filter(purpose_id=purpose_id)
        .select_related("citizen", "organisation", "purpose", "purpose_version")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )


def is_overdue(consent: Consent, now: datetime) -> bool:
    """Tell whether the end of a standing consent has come, though nothing ended it yet."""
    return consent.state in STANDING_STATES and consent.ends_at is not None and consent.ends_at <= now


def check_standing(consent: Consent, event: Event, now: datetime) -> None:
    """Raise TransitionRefused where `event` cannot happen to `consent`, or its end has come."""
    next_state(State(consent.state), event)
    if is_overdue(consent, now):
        raise TransitionRefused(params={"state": State.EXPIRED, "event": event})


def check_version(consent: Consent, version: int) -> None:
    """Raise ConsentChanged when `version` is not the one that the citizen looked at."""
    if consent.version != version:
        raise ConsentChanged(detail=_("Look at it as it stands and choose again."))


def read_version(version_id: UUID, *, language: str, notice_hash: str) -> PurposeVersion:
    """Return the version in force whose text the citizen read, with its purpose and organisation.

    Raises PurposeNotFound, PurposeNotInForce or TextChanged.
    """
    version = (
        PurposeVersion.objects.filter(pk=version_id, state=PurposeVersion.State.PUBLISHED)
        .select_related("purpose__organisation")
        .first()
    )
    if version is None:
        raise PurposeNotFound
    if version.purpose.retired_at is not None:
        detail = _("Nobody may ask data for this purpose any more.")
        raise PurposeNotInForce(errors=[FieldError("/purposeVersionId", PurposeNotInForce.code, detail)])
    if version.purpose.current_version_id != version.pk:
        raise TextChanged(detail=_("There is a newer version of this text. Read it and choose again."))
    if not notice_hash or version.notice_hashes.get(language) != notice_hash:
        raise TextChanged(detail=_("Read the text once more and choose again."))
    return version
