"""Which changes somebody may have a receipt of."""

from uuid import UUID

from django.db.models import QuerySet

from consent.errors import ConsentNotFound
from consent.lifecycle import Event
from consent.models import Citizen, ConsentChange, Mandate

# Before the yes an organisation learns nothing, also not afterwards: thinking about it looks like not having seen it.
_CITIZENS_OWN = (Event.REFUSE, Event.POSTPONE, Event.OFFER)


def change_of_citizen(
    *, citizen: Citizen, consent_id: UUID, change_id: UUID, mandate: Mandate | None = None
) -> ConsentChange:
    """Return a change of the citizen's own consent; under a mandate, of a purpose that it is about.

    Raises ConsentNotFound, also for what is another's.
    """
    changes = _changes(consent_id, change_id).filter(consent__citizen=citizen)
    if mandate is not None and mandate.purposes:
        changes = changes.filter(consent__purpose__slug__in=mandate.purposes)
    return _only(changes)


def change_for_organisation(*, organisation_id: UUID, consent_id: UUID, change_id: UUID) -> ConsentChange:
    """Return a change of a consent that an organisation was given. Raises ConsentNotFound."""
    changes = _changes(consent_id, change_id).filter(
        consent__organisation_id=organisation_id, consent__given_at__isnull=False
    )
    return _only(changes.exclude(event__in=_CITIZENS_OWN))


def _changes(consent_id: UUID, change_id: UUID) -> QuerySet[ConsentChange]:
    changes: QuerySet[ConsentChange] = ConsentChange.objects.filter(pk=change_id, consent_id=consent_id)
    return changes.select_related("consent__purpose__organisation", "purpose_version__purpose", "mandate")


def _only(changes: QuerySet[ConsentChange]) -> ConsentChange:
    change = changes.first()
    if change is None:
        raise ConsentNotFound
    return change
