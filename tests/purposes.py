"""More purposes than the one of the cast."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from consent.models import LegalBasis, PurposeVersion
from consent.services.purposes import AskedField, ask_review, draft_purpose, publish_purpose, sign_assessment
from tests.cast import Cast

TEXT = {"title": "t", "summary": "s", "why": "w", "refusing": "r"}


def draft(cast: Cast, slug: str = "street-works", **changes: Any) -> PurposeVersion:
    """Return a draft of the municipality that lacks nothing, and asks for the size of a household."""
    values: dict[str, Any] = {
        "author": cast.femke.account,
        "organisation": cast.municipality,
        "slug": slug,
        "texts": {"nl": TEXT, "en": TEXT},
        "legal_basis": LegalBasis.PUBLIC_TASK,
        "fields": [AskedField(cast.household, "/size", required=False, reason={"nl": "r", "en": "r"})],
        "recipients": [cast.municipality.oin],
        "longest_validity_days": 30,
        "most_uses": None,
        "retention_days": 30,
        "processing_activity": f"https://voorbeeldstad.example/processing/{slug}",
        "dpia_reference": "DPIA-1",
        "dpia_review_on": timezone.localdate() + timedelta(days=365),
        "storage_place": {"nl": "In Nederland.", "en": "In the Netherlands."},
        "automated_decisions": {"nl": "Geen.", "en": "None."},
    }
    return draft_purpose(**{**values, **changes})


def publish(cast: Cast, slug: str, **changes: Any) -> PurposeVersion:
    """Return the published version of such a draft."""
    return review_and_publish(cast, draft(cast, slug, **changes))


def in_review(cast: Cast, version: PurposeVersion) -> PurposeVersion:
    """Return a draft of Femke, handed to the privacy officers and signed where it rests on consent."""
    version = ask_review(editor=cast.femke.account, version=version)
    if version.legal_basis == LegalBasis.CONSENT:
        version = sign_assessment(officer=cast.gijs.account, version=version)
    return version


def review_and_publish(cast: Cast, version: PurposeVersion) -> PurposeVersion:
    """Return a draft of Femke as Gijs publishes it."""
    return publish_purpose(version=in_review(cast, version), reviewer=cast.gijs.account)
