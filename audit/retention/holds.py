"""What keeps a record from being erased although its period is over: a contest, a deferral, a legal hold.

Whoever has a reason registers it here; nothing is erased that any of them holds. The tables that a reason looks into
must be readable for the eraser (`audit.roles`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from audit.errors import Text
from audit.models import Hold

Holds = Callable[[datetime], Q]
"""At a moment, the condition on records (`audit.models.Record`) under which one of them is held.

Mostly `Q(Exists(Rows.objects.filter(entry_id=OuterRef("entry_id"), …)))`, so that an index answers for each record.
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """A reason why records are kept, and what it is called."""

    name: str
    title: Text
    holds: Holds


_registered: dict[str, Holder] = {}


def register_holder(holder: Holder) -> Holder:
    """Add a reason. Raise ValueError if its name means something else already."""
    if _registered.setdefault(holder.name, holder) != holder:
        raise ValueError(f"{holder.name!r} is registered twice as what holds records")
    return holder


def all_holders() -> list[Holder]:
    return list(_registered.values())


def is_held(now: datetime) -> Q:
    """Return the condition under which any reason holds a record."""
    return reduce(or_, (holder.holds(now) for holder in all_holders()))


def _under_legal_hold(now: datetime) -> Q:
    # A hold covers what its organisation did, and what a resident did.
    of_organisation = Q(organisation=OuterRef("organisation")) | Q(Exact(OuterRef("organisation"), Value("")))
    target = (
        Q(entry_id=OuterRef("entry_id"))
        | Q(subject=OuterRef("subject"), subject__gt="")
        | Q(case=OuterRef("case"), case__gt="")
        | Q(consent=OuterRef("consent"))
    )
    return Q(Exists(Hold.objects.standing(now).filter(of_organisation, target)))


LEGAL_HOLD = register_holder(Holder("legal-hold", _("A legal hold"), _under_legal_hold))
