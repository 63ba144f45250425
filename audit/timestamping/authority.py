"""The time stamping authority that the settings name."""

from pathlib import Path

import requests
from cryptography import x509
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from audit.errors import Unavailable
from audit.timestamping.response import Stamp, TimestampError, ask_for, open_response

SECONDS = 20
LARGEST_ANSWER = 64 * 1024


class CertificatesMissing(Unavailable):
    """Timestamps cannot be checked without the certificates of their authority."""

    code = "timestamp-certificates-missing"
    title = _("Timestamps cannot be checked")


def read_certificates() -> list[x509.Certificate]:
    """Read the certificates of the authority, or raise CertificatesMissing."""
    try:
        return x509.load_pem_x509_certificates(Path(settings.LOG_TIMESTAMP_CERTIFICATES).read_bytes())
    except (OSError, ValueError) as error:
        raise CertificatesMissing(
            _("Set LOG_TIMESTAMP_CERTIFICATES to a PEM file with the certificates of the time stamping authority.")
        ) from error


def get_timestamp(text: bytes) -> tuple[bytes, Stamp]:
    """Get a timestamp over `text`, checked, and return it with what it says (RFC 3161 §3.4).

    Raise TimestampError if the authority does not answer, or not with what it should.
    """
    request = ask_for(text)
    try:
        with requests.post(
            settings.LOG_TIMESTAMP_URL,
            data=request.as_bytes(),
            headers={"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
            timeout=SECONDS,
            allow_redirects=False,
            stream=True,
        ) as answer:
            status, response = answer.status_code, answer.raw.read(LARGEST_ANSWER + 1, decode_content=True)
    except (requests.RequestException, OSError) as error:
        raise TimestampError(f"the authority does not answer: {type(error).__name__}") from error
    if status != requests.codes.ok or len(response) > LARGEST_ANSWER:
        raise TimestampError(f"the authority answered {status}, with {len(response)} bytes")
    return response, open_response(response, text, read_certificates(), request=request)
