"""A receipt as Kantara's Consent Receipt Specification 1.1 has it, for who collects those.

That form knows consents that were given and no other state, so there is one only where `ReceiptRecord.is_consent`.
"""

from typing import Any

from consent.receipts.iso27560 import JURISDICTION, moment
from consent.receipts.record import ReceiptRecord

VERSION = "KI-CR-v1.1.0"


def kantara_receipt(record: ReceiptRecord) -> dict[str, Any] | None:
    """Return the receipt, JSON-safe; None when no consent stands after the change.

    `consentTimestamp` is in whole seconds since 1970. The form requires a telephone number; where the organisation
    gave none it is empty.
    """
    if not record.is_consent:
        return None
    notice = record.notice
    special = sorted({one["category"] for one in record.fields if one["sensitivity"] == "special"})
    return {
        "version": VERSION,
        "jurisdiction": JURISDICTION,
        "consentTimestamp": int(record.at.timestamp()),
        "collectionMethod": f"Deelwijs, {record.acting}",
        "consentReceiptID": str(record.id),
        "publicKey": f"{record.issuer}/receipts/keys.json",
        "language": record.language,
        "piiPrincipalId": record.pseudonym,
        "piiControllers": [_controller(record)],
        "policyUrl": record.public_text,
        "services": [{"service": notice["summary"], "purposes": [_purpose(record)]}],
        "sensitive": any(one["sensitivity"] != "ordinary" for one in record.fields),
        "spiCat": special,
    }


def _controller(record: ReceiptRecord) -> dict[str, Any]:
    controller = record.notice["controller"]
    contact = str(controller["contact"])
    return {
        "piiController": controller["name"],
        "onBehalf": False,
        "contact": controller["privacyContact"],
        "address": {"streetAddress": controller["address"]},
        "email": controller["privacyContact"],
        "phone": "" if "@" in contact else contact,
    }


def _purpose(record: ReceiptRecord) -> dict[str, Any]:
    others = [one["name"] for one in record.recipients if one["oin"] != record.notice["controller"]["oin"]]
    said = {
        "purpose": record.notice["title"],
        "consentType": "EXPLICIT",
        "purposeCategory": ["1 - Core Function"],
        "primaryPurpose": True,
        "piiCategory": [f"{one['title']} ({one['category']})" for one in record.fields],
        "termination": _termination(record),
        "thirdPartyDisclosure": bool(others),
    }
    return {**said, "thirdPartyName": ", ".join(others)} if others else said


def _termination(record: ReceiptRecord) -> str:
    until = record.terms.get("validUntil")
    return f"{until or moment(record.at)}; {record.page}"
