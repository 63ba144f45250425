"""How much is kept back now: numbers for everybody, so that nobody needs to wonder whether it happens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from audit.models import Deferral, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferralFigures:
    """The number of `entries` that are kept from their citizens now, under how many `deferrals`; `longest` allowed."""

    entries: int
    deferrals: int
    longest: timedelta


def deferral_figures(now: datetime | None = None) -> DeferralFigures:
    now = now or timezone.now()
    return DeferralFigures(
        entries=Record.objects.kept_back(now).count(),
        deferrals=Deferral.objects.in_force(now).count(),
        longest=settings.LOG_LONGEST_DEFERRAL,
    )
