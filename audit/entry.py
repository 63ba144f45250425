"""One line of the audit log: its fields, its canonical text, and the commitment that the log keeps.

The public log holds only `commitment = SHA-256(domain ‖ salt ‖ canonical)`. The salt makes it say nothing
about the text to who does not hold the record, and once the record is erased it says nothing to anyone.

The sealed name of the member of staff does not stand in the canonical text but behind a salted commitment
of its own. A citizen gets the text to check it against the log, and the same sealed name in two entries
would tell that the same person looked twice; the name itself is disclosed by rule (C-579/21).
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal, get_args
from uuid import UUID

from uuid_utils.compat import uuid7

from audit import actions
from audit.canonical import canonical_json
from audit.trace import (
    fsc_transaction_id_for_entry,
    parent_span_id_for_entry,
    span_id_for_entry,
    trace_id_for_entry,
)

Outcome = Literal["allowed", "refused", "failed"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)

SCHEMA_VERSION = 1
ENTRY_DOMAIN = b"deelwijs/audit/entry/v1\n"
USER_DOMAIN = b"deelwijs/audit/user/v1\n"
SALT_BYTES = 32

# The member of the details that keeps an entry from its citizen: {"by": id of the deferral, "until": RFC 3339}.
KEPT_BACK = "keptBack"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What happened, by NEN 7513 §5 and ISO 27789. Empty text and None mean "does not apply".

    `subject` is the 64-hex pseudonym that the log knows a citizen by, `organisation` the OIN of who acted,
    `fields` full field names `<dataset>#<json-pointer>` and never values, `verdicts` dicts of `code`,
    `holds` and `params`, `related` the entry that this one is about or follows from. `parent_span_id` is the action
    that called for this one, found in the current trace unless it is given.
    """

    action: str
    outcome: Outcome
    reason: str = ""
    at: datetime = field(default_factory=now)
    id: UUID = field(default_factory=uuid7)
    subject: str = ""
    organisation: str = ""
    role: str = ""
    department: str = ""
    user_sealed: bytes = b""
    acting_for: str = ""
    purpose: str = ""
    purpose_version: UUID | None = None
    legal_basis: str = ""
    consent: UUID | None = None
    consent_version: int | None = None
    request: UUID | None = None
    release: UUID | None = None
    case: str = ""
    processing_activity: str = ""
    fields: tuple[str, ...] = ()
    verdicts: tuple[Mapping[str, Any], ...] = ()
    source: str = ""
    override: bool = False
    related: UUID | None = None
    trace_id: str = field(default_factory=trace_id_for_entry)
    span_id: str = field(default_factory=span_id_for_entry)
    parent_span_id: str | None = None
    fsc_transaction_id: str = field(default_factory=fsc_transaction_id_for_entry)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kept_back(self) -> Mapping[str, Any]:
        """What its details say of being kept back, for an entry that tells of this one; empty where nothing does."""
        return {KEPT_BACK: self.details[KEPT_BACK]} if KEPT_BACK in self.details else {}

    @property
    def deferral(self) -> UUID | None:
        """The deferral that keeps this entry from its citizen for a while, by its id."""
        kept_back = self.details.get(KEPT_BACK)
        return None if kept_back is None else UUID(kept_back["by"])

    @property
    def deferred_until(self) -> datetime | None:
        """From when on the citizen sees this entry, if not at once. It is part of what was committed to."""
        kept_back = self.details.get(KEPT_BACK)
        return None if kept_back is None else datetime.fromisoformat(kept_back["until"])

    def __post_init__(self) -> None:
        if self.parent_span_id is None:
            found = parent_span_id_for_entry(trace_id=self.trace_id, span_id=self.span_id)
            object.__setattr__(self, "parent_span_id", found)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedEntry:
    """An entry with everything that the log and its record will keep of it."""

    entry: Entry
    salt: bytes
    user_salt: bytes
    canonical: bytes
    commitment: bytes


def seal_entry(entry: Entry) -> PreparedEntry:
    """Commit to an entry under fresh random salts.

    Raise UnknownAction for an action that nobody registered, NotCanonical for values that have no canonical
    form, and ValueError for a time without a zone or an id that is not a UUIDv7.
    """
    actions.get(entry.action)
    if entry.id.version != 7:  # the age of a pending entry is read from its id
        raise ValueError("an entry's id is a UUIDv7")
    salts = os.urandom(2 * SALT_BYTES)
    salt, user_salt = salts[:SALT_BYTES], salts[SALT_BYTES:]
    canonical = canonical_json(_canonical_fields(entry, user_salt))
    return PreparedEntry(
        entry=entry,
        salt=salt,
        user_salt=user_salt,
        canonical=canonical,
        commitment=commit_to_entry(salt, canonical),
    )


def commit_to_entry(salt: bytes, canonical: bytes) -> bytes:
    """Return SHA-256(domain ‖ salt ‖ canonical), the 32 bytes that become a leaf of the log."""
    return sha256(ENTRY_DOMAIN + salt + canonical).digest()


def commit_to_user(user_salt: bytes, user_sealed: bytes) -> str:
    """Return the `user` of the canonical text: hex SHA-256(domain ‖ salt ‖ sealed name), or "" for nobody."""
    return sha256(USER_DOMAIN + user_salt + user_sealed).hexdigest() if user_sealed else ""


def _canonical_fields(entry: Entry, user_salt: bytes) -> dict[str, Any]:
    # What few entries have stands in those only, so that every other entry says the same as before there was any.
    where_present = {"fscTransactionId": entry.fsc_transaction_id, "parentSpanId": entry.parent_span_id}
    return {
        **{name: value for name, value in where_present.items() if value},
        "actingFor": entry.acting_for,
        "action": entry.action,
        "at": _time_text(entry.at),
        "case": entry.case,
        "consent": _id_text(entry.consent),
        "consentVersion": entry.consent_version,
        "department": entry.department,
        "details": entry.details,
        "fields": entry.fields,
        "id": str(entry.id),
        "legalBasis": entry.legal_basis,
        "organisation": entry.organisation,
        "outcome": entry.outcome,
        "override": entry.override,
        "processingActivity": entry.processing_activity,
        "purpose": entry.purpose,
        "purposeVersion": _id_text(entry.purpose_version),
        "reason": entry.reason,
        "related": _id_text(entry.related),
        "release": _id_text(entry.release),
        "request": _id_text(entry.request),
        "role": entry.role,
        "schema": SCHEMA_VERSION,
        "source": entry.source,
        "spanId": entry.span_id,
        "subject": entry.subject,
        "traceId": entry.trace_id,
        "user": commit_to_user(user_salt, entry.user_sealed),
        "verdicts": entry.verdicts,
    }


def read_entry(canonical: bytes) -> Entry:
    """Read an entry back from its canonical text; the sealed name is not in it and stays empty.

    Raise ValueError or KeyError for text that is no entry of this schema version.
    """
    text = json.loads(canonical)
    if text["schema"] != SCHEMA_VERSION:
        raise ValueError(f"an entry of schema version {text['schema']} cannot be read by this program")
    return Entry(
        acting_for=text["actingFor"],
        action=text["action"],
        at=datetime.fromisoformat(text["at"]),
        case=text["case"],
        consent=_id(text["consent"]),
        consent_version=text["consentVersion"],
        department=text["department"],
        details=text["details"],
        fields=tuple(text["fields"]),
        fsc_transaction_id=text.get("fscTransactionId", ""),
        id=UUID(text["id"]),
        legal_basis=text["legalBasis"],
        organisation=text["organisation"],
        outcome=text["outcome"],
        override=text["override"],
        parent_span_id=text.get("parentSpanId", ""),
        processing_activity=text["processingActivity"],
        purpose=text["purpose"],
        purpose_version=_id(text["purposeVersion"]),
        reason=text["reason"],
        related=_id(text["related"]),
        release=_id(text["release"]),
        request=_id(text["request"]),
        role=text["role"],
        source=text["source"],
        span_id=text["spanId"],
        subject=text["subject"],
        trace_id=text["traceId"],
        verdicts=tuple(text["verdicts"]),
    )


def read_user_commitment(canonical: bytes) -> str:
    """Return what a canonical text says of who acted: the hex commitment to the sealed name, or ""."""
    commitment: str = json.loads(canonical)["user"]
    return commitment


def _time_text(at: datetime) -> str:
    """RFC 3339 in UTC with six decimals, always, so that one moment has one text."""
    if at.tzinfo is None:
        raise ValueError("the time of an entry needs a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def kept_back(deferral: UUID, until: datetime) -> dict[str, Any]:
    """Return the details that keep an entry from its citizen until a moment."""
    return {KEPT_BACK: {"by": str(deferral), "until": _time_text(until)}}


def _id_text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _id(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)
