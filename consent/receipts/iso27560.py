"""A receipt as ISO/IEC TS 27560:2023 has it, in JSON-LD with the W3C Data Privacy Vocabulary, version 2.

The members in snake case are the fields of 27560; those with a prefix are DPV's and Dublin Core's, as the guide of the
DPV group for 27560 wants them around it. `schema/consent-record-27560-1.json` says all of it as a JSON Schema.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from consent.lifecycle import DPV_POSTPONED, DPV_STATUS, Event
from consent.models import LegalBasis
from consent.receipts.record import ReceiptRecord
from consent.receipts.schema import schema_address

SCHEMA_VERSION = "1"
PROFILE = "https://w3id.org/dpv/schema/dpv-27560"
JURISDICTION = "NL"
AUTHORITY = {
    "party_id": "https://autoriteitpersoonsgegevens.nl",
    "party_name": "Autoriteit Persoonsgegevens",
    "party_address": "Postbus 93374, 2509 AJ Den Haag",
    "party_contact": "https://autoriteitpersoonsgegevens.nl",
    "party_type": "authority",
    "party_role": "dpv:DataProtectionAuthority",
}
_BASES = {
    LegalBasis.CONSENT: "eu-gdpr:A6-1-a",
    LegalBasis.CONTRACT: "eu-gdpr:A6-1-b",
    LegalBasis.LEGAL_OBLIGATION: "eu-gdpr:A6-1-c",
    LegalBasis.VITAL_INTEREST: "eu-gdpr:A6-1-d",
    LegalBasis.PUBLIC_TASK: "eu-gdpr:A6-1-e",
    LegalBasis.LEGITIMATE_INTEREST: "eu-gdpr:A6-1-f",
}
# To withdraw, be informed, see, correct, erase, restrict, take along, object, and complain.
_RIGHTS = [f"eu-gdpr:A{article}" for article in ("7-3", "13", "15", "16", "17", "18", "20", "21", "77")]
_SPECIAL = "special"


def iso27560_receipt(record: ReceiptRecord) -> dict[str, Any]:
    """Return the receipt with the record in it, JSON-safe."""
    return {
        "@context": _context(record),
        "@id": f"urn:uuid:{record.id}",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": [f"{PROFILE}#receipt-eu-gdpr", schema_address(record.issuer)],
        "dpv:hasIdentifier": str(record.id),
        "dct:created": moment(record.at),
        "dpv:hasRecordOfActivity": _record(record),
    }


def dpv_state(record: ReceiptRecord) -> str:
    """Return what DPV calls the state; a question that was put off has a word of its own."""
    return DPV_POSTPONED if record.event == Event.POSTPONE else DPV_STATUS[record.state]


def moment(at: datetime) -> str:
    """Return a time as RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _context(record: ReceiptRecord) -> dict[str, str]:
    return {
        "@vocab": f"{schema_address(record.issuer)}#",
        "dct": "http://purl.org/dc/terms/",
        "dpv": "https://w3id.org/dpv#",
        "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
        "pd": "https://w3id.org/dpv/pd#",
    }


def _record(record: ReceiptRecord) -> dict[str, Any]:
    return {
        "@id": f"urn:uuid:{record.consent_id}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": [f"{PROFILE}#record-eu-gdpr"],
        "dpv:hasIdentifier": str(record.consent_id),
        "schema_version": SCHEMA_VERSION,
        "record_id": str(record.consent_id),
        "record_version": record.version,
        "receipt_id": str(record.id),
        "pii_principal_id": record.pseudonym,
        "log_entry": str(record.entry),
        "pii_processing": _processing(record),
        "parties": _parties(record),
        "consent_events": [_event(record)],
    }


def _processing(record: ReceiptRecord) -> dict[str, Any]:
    notice = record.notice
    controller = _party_id(notice["controller"])
    storage = notice.get("storagePlace")
    return {
        "privacy_notice": {
            "address": record.public_text,
            "version": record.purpose_version,
            "language": record.language,
            "sha256": record.notice_hash,
        },
        "language": record.language,
        "purpose": {
            "name": record.purpose,
            "title": notice["title"],
            "description": notice["why"],
            "processing_activity": record.processing_activity,
        },
        "lawful_basis": _BASES[LegalBasis(notice["legalBasis"])],
        "pii_information": [_pii(one, record.terms.get("answerOnly", {})) for one in record.fields],
        "pii_controllers": [controller],
        "collection_method": "dpv:DataSubject",
        "processing_method": ["dpv:Disclose", "dpv:Use", "dpv:Store"],
        "processing_location": [storage] if storage else [],
        "storage_locations": [storage] if storage else [],
        "geographic_restrictions": list(record.terms.get("area", ())),
        "retention_period": f"P{_retention_days(record)}D",
        "jurisdiction": JURISDICTION,
        "recipient_third_parties": [
            _party_id(one) for one in record.recipients if one["oin"] != notice["controller"]["oin"]
        ],
        "withdrawal_method": record.page,
        "privacy_rights": _RIGHTS,
        "authority_party": AUTHORITY["party_id"],
        "terms": dict(record.terms),
    }


def _retention_days(record: ReceiptRecord) -> int:
    """Return how long it may be kept: what the citizen made a duty, or else what the text says."""
    return int(record.terms.get("keep", {}).get("days", record.notice["retentionDays"]))


def _pii(field: Mapping[str, Any], answers: Mapping[str, str]) -> dict[str, Any]:
    said = {
        "pii_type": field["name"],
        "pii_title": field["title"],
        "pii_category": field["category"],
        "pii_optional": not field["required"],
        "special_pii_category": field["sensitivity"] == _SPECIAL,
    }
    return {**said, "answer_only": answers[field["name"]]} if field["name"] in answers else said


def _parties(record: ReceiptRecord) -> list[dict[str, str]]:
    controller = record.notice["controller"]
    parties = [
        {
            "party_id": _party_id(controller),
            "party_name": controller["name"],
            "party_address": controller["address"],
            "party_contact": controller["privacyContact"],
            "party_type": "organisation",
            "party_role": "dpv:DataController",
        },
        *(
            {
                "party_id": _party_id(one),
                "party_name": one["name"],
                "party_type": "organisation",
                "party_role": "dpv:ThirdParty",
            }
            for one in record.recipients
            if one["oin"] != controller["oin"]
        ),
        {"party_id": record.pseudonym, "party_type": "person", "party_role": "dpv:DataSubject"},
        AUTHORITY,
    ]
    if record.mandate_id is not None:
        # By the mandate and not by name: a receipt goes from hand to hand.
        role = {"guardian": "dpv:GuardianOfDataSubject"}.get(record.acting, "dpv:Representative")
        parties.append({"party_id": _entity(record), "party_type": record.acting, "party_role": role})
    return parties


def _event(record: ReceiptRecord) -> dict[str, Any]:
    said = {
        "event_time": moment(record.at),
        "entity_id": _entity(record),
        "event_type": str(record.event),
        "event_state": dpv_state(record),
    }
    until = record.terms.get("validUntil")
    if not (record.is_consent and until):
        return said
    left = max(0, int((datetime.fromisoformat(until) - record.at).total_seconds()))
    return {**said, "validity_duration": f"PT{left}S"}


def _entity(record: ReceiptRecord) -> str:
    if record.mandate_id is not None:
        return f"urn:uuid:{record.mandate_id}"
    return record.pseudonym if record.acting == "citizen" else record.issuer


def _party_id(organisation: Mapping[str, Any]) -> str:
    return f"urn:nld:oin:{organisation['oin']}"
