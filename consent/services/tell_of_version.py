"""Telling the people who stand on an older text that there is another one. Their consents stay as they are."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent.models import Consent, Mail, Purpose, PurposeVersion
from consent.services.mail import post_mail

BATCH = 500
# The task that publishing starts may be lost with its queue; who was told already is told nothing twice.
_LOOKS_BACK = timedelta(days=7)


def tell_of_version(version_id: UUID) -> int:
    """Post a message to everyone who stands on an older version; return how many stand there.

    Nothing to anybody once a newer version is in force: that one tells its own.
    """
    version = PurposeVersion.objects.filter(pk=version_id).select_related("purpose").first()
    if version is None or version.purpose.current_version_id != version.pk or version.purpose.retired_at is not None:
        return 0
    told, after = 0, None
    while batch := _batch(version, after):
        with transaction.atomic():
            now = timezone.now()
            for consent in batch:
                post_mail(
                    citizen=consent.citizen, kind=Mail.Kind.VERSION_CHANGED, about=version.pk, consent=consent, at=now
                )
        told += len(batch)
        after = batch[-1].citizen_id
    return told


def tell_of_recent_versions() -> int:
    """Do so for every version that came into force in the last days."""
    recent = Purpose.objects.in_force().filter(
        current_version__number__gt=1, current_version__published_at__gt=timezone.now() - _LOOKS_BACK
    )
    return sum(tell_of_version(version_id) for version_id in recent.values_list("current_version", flat=True))


def _batch(version: PurposeVersion, after: UUID | None) -> list[Consent]:
    """Return the next standing consents by citizen, of whom each has at most one for a purpose."""
    found = Consent.objects.standing().filter(purpose_id=version.purpose_id).exclude(purpose_version=version)
    if after is not None:
        found = found.filter(citizen_id__gt=after)
    return list(found.select_related("citizen").order_by("citizen_id")[:BATCH])
