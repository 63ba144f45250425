"""Mistakes of deployment that would make receipts worthless, found before the service starts."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from audit.checks.key_file import exposed_key, key_file_faults
from consent.receipts.signing_key import load_signing_key


@register
def check_receipt_key(**kwargs: Any) -> list[CheckMessage]:
    file = Path(settings.RECEIPT_SIGNING_KEY_FILE)
    return key_file_faults(
        file,
        load=load_signing_key,
        missing=checks.Warning(
            f"There is no key in {file}: nobody gets a receipt.",
            hint="Run: manage.py create_receipt_key",
            id="consent.W001",
        ),
        exposed=exposed_key(
            file, signs="receipts", then="rotate it: manage.py create_receipt_key --rotate", id="consent.E001"
        ),
        unusable=Error(
            f"{file} holds no key that can sign receipts.",
            hint="Put back the copy that you kept: without the older keys their receipts cannot be verified.",
            id="consent.E002",
        ),
    )


@register
def check_service_address(**kwargs: Any) -> list[CheckMessage]:
    parts = urlsplit(settings.SERVICE_ADDRESS)
    if not (parts.path or parts.query or parts.fragment) and (settings.DEMONSTRATION or parts.scheme == "https"):
        return []
    return [
        Error(
            "SERVICE_ADDRESS is not the address under which people reach this service.",
            hint="It stands in receipts and e-mails. Set it to https:// and the host name, without a path.",
            id="consent.E003",
        )
    ]
