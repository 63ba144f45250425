"""Confirming that what was released is deleted, as the citizen's consent says that it must be."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.entry import Entry
from audit.models import Record
from audit.services.append import append_entry
from consent.actor import Actor
from consent.receipts.signing import sign
from sharing import actions
from sharing.errors import NothingToDelete, ReleaseNotFound
from sharing.models import Deletion, Release


@dataclass(frozen=True, slots=True)
class ConfirmedDeletion:
    """A confirmed deletion with its signed receipt, a compact JWS. `repeated` when it had been confirmed before."""

    deletion: Deletion
    receipt: str
    repeated: bool


@transaction.atomic
def confirm_deletion(*, actor: Actor, release_id: UUID) -> ConfirmedDeletion:
    """Store that the actor's organisation says to have deleted what a release gave it, and return the receipt.

    Said twice it is said once, with the same receipt. Raises ReleaseNotFound for another organisation's release and
    for none, NothingToDelete where the consent does not say how long the data may be kept.
    """
    release = (
        Release.objects.of_organisation(actor.organisation_id)
        .select_related("request__purpose_version__purpose", "consent__citizen", "consent__purpose_version")
        .filter(pk=release_id)
        .first()
    )
    if release is None:
        raise ReleaseNotFound
    # Of two confirmations at once the second finds the first.
    deletion = Deletion.objects.select_for_update(no_key=True).filter(pk=release_id).first()
    if deletion is None:
        raise NothingToDelete(detail=_("The consent does not say how long this data may be kept."))
    repeated = deletion.confirmed_at is not None
    if not repeated:
        _confirm(deletion, release, actor, timezone.now())
    return ConfirmedDeletion(deletion, sign(_payload(deletion, release, actor), kind="deletion"), repeated)


def _confirm(deletion: Deletion, release: Release, actor: Actor, now: datetime) -> None:
    consent = release.consent
    released = Record.objects.filter(entry_id=release.entry).first()
    entry = append_entry(
        Entry(
            action=actions.DELETED.name,
            outcome="allowed",
            at=now,
            subject=consent.citizen.log_subject,
            organisation=actor.oin,
            role=actor.role,
            department=actor.department,
            user_sealed=actor.sealed_name,
            purpose=release.request.purpose_version.purpose.slug,
            purpose_version=consent.purpose_version_id,
            legal_basis=consent.purpose_version.legal_basis,
            processing_activity=consent.purpose_version.processing_activity,
            consent=consent.pk,
            consent_version=consent.version,
            request=release.request_id,
            release=release.pk,
            related=release.entry,
            case=release.request.case,
            fields=tuple(release.request.fields),
            details={
                "deleteBefore": _time_text(deletion.due_at),
                "late": now > deletion.due_at,
                # What was kept back is not told by its end.
                **(released.entry.kept_back if released else {}),
            },
        )
    )
    deletion.confirmed_at, deletion.actor, deletion.entry = now, actor.id, entry.id
    deletion.save(update_fields=["confirmed_at", "actor", "entry"])


def _payload(deletion: Deletion, release: Release, actor: Actor) -> dict[str, object]:
    """Return what the receipt says: who, what release, when; nothing of whom it was about or what it gave."""
    assert deletion.confirmed_at is not None
    return {
        "organisation": actor.oin,
        "purpose": release.request.purpose_version.purpose.slug,
        "consentId": str(release.consent_id),
        "requestId": str(release.request_id),
        "releaseId": str(release.pk),
        "releasedAt": _time_text(release.released_at),
        "deleteBefore": _time_text(deletion.due_at),
        "confirmedAt": _time_text(deletion.confirmed_at),
        "entryId": str(deletion.entry),
    }


def _time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
