"""How wide a consent that stands may still become: as its purpose version allows, and as was agreed."""

from dataclasses import replace
from datetime import datetime

from consent.bounds import Bounds
from consent.models import Consent, Mandate
from consent.services.bounds import bounds
from consent.services.mandates import latest_end


def bounds_of_standing(consent: Consent, now: datetime, mandate: Mandate | None) -> Bounds:
    """Return the limits within which the terms of `consent` can change.

    The organisation went without a required field when it accepted a counter-offer, and with a renewal the uses can
    grow beyond what one consent starts with: what was agreed stays agreed.
    """
    terms = consent.terms
    found = bounds(consent.purpose_version, now, latest_end=latest_end(mandate))
    most = found.most_uses
    return replace(
        found,
        required_fields=found.required_fields & terms.fields,
        most_uses=None if most is None else max(most, terms.uses_limit or 0),
    )
