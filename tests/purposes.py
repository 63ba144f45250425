"""More purposes than the one of the cast."""

from typing import Any

from consent.models import LegalBasis, PurposeVersion
from consent.services.purposes import AskedField, draft_purpose, publish_purpose
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
        "dpia_review_on": "2027-01-01",
    }
    return draft_purpose(**{**values, **changes})


def publish(cast: Cast, slug: str, **changes: Any) -> PurposeVersion:
    """Return the published version of such a draft."""
    return publish_purpose(version=draft(cast, slug, **changes), reviewer=cast.gijs.account)
