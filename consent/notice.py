"""The notice: everything that a citizen reads before saying yes, and the hash that a consent keeps of it.

Contents by ISO/IEC 29184 section 5.3 and GDPR article 13. Page and hash come from the same value, so that
what was hashed is what was on the screen.
"""

import hashlib
from typing import Any

import rfc8785

from consent.models import Organisation, PurposeField, PurposeVersion

LANGUAGES = ("nl", "en")


def notice(version: PurposeVersion, language: str) -> dict[str, Any]:
    """Return the notice of `version` in `language`, JSON-safe; of a published version as it was published."""
    if version.notices:
        return dict(version.notices[language])
    return compose_notice(version, language)


def compose_notice(version: PurposeVersion, language: str) -> dict[str, Any]:
    """Write the notice of a draft from what it and its organisations say now."""
    organisation = version.purpose.organisation
    recipients = Organisation.objects.filter(oin__in=version.recipients).order_by("name")
    return {
        "language": language,
        "purpose": version.purpose.slug,
        "version": version.number,
        "controller": {
            "oin": organisation.oin,
            "name": organisation.name,
            "address": organisation.address,
            "contact": organisation.contact,
            "privacyContact": organisation.privacy_contact,
        },
        **version.text(language),
        "legalBasis": version.legal_basis,
        "fields": [
            {
                "name": field.name,
                "title": field.title(language),
                "required": field.required,
                "answer": _answer(field, language),
                "reason": _in_language(field.reason, language),
                "category": field.dataset_version.field(field.pointer)["category"],
                "sensitivity": field.dataset_version.field(field.pointer)["sensitivity"],
                "source": str(field.dataset_version.title.get(language) or field.dataset_version.title["nl"]),
            }
            for field in version.fields.select_related("dataset_version")
        ],
        "recipients": [{"oin": recipient.oin, "name": recipient.name} for recipient in recipients],
        "longestValidityDays": version.longest_validity_days,
        "mostUses": version.most_uses,
        "retentionDays": version.retention_days,
        "storagePlace": _in_language(version.storage_place, language),
        "automatedDecisions": {
            "decides": version.decides_automatically,
            "text": _in_language(version.automated_decisions, language),
        },
        "pilot": None
        if version.pilot_ends_on is None
        else {
            "endsOn": version.pilot_ends_on.isoformat(),
            "measures": _in_language(version.pilot_measures, language),
        },
        "dpiaReference": version.dpia_reference,
    }


def _in_language(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or texts.get("nl", "")


def _answer(field: PurposeField, language: str) -> dict[str, str] | None:
    """Return the yes-or-no question that is asked instead of the value, None where the value itself is asked."""
    if not field.answer:
        return None
    titles = field.dataset_version.derivation(field.answer)["title"]
    return {"name": field.answer, "title": _in_language(titles, language)}


def notice_hash(shown: dict[str, Any]) -> str:
    """Return the SHA-256 (hex) of a notice in canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(shown)).hexdigest()
