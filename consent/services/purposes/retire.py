"""The end of a purpose: by an officer, or because its pilot is over."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.entry import Entry
from audit.services.append import append_entry
from consent import actions
from consent.models import Account, Consent, Purpose, Role
from consent.services.purposes.roles import require_role


@transaction.atomic
def retire_purpose(*, purpose: Purpose, officer: Account) -> None:
    """Stop a purpose: nothing is asked, granted or released for it any more. Said twice is said once."""
    member = require_role(officer, purpose.organisation, Role.PRIVACY_OFFICER)
    _retire(
        purpose,
        timezone.now(),
        role=Role.PRIVACY_OFFICER,
        department=member.department,
        user_sealed=bytes(member.sealed_name),
    )


def end_pilots(now: datetime | None = None) -> int:
    """Retire the purposes whose current version is a pilot that is over; return how many.

    The last day of a pilot is a whole day in Europe/Amsterdam.
    """
    now = now or timezone.now()
    over = Purpose.objects.in_force().filter(current_version__pilot_ends_on__lt=timezone.localdate(now))
    return sum(_end_pilot(purpose, now) for purpose in over.select_related("organisation"))


@transaction.atomic
def _end_pilot(purpose: Purpose, now: datetime) -> bool:
    return _retire(purpose, now, reason="pilot-ended")


def _retire(purpose: Purpose, now: datetime, **who: Any) -> bool:
    if not Purpose.objects.filter(pk=purpose.pk, retired_at__isnull=True).update(retired_at=now):
        return False
    # A release that has decided and not yet counted finds another version, and decides again.
    Consent.objects.filter(purpose=purpose).given().update(version=F("version") + 1)
    append_entry(
        Entry(
            action=actions.PURPOSE_RETIRED.name,
            outcome="allowed",
            at=now,
            organisation=purpose.organisation.oin,
            purpose=purpose.slug,
            **who,
        )
    )
    return True
