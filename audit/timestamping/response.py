"""Timestamps by RFC 3161: what a time stamping authority answers, and whether it says what it should."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from rfc3161_client import (
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.base import HashAlgorithm


class TimestampError(ValueError):
    """The answer is no timestamp of that text by that authority."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """When the authority saw the text, by its clock, and by which name it signed."""

    at: datetime
    authority: str


def ask_for(text: bytes) -> TimeStampRequest:
    """Make a request that tells the authority no more than a hash (SHA-512), with a nonce."""
    return TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA512).build()


def open_response(
    response: bytes,
    text: bytes,
    certificates: Sequence[x509.Certificate],
    *,
    request: TimeStampRequest | None = None,
) -> Stamp:
    """Check that an authority under `certificates` stamped `text`; with `request`, that it answers this one.

    `certificates` are those of the authority: its roots, and whatever stands between them and its own. Its signature
    counts if they were valid at the time that it states. Raise TimestampError.
    """
    roots = [one for one in certificates if one.issuer == one.subject]
    if not roots:
        raise TimestampError("there is no root certificate to check it by")
    try:
        opened = decode_timestamp_response(response)
        builder = VerifierBuilder() if request is None else VerifierBuilder(nonce=request.nonce)
        for root in roots:
            builder = builder.add_root_certificate(root)
        for one in certificates:
            if one not in roots and _is_authority_of_certificates(one):
                builder = builder.add_intermediate_certificate(one)
        builder.build().verify_message(opened, text)
    except (ValueError, VerificationError) as error:
        raise TimestampError(str(error)) from error
    return Stamp(at=opened.tst_info.gen_time.astimezone(UTC), authority=_signer_of(opened))


def _is_authority_of_certificates(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _signer_of(response: TimeStampResponse) -> str:
    (signer,) = response.signed_data.signer_infos
    for encoded in response.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(encoded)
        if (certificate.issuer, certificate.serial_number) == (signer.issuer, signer.serial_number):
            return certificate.subject.rfc4514_string()
    raise TimestampError("the certificate that signed it is not in it")
