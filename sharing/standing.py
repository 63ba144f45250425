"""How a release stands: all that one access needs to know, read in one statement without a lock.

One statement sees one moment of the database, so consent, terms, key and copies belong together. What changes
after it is caught when the use is taken: `version` is compared in the statement that also logs and commits.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

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


@dataclass(frozen=True, slots=True)
class StandingConsent:
    """The newest consent of the request's citizen for its purpose, with the columns of its key."""

    id: UUID
    state: State
    version: int
    conditions: dict[str, Any]
    uses_taken: int
    pseudonym: str
    was_given: bool
    purpose_key_id: UUID | None
    key_generation: int
    wrapped_key: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class EarlierRelease:
    """The release that the same idempotency key already made."""

    id: UUID
    request_id: UUID
    consent_id: UUID
    actor: UUID
    released_at: datetime
    use_number: int
    entry_id: UUID


@dataclass(frozen=True, slots=True)
class Standing:
    """A request with everything that decides on it. `copies` pairs each sealed copy with the place it opens in."""

    request_id: UUID
    fields: tuple[str, ...]
    case: str
    subject: str
    purpose: str
    purpose_version_id: UUID
    purpose_retired: bool
    recipients: frozenset[str]
    legal_basis: str
    processing_activity: str
    consent: StandingConsent | None
    earlier: EarlierRelease | None
    copies: tuple[tuple[SealedRecord, Place], ...] = field(repr=False)


_COLUMNS = """r.id, r.fields, r."case", citizen.log_subject,
       purpose.slug, version.id, purpose.retired_at IS NOT NULL, version.recipients, version.legal_basis,
       version.processing_activity,
       c.id, c.state, c.version, c.conditions, c.uses_taken, c.pseudonym, c.given_at IS NOT NULL,
       k.purpose_key_id, k.generation, k.wrapped,
       earlier.id, earlier.request_id, earlier.consent_id, earlier.actor, earlier.released_at, earlier.use_number,
       earlier.entry,
       item.id, item.dataset_version_id, item.version, item.wrapped_data_key, item.sealed"""

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
  LEFT JOIN consent_consentkey k ON k.consent_id = c.id
  LEFT JOIN sharing_sealeditem item ON item.consent_id = c.id
  LEFT JOIN sharing_release earlier
         ON earlier.organisation_id = r.organisation_id AND earlier.idempotency_key = %(idempotency_key)s"""

_BY_ORGANISATION = f"""
SELECT {_COLUMNS} FROM consent_organisation organisation JOIN {_REQUEST} WHERE organisation.id = %(organisation)s
"""  # noqa: S608 our own parts
_BY_TOKEN = f"""
SELECT {SYSTEM_COLUMNS}, {_COLUMNS} FROM {SYSTEM_TABLES} LEFT JOIN {_REQUEST} WHERE {SYSTEM_HOLDS_TOKEN}
"""  # noqa: S608 our own parts


def read_standing(*, request_id: UUID, organisation_id: UUID, idempotency_key: str) -> Standing | None:
    """Return how a release of this request stands now; None when the organisation has no such request."""
    rows = _rows(
        _BY_ORGANISATION,
        organisation=_uuid_param(organisation_id),
        request=_uuid_param(request_id),
        idempotency_key=idempotency_key,
    )
    return _standing(rows) if rows else None


def read_standing_by_token(
    *, token: str, request_id: UUID, idempotency_key: str
) -> tuple[System | None, Standing | None]:
    """Return the system that holds `token`, and how a release of a request of its organisation stands.

    One round trip instead of two: together they are the most of what a release waits for (measured).
    """
    rows = _rows(_BY_TOKEN, **token_params(token), request=_uuid_param(request_id), idempotency_key=idempotency_key)
    if not rows:
        return None, None
    standing_rows = [row[SYSTEM_COLUMN_COUNT:] for row in rows]
    return system_from(rows[0][:SYSTEM_COLUMN_COUNT]), None if standing_rows[0][0] is None else _standing(standing_rows)


def _rows(statement: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def _standing(rows: list[tuple[Any, ...]]) -> Standing:
    first = rows[0]
    consent = _consent(first[10:20])
    return Standing(
        request_id=_uuid(first[0]),
        fields=tuple(json.loads(first[1])),
        case=first[2],
        subject=first[3] or "",
        purpose=first[4],
        purpose_version_id=_uuid(first[5]),
        purpose_retired=bool(first[6]),
        recipients=frozenset(json.loads(first[7])),
        legal_basis=first[8],
        processing_activity=first[9],
        consent=consent,
        earlier=_earlier(first[20:27]),
        copies=tuple(_copy(consent.id, row[27:32]) for row in rows if consent and row[27] is not None),
    )


def _consent(columns: tuple[Any, ...]) -> StandingConsent | None:
    if columns[0] is None:
        return None
    return StandingConsent(
        id=_uuid(columns[0]),
        state=State(columns[1]),
        version=columns[2],
        conditions=json.loads(columns[3]),
        uses_taken=columns[4],
        pseudonym=columns[5],
        was_given=bool(columns[6]),
        purpose_key_id=None if columns[7] is None else _uuid(columns[7]),
        key_generation=columns[8] or 0,
        wrapped_key=None if columns[9] is None else bytes(columns[9]),
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


def _moment(value: datetime) -> datetime:
    # SQLite keeps a time in UTC, without saying so.
    return value if value.tzinfo else value.replace(tzinfo=UTC)
