"""Uses of a consent that its citizen does not see yet: the numbers on a page tell no more than its lines do."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from audit.models import Record

# What takes a use. The action is registered by the floor above.
_TAKES_A_USE = "sharing.released"


def uses_kept_back(consents: Collection[UUID], *, now: datetime) -> Mapping[UUID, Sequence[datetime]]:
    """Return by consent when it was used in a case that is deferred; consents without such a use are left out."""
    found: dict[UUID, list[datetime]] = defaultdict(list)
    taken = Record.objects.kept_back(now).filter(consent__in=consents, action=_TAKES_A_USE, outcome="allowed")
    for consent, at in taken.values_list("consent", "at") if consents else ():
        assert consent is not None  # it is one of those that were asked about
        found[consent].append(at)
    return found
