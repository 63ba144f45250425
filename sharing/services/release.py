"""Releasing the data of one citizen to one recipient, once.

Read how the request stands, decide, open the copies, take a use: the entry is durable with the use, and before
the caller gets a byte. Where the consent changed in between, all of it is done again with what it is now.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from audit.entry import seal_entry
from audit.errors import DomainError, FieldError
from audit.services.append import AppendedEntry, append_entry, appended
from audit.signing.promise_key import promise_signer
from consent.actor import Actor
from consent.ask import Ask
from consent.decision import Decision, Grant, PurposeInForce, decide
from consent.services.approval import ask_approval
from consent.terms import Terms
from consent.verdict import Verdict
from sharing import actions
from sharing.errors import ConsentBusy, IdempotencyKeyReused, InvalidRelease, RequestNotFound
from sharing.models import SealedItem
from sharing.release_entry import release_entry, visible_verdicts
from sharing.release_outcome import Released, ReleaseOutcome
from sharing.released_file import files_among
from sharing.services.open_copies import open_copies
from sharing.services.take_use import log_repeat, take_use
from sharing.standing import EarlierRelease, Standing, StandingConsent, read_standing
from sharing.use import Use

# A consent changes by a citizen's hand; that one changes this often within one request is a fault, not a race.
_ATTEMPTS = 10
REPEATABLE_FOR = timedelta(hours=24)


def release(
    *, actor: Actor, request_id: UUID, idempotency_key: str, standing: Standing | None = None
) -> ReleaseOutcome:
    """Decide on a request, log the decision, and open the granted fields if it allows.

    `standing` is for a caller who has just read it. With the idempotency key of an earlier release the same data
    comes again, to the same actor for a day, without taking a use, as long as the consent still stands, the recipient
    did not say to have deleted it, and nothing of it was brought up to date. A refusal for nothing but that the citizen
    wants to be asked first puts that question. Raises InvalidRelease, RequestNotFound, IdempotencyKeyReused,
    ConsentBusy, LogNotWritable, PromiseKeyUnusable, or, after an entry with the outcome "failed", what kept the copies
    closed; a refusal by decision is an outcome, not an exception.
    """
    _check_key(idempotency_key)
    # Before anything is taken: without its key nobody could be promised that this stands in the log.
    promise_signer()
    for _attempt in range(_ATTEMPTS):
        standing = standing or read_standing(
            request_id=request_id, organisation_id=actor.organisation_id, idempotency_key=idempotency_key
        )
        if standing is None:
            raise RequestNotFound
        now = timezone.now()
        grant, purpose, ask = decision_input(standing, actor, now)
        decision = decide(grant, purpose, ask)
        if not decision.allowed or standing.consent is None or grant is None:
            return _refuse(standing, actor, decision, now)
        if standing.earlier is not None:
            if _earlier_use(standing, actor, now) is None:
                raise IdempotencyKeyReused(_("Use a new key for each access."))
            if _has_new_values(standing.consent, standing.earlier):
                raise IdempotencyKeyReused(_("The data was brought up to date since. Use a new key to read it."))
        outcome = _hand_over(standing, standing.consent, grant.terms, actor, decision, now, idempotency_key)
        if outcome is not None:
            return outcome
        standing = None
    raise ConsentBusy(_("Try again in a moment."))


def _check_key(idempotency_key: str) -> None:
    if not 1 <= len(idempotency_key) <= 100 or not (idempotency_key.isascii() and idempotency_key.isprintable()):
        detail = _("Send an Idempotency-Key header of 1 to 100 visible ASCII characters, a new one for each access.")
        raise InvalidRelease(errors=[FieldError("/idempotencyKey", "idempotency-key", detail)])


def decision_input(standing: Standing, actor: Actor, now: datetime) -> tuple[Grant | None, PurposeInForce, Ask]:
    """Return what `decide` is given of a standing request: what the citizen said, the purpose, and what is asked."""
    consent, earlier = standing.consent, _earlier_use(standing, actor, now)
    grant = None if consent is None else Grant(consent.state, Terms.parse(consent.conditions))
    taken, taken_in_period = (0, 0) if consent is None else (consent.uses_taken, consent.period_uses)
    ask = Ask(
        fields=standing.fields,
        oin=actor.oin,
        department=actor.department,
        role=actor.role,
        case=standing.case,
        now=now,
        # A repeat belongs to the use that it repeats, and to its place among the others.
        uses_taken=taken if earlier is None else earlier.use_number - 1,
        place=standing.place,
        period_started_at=None if consent is None else consent.period_started_at,
        period_uses=taken_in_period if earlier is None else max(0, taken_in_period - 1),
        # What was allowed then was allowed for that use.
        approved=earlier is not None or _approval(standing, actor) is not None,
        deferred=standing.deferral is not None and standing.deferral.holds(now),
    )
    pilot_ended = standing.pilot_ends_on is not None and standing.pilot_ends_on < timezone.localdate(now)
    return grant, PurposeInForce(standing.purpose_retired, standing.recipients, pilot_ended), ask


def _earlier_use(standing: Standing, actor: Actor, now: datetime) -> EarlierRelease | None:
    """Return the release that this one repeats: of the same request under the same consent, asked by the same actor
    not long ago. An older answer that got lost is not coming back, and neither is one that was deleted."""
    earlier, consent = standing.earlier, standing.consent
    if (
        earlier is None
        or earlier.deleted
        or consent is None
        or (earlier.request_id, earlier.consent_id, earlier.actor) != (standing.request_id, consent.id, actor.id)
        or now - earlier.released_at > REPEATABLE_FOR
    ):
        return None
    return earlier


def _has_new_values(consent: StandingConsent, earlier: EarlierRelease) -> bool:
    """Tell whether the citizen's changes reached the copies since: to read those is an access of its own.

    A change after this look is caught by the consent's version.
    """
    return SealedItem.objects.filter(consent=consent.id, values_at__gt=earlier.released_at).exists()


def _approval(standing: Standing, actor: Actor) -> UUID | None:
    """Return the approval that lets this actor through: the citizen read which department and role ask."""
    allowed = standing.approval
    if allowed is None or (allowed.department, allowed.role) != (actor.department, actor.role):
        return None
    return allowed.id


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
        shared = open_copies(standing, consent, terms, today=timezone.localdate(now))
    except DomainError as error:
        # Not a decision of anybody's, but somebody did ask: the log says so before the caller hears of it.
        entry = release_entry(actions.RELEASED, "failed", standing, actor, decision, now, reason=error.code)
        logged = append_entry(entry)
        error.entry_id, error.promise = logged.id, logged.promise()
        raise
    absent = tuple(name for name in standing.fields if name not in shared.values and name not in shared.answers)
    earlier = _earlier_use(standing, actor, now)
    delete_before = _delete_before(terms, earlier, now)
    details: dict[str, object] = {"ground": "consent", "absent": list(absent)}
    if shared.answers:
        details["answered"] = list(shared.answers)
    if delete_before is not None:
        details["deleteBefore"] = delete_before.isoformat()
    release_id = uuid7() if earlier is None else earlier.id
    prepared = seal_entry(
        release_entry(
            actions.RELEASED if earlier is None else actions.REPEATED,
            "allowed",
            standing,
            actor,
            decision,
            now,
            release=release_id,
            related=None if earlier is None else earlier.entry_id,
            details=details,
        )
    )
    period = terms.uses_per_period
    use = Use(
        release_id=release_id,
        request_id=standing.request_id,
        organisation_id=actor.organisation_id,
        actor_id=actor.id,
        idempotency_key=idempotency_key,
        consent_id=consent.id,
        version=consent.version,
        uses_limit=terms.uses_limit,
        period_limit=None if period is None else period.limit,
        period_started_at=None if period is None else period.period_start(now),
        at=now,
        approval_id=_approval(standing, actor) if terms.asks_me else None,
        delete_before=delete_before if earlier is None or delete_before != earlier.delete_before else None,
        tells_citizen=terms.tells_me,
    )
    taken = take_use(use, prepared) if earlier is None else log_repeat(use, prepared)
    if taken is None:
        return None
    return _outcome(
        appended(prepared),
        decision.verdicts,
        Released(
            id=release_id,
            request_id=standing.request_id,
            pseudonym=consent.pseudonym,
            purpose=standing.purpose,
            released_at=now,
            data=shared.values,
            answers=shared.answers,
            derivations={name: terms.answers[name] for name in shared.answers},
            absent=absent,
            files=files_among(shared.values, consent_id=consent.id),
            uses_left=None if terms.uses_limit is None else terms.uses_limit - taken,
            valid_until=terms.valid_until.moment,
            delete_before=delete_before,
            repeated=earlier is not None,
        ),
    )


def _delete_before(terms: Terms, earlier: EarlierRelease | None, now: datetime) -> datetime | None:
    """Return until when the recipient may keep what it gets; a repeat lasts as long as what it repeats, or shorter."""
    moments = [] if earlier is None or earlier.delete_before is None else [earlier.delete_before]
    if terms.keep_for is not None:
        moments.append((now if earlier is None else earlier.released_at) + terms.keep_for)
    return min(moments, default=None)


def _refuse(standing: Standing, actor: Actor, decision: Decision, now: datetime) -> ReleaseOutcome:
    entry = release_entry(actions.RELEASED, "refused", standing, actor, decision, now)
    verdicts = visible_verdicts(standing, actor, decision)
    refused_by = [verdict.code for verdict in decision.verdicts if not verdict.holds]
    # To put the question would tell what is kept back.
    deferred = entry.deferral is not None
    if refused_by != ["ask-me"] or standing.consent is None or deferred:
        logged = append_entry(entry)
        return _outcome(logged, verdicts, None)
    with transaction.atomic():
        logged = append_entry(entry)
        ask_approval(
            consent_id=standing.consent.id,
            request_id=standing.request_id,
            fields=list(standing.fields),
            case=standing.case,
            actor=actor,
            at=now,
        )
    return _outcome(logged, verdicts, None)


def _outcome(logged: AppendedEntry, verdicts: tuple[Verdict, ...], released: Released | None) -> ReleaseOutcome:
    return ReleaseOutcome(
        entry_id=logged.id,
        leaf_hash=logged.leaf_hash,
        promise=logged.promise(),
        verdicts=verdicts,
        released=released,
    )
