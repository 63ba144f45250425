"""The signed receipt of a change: both machine-readable forms under one signature."""

from typing import Any

from consent.receipts.iso27560 import iso27560_receipt
from consent.receipts.kantara import kantara_receipt
from consent.receipts.record import ReceiptRecord
from consent.receipts.signing import sign


def claims(record: ReceiptRecord) -> dict[str, Any]:
    """Return what is signed besides the issuer; `iat` is when the change was made, in seconds since 1970."""
    signed = {
        "jti": str(record.id),
        "iat": int(record.at.timestamp()),
        "receipt": iso27560_receipt(record),
    }
    kantara = kantara_receipt(record)
    return signed if kantara is None else {**signed, "kantara": kantara}


def signed_receipt(record: ReceiptRecord) -> str:
    """Return the receipt as a compact JWS. Raise ReceiptKeyUnusable."""
    return sign(claims(record), kind="consent")
