"""Database constraints on the length of byte columns."""

from django.db.models import CheckConstraint, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact


def has_bytes(column: str, length: int, *, name: str) -> CheckConstraint:
    """Constrain `column` to exactly `length` bytes. A short hash would verify against nothing, for ever."""
    return CheckConstraint(condition=Q(Exact(Length(column), length)), name=name)
