"""Releasing the data of one citizen to one recipient, once.

Read how the request stands, decide, open the copies, take a use: the entry is durable with the use, and before
the caller gets a byte. Where the consent changed in between, all of it is done again with what it is now.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from audit.actions import Action
from audit.entry import Entry, Outcome, seal_entry
from audit.errors import DomainError, FieldError
from audit.services.append import append_entry, appended
from consent.actor import Actor
from consent.ask import Ask
from consent.decision import Decision, Grant, PurposeInForce, decide
from consent.keys.consent_key import open_consent_key
from consent.terms import Terms
from consent.verdict import Verdict
from sharing import actions
from sharing.errors import ConsentBusy, IdempotencyKeyReused, InvalidRelease, RequestNotFound
from sharing.release_outcome import Released, ReleaseOutcome
from sharing.sealed_record import open_record
from sharing.services.take_use import Use, log_repeat, take_use
from sharing.standing import EarlierRelease, Standing, StandingConsent, read_standing

# A consent changes by a citizen's hand; that one changes this often within one request is a fault, not a race.
_ATTEMPTS = 10
REPEATABLE_FOR = timedelta(hours=24)


def release(
    *, actor: Actor, request_id: UUID, idempotency_key: str, standing: Standing | None = None
) -> ReleaseOutcome:
    """Decide on a request, log the decision, and open the granted fields if it allows.

    `standing` is for a caller who has just read it. With the idempotency key of an earlier release the same data
    comes again, to the same actor for a day, without taking a use, as long as the consent still stands. Raises
    InvalidRelease, RequestNotFound, IdempotencyKeyReused, ConsentBusy, LogNotWritable, or, after an entry with the
    outcome "failed", what kept the copies closed; a refusal by decision is an outcome, not an exception.
    """
    _check_key(idempotency_key)
    for _attempt in range(_ATTEMPTS):
        standing = standing or read_standing(
            request_id=request_id, organisation_id=actor.organisation_id, idempotency_key=idempotency_key
        )
        if standing is None:
            raise RequestNotFound
        now = timezone.now()
        grant, purpose, ask = _decision_input(standing, actor, now)
        decision = decide(grant, purpose, ask)
        if not decision.allowed or standing.consent is None or grant is None:
            return _refuse(standing, actor, decision, now)
        if standing.earlier is not None and _earlier_use(standing, actor, now) is None:
            raise IdempotencyKeyReused(_("Use a new key for each access."))
        outcome = _hand_over(standing, standing.consent, grant.terms, actor, decision, now, idempotency_key)
        if outcome is not None:
            return outcome
        standing = None
    raise ConsentBusy(_("Try again in a moment."))


def _check_key(idempotency_key: str) -> None:
    if not 1 <= len(idempotency_key) <= 100 or not (idempotency_key.isascii() and idempotency_key.isprintable()):
        detail = _("Send an Idempotency-Key header of 1 to 100 visible ASCII characters, a new one for each access.")
        raise InvalidRelease(errors=[FieldError("/idempotencyKey", "idempotency-key", detail)])


def _decision_input(standing: Standing, actor: Actor, now: datetime) -> tuple[Grant | None, PurposeInForce, Ask]:
    consent, earlier = standing.consent, _earlier_use(standing, actor, now)
    grant = None if consent is None else Grant(consent.state, Terms.parse(consent.conditions))
    taken = 0 if consent is None else consent.uses_taken
    ask = Ask(
        fields=standing.fields,
        oin=actor.oin,
        department=actor.department,
        role=actor.role,
        case=standing.case,
        now=now,
        # A repeat belongs to the use that it repeats.
        uses_taken=taken if earlier is None else earlier.use_number - 1,
    )
    return grant, PurposeInForce(standing.purpose_retired, standing.recipients), ask


def _earlier_use(standing: Standing, actor: Actor, now: datetime) -> EarlierRelease | None:
    """Return the release that this one repeats: of the same request under the same consent, asked by the same actor
    not long ago. An older answer that got lost is not coming back."""
    earlier, consent = standing.earlier, standing.consent
    if (
        earlier is None
        or consent is None
        or (earlier.request_id, earlier.consent_id, earlier.actor) != (standing.request_id, consent.id, actor.id)
        or now - earlier.released_at > REPEATABLE_FOR
    ):
        return None
    return earlier


def _hand_over(
    standing: Standing,
    consent: StandingConsent,
    terms: Terms,
    actor: Actor,
    decision: Decision,
    now: datetime,
    idempotency_key: str,
) -> ReleaseOutcome | None:
    """Open the copies and take the use; None when the consent changed since it was read."""
    try:
        data = _open_copies(standing, consent)
    except DomainError as error:
        # Not a decision of anybody's, but somebody did ask: the log says so before the caller hears of it.
        entry = _entry(actions.RELEASED, "failed", standing, actor, decision, now, reason=error.code)
        error.entry_id = append_entry(entry).id
        raise
    absent = tuple(name for name in standing.fields if name not in data)
    earlier = _earlier_use(standing, actor, now)
    release_id = uuid7() if earlier is None else earlier.id
    entry = _entry(
        actions.RELEASED if earlier is None else actions.REPEATED,
        "allowed",
        standing,
        actor,
        decision,
        now,
        release=release_id,
        related=None if earlier is None else earlier.entry_id,
        details={"ground": "consent", "absent": list(absent)},
    )
    prepared = seal_entry(entry)
    use = Use(
        release_id=release_id,
        request_id=standing.request_id,
        organisation_id=actor.organisation_id,
        actor_id=actor.id,
        idempotency_key=idempotency_key,
        consent_id=consent.id,
        version=consent.version,
        uses_limit=terms.uses_limit,
        at=now,
    )
    taken = take_use(use, prepared) if earlier is None else log_repeat(use, prepared)
    if taken is None:
        return None
    logged = appended(prepared)
    return ReleaseOutcome(
        entry_id=logged.id,
        leaf_hash=logged.leaf_hash,
        verdicts=decision.verdicts,
        released=Released(
            id=release_id,
            request_id=standing.request_id,
            pseudonym=consent.pseudonym,
            purpose=standing.purpose,
            released_at=now,
            data=data,
            absent=absent,
            uses_left=None if terms.uses_limit is None else terms.uses_limit - taken,
            valid_until=terms.valid_until.moment,
            repeated=earlier is not None,
        ),
    )


def _open_copies(standing: Standing, consent: StandingConsent) -> dict[str, Any]:
    """Return the requested fields that are filled in, in the order of the request."""
    assert consent.purpose_key_id is not None
    key = open_consent_key(
        consent_id=consent.id,
        purpose_key_id=consent.purpose_key_id,
        generation=consent.key_generation,
        wrapped=consent.wrapped_key,
    )
    granted: dict[str, Any] = {}
    for copy, place in standing.copies:
        granted |= open_record(copy, key=key, place=place)
    return {name: granted[name] for name in standing.fields if name in granted}


def _refuse(standing: Standing, actor: Actor, decision: Decision, now: datetime) -> ReleaseOutcome:
    entry = _entry(actions.RELEASED, "refused", standing, actor, decision, now)
    logged = append_entry(entry)
    return ReleaseOutcome(logged.id, logged.leaf_hash, _visible(standing, actor, decision), released=None)


def _visible(standing: Standing, actor: Actor, decision: Decision) -> tuple[Verdict, ...]:
    """Return the verdicts that staff may see.

    An organisation that was never given access gets one and the same answer for a stranger, for a silence, for a no,
    and for a yes to others.
    """
    consent = standing.consent
    if consent is not None and consent.was_given and actor.oin in Terms.parse(consent.conditions).recipient_oins:
        return decision.verdicts
    return (Verdict("not-available", False),)


def _entry(
    action: Action,
    outcome: Outcome,
    standing: Standing,
    actor: Actor,
    decision: Decision,
    now: datetime,
    **rest: Any,
) -> Entry:
    consent = standing.consent
    return Entry(
        action=action.name,
        outcome=outcome,
        reason=rest.pop("reason", decision.reason),
        at=now,
        subject=standing.subject,
        organisation=actor.oin,
        role=actor.role,
        department=actor.department,
        user_sealed=actor.sealed_name,
        purpose=standing.purpose,
        purpose_version=standing.purpose_version_id,
        legal_basis=standing.legal_basis,
        processing_activity=standing.processing_activity,
        consent=None if consent is None else consent.id,
        consent_version=None if consent is None else consent.version,
        request=standing.request_id,
        case=standing.case,
        fields=standing.fields,
        verdicts=tuple(verdict.as_dict() for verdict in decision.verdicts),
        **rest,
    )
