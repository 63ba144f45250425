"""What a citizen says of a purpose: yes with terms, no, and no longer.

The citizen's row is locked first in each of these, so that two answers of one person come one after the other.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.errors import FieldError
from audit.services.append import append_entry
from consent import actions
from consent.bounds import Bounds
from consent.errors import AlreadyGranted, ConsentNotFound, PurposeNotFound, PurposeNotInForce, TextChanged
from consent.keys.consent_key import destroy_consent_key, make_consent_key
from consent.keys.pseudonym import purpose_pseudonym
from consent.lifecycle import Event, State, next_state
from consent.models import Citizen, Consent, PurposeVersion
from consent.services.citizens import lock_citizen
from consent.services.consent_entry import consent_entry
from consent.signals import consent_granted
from consent.terms import Terms


@transaction.atomic
def grant_consent(
    *, citizen: Citizen, purpose_version_id: UUID, terms: Mapping[str, Any], language: str, notice_hash: str
) -> Consent:
    """Store a yes, make its key, and have the copies sealed to it: all of it or nothing.

    `terms` are those that the citizen chose, {name: value}; `language` and `notice_hash` those of the text that
    was on the screen. The same yes said twice gives the same consent. Raises PurposeNotFound,
    PurposeNotInForce, TextChanged, InvalidConsent (every fault at once) or AlreadyGranted.
    """
    lock_citizen(citizen)
    now = timezone.now()
    version = _published_version(purpose_version_id)
    if not notice_hash or version.notice_hashes.get(language) != notice_hash:
        raise TextChanged(detail=_("Read the text once more and choose again."))
    agreed = Terms.agree(terms, bounds(version, now))
    consent = _open_consent(citizen, version.purpose_id, now)
    if consent is not None and consent.state == State.GIVEN:
        if consent.purpose_version_id == version.pk and consent.conditions == agreed.dump():
            return consent
        raise AlreadyGranted(detail=_("Stop the consent that you gave before you choose again."))
    if consent is None:
        consent = Consent(citizen=citizen, organisation_id=version.purpose.organisation_id, version=0)
        consent.state = State.GIVEN
    else:
        consent.state = next_state(State(consent.state), Event.GRANT)
    consent.purpose = version.purpose
    consent.purpose_version = version
    consent.version += 1
    consent.language = language
    consent.notice_hash = notice_hash
    consent.conditions = agreed.dump()
    consent.ends_at = agreed.valid_until.moment
    consent.pseudonym = purpose_pseudonym(version.purpose_id, citizen.pk)
    consent.given_at = now
    consent.save()
    key = make_consent_key(consent)
    sealed = consent_granted.send(sender=Consent, consent=consent, consent_key=key)
    if not sealed:
        # A consent without anybody to seal its copies would promise what nothing keeps.
        raise RuntimeError("nothing is connected to consent_granted")
    append_entry(
        consent_entry(
            actions.GRANTED,
            consent,
            at=now,
            fields=tuple(sorted(agreed.fields)),
            details={"terms": consent.conditions, "noticeHash": notice_hash, "language": language},
        )
    )
    return consent


@transaction.atomic
def refuse_consent(*, citizen: Citizen, consent_id: UUID) -> Consent:
    """Store a no to a question. Said twice it is the same no. Raises ConsentNotFound or TransitionRefused."""
    lock_citizen(citizen)
    consent = _own_consent(citizen, consent_id)
    if consent.state == State.REFUSED:
        return consent
    now = timezone.now()
    consent.state = next_state(State(consent.state), Event.REFUSE)
    if consent.purpose.current_version is not None:
        # The text that was on the screen, which may be newer than the question: it is this one that is not asked again.
        consent.purpose_version = consent.purpose.current_version
    consent.version += 1
    consent.ended_at = now
    consent.save(update_fields=["state", "purpose_version", "version", "ended_at"])
    append_entry(consent_entry(actions.REFUSED, consent, at=now))
    return consent


@transaction.atomic
def refuse_purpose(*, citizen: Citizen, purpose_version_id: UUID) -> Consent:
    """Store a no to a purpose, whether its question waits or nobody asked yet: this text is then not asked again.

    Said twice it is the same no. A no to a text that was replaced or retired since is stored as well: it asks
    nothing of anybody. Raises PurposeNotFound, or TransitionRefused while the citizen shares for this purpose.
    """
    lock_citizen(citizen)
    version = (
        PurposeVersion.objects.filter(pk=purpose_version_id, state=PurposeVersion.State.PUBLISHED)
        .select_related("purpose__organisation")
        .first()
    )
    if version is None:
        raise PurposeNotFound
    now = timezone.now()
    consents = Consent.objects.of_citizen(citizen).filter(purpose_id=version.purpose_id)
    consent = _open_consent(citizen, version.purpose_id, now)
    if consent is not None:
        return refuse_consent(citizen=citizen, consent_id=consent.pk)
    earlier = consents.filter(purpose_version=version, state=State.REFUSED).order_by("-id").first()
    if earlier is not None:
        return earlier
    consent = Consent(
        citizen=citizen,
        organisation=version.purpose.organisation,
        purpose=version.purpose,
        purpose_version=version,
        state=State.REFUSED,
        ended_at=now,
    )
    consent.save(force_insert=True)
    append_entry(consent_entry(actions.REFUSED, consent, at=now))
    return consent


@transaction.atomic
def withdraw_consent(*, citizen: Citizen, consent_id: UUID) -> Consent:
    """End a consent and destroy its key: from this commit on every read refuses.

    Withdrawn twice it is withdrawn once. Raises ConsentNotFound or TransitionRefused.
    """
    lock_citizen(citizen)
    consent = _own_consent(citizen, consent_id)
    if consent.state == State.WITHDRAWN:
        return consent
    end_consent(consent, Event.WITHDRAW)
    return consent


def end_consent(consent: Consent, event: Event) -> None:
    """End a given, locked consent and destroy its key, in the caller's transaction."""
    now = timezone.now()
    consent.state = next_state(State(consent.state), event)
    consent.version += 1
    consent.ended_at = now
    consent.save(update_fields=["state", "version", "ended_at"])
    destroy_consent_key(consent.pk, at=now)
    action = actions.WITHDRAWN if event is Event.WITHDRAW else actions.EXPIRED
    append_entry(consent_entry(action, consent, at=now))


def bounds(version: PurposeVersion, now: datetime) -> Bounds:
    """Return the widest terms that `version` allows at `now`."""
    fields = list(version.fields.all())
    return Bounds(
        fields=frozenset(field.name for field in fields),
        required_fields=frozenset(field.name for field in fields if field.required),
        recipients=frozenset(version.recipients),
        longest_validity=timedelta(days=version.longest_validity_days),
        most_uses=version.most_uses,
        now=now,
    )


def _open_consent(citizen: Citizen, purpose_id: UUID, now: datetime) -> Consent | None:
    """Return the question that waits or the consent that stands, locked; one whose end has come is ended first."""
    consent = (
        Consent.objects.of_citizen(citizen)
        .still_open()
        .filter(purpose_id=purpose_id)
        .select_related("citizen", "organisation", "purpose", "purpose_version")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if consent is not None and consent.state == State.GIVEN and consent.ends_at is not None and consent.ends_at <= now:
        # The beat has not come by yet, and need not be waited for.
        end_consent(consent, Event.EXPIRE)
        return None
    return consent


def _own_consent(citizen: Citizen, consent_id: UUID) -> Consent:
    """Return the citizen's consent, locked; another's and none at all are the same ConsentNotFound."""
    consent = (
        Consent.objects.of_citizen(citizen)
        .select_related("citizen", "organisation", "purpose__current_version", "purpose_version")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=consent_id)
        .first()
    )
    if consent is None:
        raise ConsentNotFound
    return consent


def _published_version(version_id: UUID) -> PurposeVersion:
    version = (
        PurposeVersion.objects.filter(pk=version_id, state=PurposeVersion.State.PUBLISHED)
        .select_related("purpose__organisation")
        .prefetch_related("fields")
        .first()
    )
    if version is None:
        raise PurposeNotFound
    if version.purpose.retired_at is not None:
        detail = _("Nobody may ask data for this purpose any more.")
        raise PurposeNotInForce(errors=[FieldError("/purposeVersionId", PurposeNotInForce.code, detail)])
    if version.purpose.current_version_id != version.pk:
        raise TextChanged(detail=_("There is a newer version of this text. Read it and choose again."))
    return version
