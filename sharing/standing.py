"""How a release stands: all that one access needs to know, read in one statement without a lock.

One statement sees one moment of the database, so consent, terms, key and copies belong together. What changes
after it is caught when the use is taken: `version` is compared in the statement that also logs and commits.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection

from audit.deferral.deferral import Deferral
from consent.keys.consent_key import open_consent_key
from consent.keys.keystore import keystore_is_apart
from consent.keys.models import ConsentKey
from consent.lifecycle import State
from consent.system import (
    SYSTEM_COLUMN_COUNT,
    SYSTEM_COLUMNS,
    SYSTEM_HOLDS_TOKEN,
    SYSTEM_TABLES,
    System,
    system_from,
    token_params,
)
from sharing.sealed_record import Place, SealedRecord

# A citizen changes a consent by hand: that the key is away this often is no race.
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class StandingKey:
    """The columns of a consent's key. A destroyed key has no wrap, and neither has one that was never made."""

    purpose_key_id: UUID | None
    suspended: bool
    wrapped: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class StandingConsent:
    """The newest consent of the request's citizen for its purpose, with its key.

    `period_uses` are those since `period_started_at`.
    """

    id: UUID
    state: State
    version: int
    conditions: dict[str, Any]
    uses_taken: int
    period_started_at: datetime | None
    period_uses: int
    pseudonym: str
    was_given: bool
    key_generation: int
    key: StandingKey

    @property
    def key_has_gone_on(self) -> bool:
        """Tell whether the key ended, or was set aside, though the consent was still given when it was read."""
        ended = self.key.wrapped is None or self.key.suspended
        return keystore_is_apart() and self.state == State.GIVEN and ended

    def open_key(self) -> bytes:
        """Return the 32 bytes of the consent's key; raise KeyDestroyed, KeySuspended or KeyServiceUnavailable."""
        return open_consent_key(
            consent_id=self.id,
            purpose_key_id=self.key.purpose_key_id,
            generation=self.key_generation,
            wrapped=self.key.wrapped,
            suspended=self.key.suspended,
        )


@dataclass(frozen=True, slots=True)
class EarlierRelease:
    """The release that the same idempotency key already made.

    `delete_before` is when the recipient must have deleted it, None for no duty; `deleted` that they said they did.
    """

    id: UUID
    request_id: UUID
    consent_id: UUID
    actor: UUID
    released_at: datetime
    use_number: int
    entry_id: UUID
    delete_before: datetime | None
    deleted: bool


@dataclass(frozen=True, slots=True)
class OpenApproval:
    """The question to the citizen about this very request that is allowed and not used yet."""

    id: UUID
    department: str
    role: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A request with everything that decides on it. `copies` pairs each sealed copy with the place it opens in.

    `place` is an H3 cell or empty; `pilot_ends_on` the last day of a purpose that is tried out; `deferral` keeps what
    happens in this case from the citizen, until its day.
    """

    request_id: UUID
    fields: tuple[str, ...]
    case: str
    place: str
    subject: str
    purpose: str
    purpose_version_id: UUID
    purpose_retired: bool
    pilot_ends_on: date | None
    recipients: frozenset[str]
    legal_basis: str
    processing_activity: str
    deferral: Deferral | None
    consent: StandingConsent | None
    earlier: EarlierRelease | None
    approval: OpenApproval | None
    copies: tuple[tuple[SealedRecord, Place], ...] = field(repr=False)


# Each group of columns, and after them the copies: a row for each.
_REQUEST_COLUMNS = """r.id, r.fields, r."case", r.place, citizen.log_subject,
       purpose.slug, version.id, purpose.retired_at IS NOT NULL, version.pilot_ends_on, version.recipients,
       version.legal_basis, version.processing_activity, deferral.id, deferral.until"""
_CONSENT_COLUMNS = """c.id, c.state, c.version, c.conditions, c.uses_taken, c.period_started_at, c.period_uses,
       c.pseudonym, c.given_at IS NOT NULL, c.key_generation"""
_KEY_COLUMNS = "k.purpose_key_id, k.suspended_at IS NOT NULL, k.wrapped"
_EARLIER_COLUMNS = """earlier.id, earlier.request_id, earlier.consent_id, earlier.actor, earlier.released_at,
       earlier.use_number, earlier.entry, deletion.due_at, deletion.confirmed_at IS NOT NULL"""
_APPROVAL_COLUMNS = "approval.id, approval.department, approval.role"
_COPY_COLUMNS = "item.id, item.dataset_version_id, item.version, item.wrapped_data_key, item.sealed"
_GROUPS = (_REQUEST_COLUMNS, _CONSENT_COLUMNS, _KEY_COLUMNS, _EARLIER_COLUMNS, _APPROVAL_COLUMNS, _COPY_COLUMNS)
_COLUMNS = ", ".join(_GROUPS)
_ENDS = tuple(accumulate(group.count(",") + 1 for group in _GROUPS))

# A consent counts from the side of the request: the newest of this citizen for this purpose. The purpose version is
# the consent's own where there is one: citizens consented to what they read.
_REQUEST = """sharing_request r ON r.id = %(request)s AND r.organisation_id = organisation.id
  LEFT JOIN consent_purposeversion asked ON asked.id = r.purpose_version_id
  LEFT JOIN consent_purpose purpose ON purpose.id = asked.purpose_id
  LEFT JOIN consent_citizen citizen ON citizen.id = r.citizen_id
  LEFT JOIN consent_consent c ON c.id = (
       SELECT newest.id FROM consent_consent newest
        WHERE newest.purpose_id = asked.purpose_id AND newest.citizen_id = r.citizen_id
        ORDER BY newest.id DESC LIMIT 1)
  LEFT JOIN consent_purposeversion version ON version.id = COALESCE(c.purpose_version_id, r.purpose_version_id)
  LEFT JOIN keys_consentkey k ON k.consent_id = c.id AND k.generation = c.key_generation
  LEFT JOIN sharing_sealeditem item ON item.consent_id = c.id
  LEFT JOIN consent_approval approval
         ON approval.consent_id = c.id AND approval.request = r.id AND approval.state = 'allowed'
  LEFT JOIN sharing_release earlier
         ON earlier.organisation_id = r.organisation_id AND earlier.idempotency_key = %(idempotency_key)s
  LEFT JOIN sharing_deletion deletion ON deletion.release_id = earlier.id
  LEFT JOIN audit_deferral deferral
         ON deferral.organisation = organisation.oin AND deferral."case" = r."case" AND deferral.state = 'approved'"""

_BY_ORGANISATION = f"""
SELECT {_COLUMNS} FROM consent_organisation organisation JOIN {_REQUEST} WHERE organisation.id = %(organisation)s
"""  # noqa: S608 our own parts
_BY_TOKEN = f"""
SELECT {SYSTEM_COLUMNS}, {_COLUMNS} FROM {SYSTEM_TABLES} LEFT JOIN {_REQUEST} WHERE {SYSTEM_HOLDS_TOKEN}
"""  # noqa: S608 our own parts


@cache
def _without_keys(statement: str) -> str:
    """Return a statement that leaves the key out: a keystore apart is asked for it in a statement of its own."""
    statement = statement.replace(_KEY_COLUMNS, "NULL, FALSE, NULL")
    return re.sub(r"LEFT JOIN keys_consentkey k .*", "", statement)


def read_standing(*, request_id: UUID, organisation_id: UUID, idempotency_key: str) -> Standing | None:
    """Return how a release of this request stands now; None when the organisation has no such request."""
    params = {
        "organisation": _uuid_param(organisation_id),
        "request": _uuid_param(request_id),
        "idempotency_key": idempotency_key,
    }

    def read() -> tuple[None, Standing | None]:
        rows = _rows(_BY_ORGANISATION, **params)
        return None, _standing(rows) if rows else None

    return _of_one_moment(read)[1]


def read_standing_by_token(
    *, token: str, request_id: UUID, idempotency_key: str
) -> tuple[System | None, Standing | None]:
    """Return the system that holds `token`, and how a release of a request of its organisation stands.

    One round trip instead of two: together they are the most of what a release waits for (measured).
    """
    params = {**token_params(token), "request": _uuid_param(request_id), "idempotency_key": idempotency_key}

    def read() -> tuple[System | None, Standing | None]:
        rows = _rows(_BY_TOKEN, **params)
        if not rows:
            return None, None
        standing_rows = [row[SYSTEM_COLUMN_COUNT:] for row in rows]
        system = system_from(rows[0][:SYSTEM_COLUMN_COUNT])
        return system, None if standing_rows[0][0] is None else _standing(standing_rows)

    return _of_one_moment(read)


_Reader = TypeVar("_Reader")


def _of_one_moment(read: Callable[[], tuple[_Reader, Standing | None]]) -> tuple[_Reader, Standing | None]:
    """Return what `read` gives, and read again where a key apart had ended after its consent was read: so a withdrawal
    in between is a refusal, and no key that is missing."""
    found = read()
    for _attempt in range(_ATTEMPTS):
        standing = found[1]
        if standing is None or standing.consent is None or not standing.consent.key_has_gone_on:
            break
        found = read()
    return found


def _rows(statement: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_without_keys(statement) if keystore_is_apart() else statement, params)
        return list(cursor.fetchall())


def _standing(rows: list[tuple[Any, ...]]) -> Standing:
    request, consent_columns, key_columns, earlier, approval, _first_copy = _grouped(rows[0])
    consent = _consent(consent_columns, key_columns)
    copies = [_grouped(row)[-1] for row in rows]
    return Standing(
        request_id=_uuid(request[0]),
        fields=tuple(json.loads(request[1])),
        case=request[2],
        place=request[3],
        subject=request[4] or "",
        purpose=request[5],
        purpose_version_id=_uuid(request[6]),
        purpose_retired=bool(request[7]),
        pilot_ends_on=_day(request[8]),
        recipients=frozenset(json.loads(request[9])),
        legal_basis=request[10],
        processing_activity=request[11],
        deferral=None if request[12] is None else Deferral(_uuid(request[12]), _moment(request[13])),
        consent=consent,
        earlier=_earlier(earlier),
        approval=None if approval[0] is None else OpenApproval(_uuid(approval[0]), approval[1], approval[2]),
        copies=tuple(_copy(consent.id, copy) for copy in copies if consent and copy[0] is not None),
    )


def _grouped(row: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [row[begin:end] for begin, end in pairwise((0, *_ENDS))]


def _consent(columns: tuple[Any, ...], key_columns: tuple[Any, ...]) -> StandingConsent | None:
    if columns[0] is None:
        return None
    if keystore_is_apart():
        # Read after the consent, which may end or be narrowed in between: see `_of_one_moment`.
        rows = ConsentKey.objects.filter(consent_id=columns[0], generation=columns[9])
        key = rows.values_list("purpose_key_id", "suspended_at", "wrapped").first() or (None, None, None)
        key_columns = (key[0], key[1] is not None, key[2])
    purpose_key_id, suspended, wrapped = key_columns
    return StandingConsent(
        id=_uuid(columns[0]),
        state=State(columns[1]),
        version=columns[2],
        conditions=json.loads(columns[3]),
        uses_taken=columns[4],
        period_started_at=None if columns[5] is None else _moment(columns[5]),
        period_uses=columns[6],
        pseudonym=columns[7],
        was_given=bool(columns[8]),
        key_generation=columns[9],
        key=StandingKey(
            purpose_key_id=None if purpose_key_id is None else _uuid(purpose_key_id),
            suspended=bool(suspended),
            wrapped=None if wrapped is None else bytes(wrapped),
        ),
    )


def _earlier(columns: tuple[Any, ...]) -> EarlierRelease | None:
    if columns[0] is None:
        return None
    return EarlierRelease(
        id=_uuid(columns[0]),
        request_id=_uuid(columns[1]),
        consent_id=_uuid(columns[2]),
        actor=_uuid(columns[3]),
        released_at=_moment(columns[4]),
        use_number=columns[5],
        entry_id=_uuid(columns[6]),
        delete_before=None if columns[7] is None else _moment(columns[7]),
        deleted=bool(columns[8]),
    )


def _copy(consent_id: UUID, columns: tuple[Any, ...]) -> tuple[SealedRecord, Place]:
    item_id, dataset_version_id, version, wrapped_data_key, sealed = columns
    place = Place("consent", consent_id, _uuid(item_id), _uuid(dataset_version_id), version)
    return SealedRecord(bytes(wrapped_data_key), bytes(sealed)), place


def _uuid_param(value: UUID) -> UUID | str:
    # SQLite keeps a UUID as 32 hex digits.
    return value if connection.features.has_native_uuid_field else value.hex


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _day(value: date | str | None) -> date | None:
    # SQLite keeps a day as text.
    return date.fromisoformat(value) if isinstance(value, str) else value


def _moment(value: datetime) -> datetime:
    # SQLite keeps a time in UTC, without saying so.
    return value if value.tzinfo else value.replace(tzinfo=UTC)
