"""Opening the sealed copies of a consent for one release."""

from datetime import date
from typing import Any

from consent.models import DatasetVersion
from consent.terms import Terms
from sharing.answers import Shared, answer_instead
from sharing.sealed_record import open_record
from sharing.standing import Standing, StandingConsent


def open_copies(standing: Standing, consent: StandingConsent, terms: Terms, *, today: date) -> Shared:
    """Return what the recipient gets of the requested fields, in the order of the request.

    Raises KeyDestroyed, KeySuspended, KeyServiceUnavailable or DoesNotOpen.
    """
    key = consent.open_key()
    granted: dict[str, Any] = {}
    for copy, place in standing.copies:
        granted |= open_record(copy, key=key, place=place)
    values = {name: granted[name] for name in standing.fields if name in granted}
    answers = {name: terms.answers[name] for name in values if name in terms.answers}
    if not answers:
        return Shared(values, {})
    versions = DatasetVersion.objects.filter(pk__in=[place.dataset_version for _copy, place in standing.copies])
    return answer_instead(values, answers, versions.select_related("dataset"), today=today)
