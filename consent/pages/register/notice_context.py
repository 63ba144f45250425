"""A notice as pages show it."""

from datetime import date
from typing import Any

from consent.models import PurposeVersion
from consent.notice import notice
from consent.pages.words import LEGAL_BASES, SENSITIVITIES, in_words


def notice_context(version: PurposeVersion, language: str) -> dict[str, Any]:
    """Return what `consent/notice.html` shows: the notice itself, and its codes in words."""
    shown = notice(version, language)
    pilot = shown.get("pilot")
    return {
        "notice": shown,
        "legal_basis": in_words(LEGAL_BASES, version.legal_basis),
        "asked_fields": [
            {**field, "sensitivity_title": SENSITIVITIES.get(field["sensitivity"], "")} for field in shown["fields"]
        ],
        "pilot_ends_on": date.fromisoformat(pilot["endsOn"]) if pilot else None,
    }
