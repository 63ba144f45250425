"""Taking a use: count it, store the release and log it, in one commit, if the consent is still as it was read.

On PostgreSQL this is one statement. It joins nothing: after waiting for a lock PostgreSQL reads only the locked
row anew, and a joined one would be as old as the statement. So all that the decision rested on is pinned by the
consent's own `version`, and a miss means: read and decide again. The number of uses in a period changes without the
version, so the limits stand in the statement itself.
"""

from typing import Any

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from audit.entry import PreparedEntry
from audit.errors import LogNotWritable
from audit.services.append import append_clauses, append_entry
from consent.models import Consent
from consent.models.consent import ConsentQuerySet
from sharing.models import Ground, Release
from sharing.services.along import ApprovalGone, bring_along, hasten_deletion
from sharing.use import Use

_NO_LIMIT = 2_147_483_647
_GROUND = Ground.CONSENT.value


_TAKE_SQL = """
WITH taken AS (
  UPDATE consent_consent
     SET uses_taken = uses_taken + 1,
         period_started_at = GREATEST(period_started_at, %(period)s::timestamptz),
         period_uses = CASE WHEN %(period)s::timestamptz IS NULL THEN period_uses
                            WHEN period_started_at >= %(period)s::timestamptz THEN period_uses + 1
                            ELSE 1 END
   WHERE id = %(consent)s AND version = %(version)s AND state = 'given' AND uses_taken < %(uses_limit)s
     AND (period_uses < %(period_limit)s OR period_started_at IS NULL
          OR period_started_at < %(period)s::timestamptz)
  RETURNING uses_taken
), released AS (
  INSERT INTO sharing_release
    (id, request_id, consent_id, organisation_id, ground, idempotency_key, actor, use_number, entry, released_at)
  SELECT %(release)s, %(request)s, %(consent)s, %(organisation)s, %(ground)s, %(idempotency_key)s, %(actor)s,
         uses_taken, %(audit_entry_id)s, %(at)s
    FROM taken
), {clauses}
SELECT uses_taken FROM taken
"""

_REPEAT_SQL = """
WITH taken AS (
  UPDATE consent_consent SET uses_taken = uses_taken
   WHERE id = %(consent)s AND version = %(version)s AND state = 'given'
  RETURNING uses_taken
), {clauses}
SELECT uses_taken FROM taken
"""


def take_use(use: Use, entry: PreparedEntry) -> int | None:
    """Count, store and log a use with what it brings along; return its number.

    None when the consent changed since it was read, or its uses ran out, or another access used the approval or took
    the same idempotency key. Raises LogNotWritable.
    """
    try:
        if not use.brings_more:
            return _take(use, entry)
        with transaction.atomic():
            number = _take(use, entry)
            if number is not None:
                bring_along(use)
            return number
    except (IntegrityError, ApprovalGone):
        return None
    except DatabaseError as error:
        raise LogNotWritable(_("Nothing was released, because it could not be logged.")) from error


def log_repeat(use: Use, entry: PreparedEntry) -> int | None:
    """Log that an earlier release is answered once more, without taking a use; None when the consent changed.

    A `delete_before` in `use` is one that is new to that release.
    """
    try:
        if use.delete_before is None:
            return _repeat(use, entry)
        with transaction.atomic():
            number = _repeat(use, entry)
            if number is not None:
                hasten_deletion(
                    release_id=use.release_id, organisation_id=use.organisation_id, due_at=use.delete_before
                )
            return number
    except DatabaseError as error:
        raise LogNotWritable(_("Nothing was released, because it could not be logged.")) from error


def _take(use: Use, entry: PreparedEntry) -> int | None:
    return _run(_TAKE_SQL, use, entry) if connection.vendor == "postgresql" else _take_in_steps(use, entry)


def _repeat(use: Use, entry: PreparedEntry) -> int | None:
    return _run(_REPEAT_SQL, use, entry) if connection.vendor == "postgresql" else _repeat_in_steps(use, entry)


def _run(statement: str, use: Use, entry: PreparedEntry) -> int | None:
    clauses, audit_params = append_clauses(entry, source="taken")
    params = {
        **audit_params,
        "release": use.release_id,
        "request": use.request_id,
        "organisation": use.organisation_id,
        "actor": use.actor_id,
        "ground": _GROUND,
        "idempotency_key": use.idempotency_key,
        "consent": use.consent_id,
        "version": use.version,
        "uses_limit": _NO_LIMIT if use.uses_limit is None else use.uses_limit,
        "period": use.period_started_at,
        "period_limit": _NO_LIMIT if use.period_limit is None else use.period_limit,
        "at": use.at,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{clauses}", clauses), params)
        row = cursor.fetchone()
    return None if row is None else int(row[0])


@transaction.atomic
def _take_in_steps(use: Use, entry: PreparedEntry) -> int | None:
    """Do the same where the database has no such statement; SQLite's one writer stands in for the row lock."""
    limit = _NO_LIMIT if use.uses_limit is None else use.uses_limit
    counted: dict[str, Any] = {"uses_taken": F("uses_taken") + 1}
    within = Q(uses_taken__lt=limit)
    if use.period_started_at is not None:
        begun = Q(period_started_at__gte=use.period_started_at)
        within &= Q(period_uses__lt=use.period_limit) | Q(period_started_at__isnull=True) | ~begun
        counted["period_uses"] = Case(When(begun, then=F("period_uses") + 1), default=Value(1))
        begin = Value(use.period_started_at)
        counted["period_started_at"] = Greatest(Coalesce(F("period_started_at"), begin), begin)
    taken = _as_decided(use).filter(within).update(**counted)
    if not taken:
        return None
    number = _as_decided(use).values_list("uses_taken", flat=True).get()
    Release.objects.create(
        id=use.release_id,
        request_id=use.request_id,
        consent_id=use.consent_id,
        organisation_id=use.organisation_id,
        ground=_GROUND,
        idempotency_key=use.idempotency_key,
        actor=use.actor_id,
        use_number=number,
        entry=entry.entry.id,
        released_at=use.at,
    )
    append_entry(entry.entry)
    return int(number)


@transaction.atomic
def _repeat_in_steps(use: Use, entry: PreparedEntry) -> int | None:
    number = _as_decided(use).values_list("uses_taken", flat=True).first()
    if number is not None:
        append_entry(entry.entry)
    return number


def _as_decided(use: Use) -> ConsentQuerySet:
    decided: ConsentQuerySet = Consent.objects.given().filter(pk=use.consent_id, version=use.version)
    return decided
