"""Everything about one citizen as a file: asked by the citizen, made in the background, kept for a week."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actions import Action
from audit.entry import Entry
from audit.services.append import append_entry
from consent.errors import KeyDestroyed
from consent.keys.binding import binding
from consent.keys.envelope import seal, unseal
from consent.keys.vault_key import open_vault_key
from consent.models import Act, Citizen, Mandate
from consent.notice import LANGUAGES
from consent.services.citizens import lock_citizen
from consent.services.mandates import acting_for_text, check_mandate
from sharing import actions
from sharing.errors import ExportNotFound, ExportNotReady
from sharing.export.archive import make_archive
from sharing.models import Export

KEPT_FOR = timedelta(days=7)
# A worker that died, or a queue that lost the task, is not waited for longer.
RETRY_AFTER = timedelta(minutes=15)

_OPEN_STATES = (Export.State.WAITING, Export.State.WORKING)


@transaction.atomic
def ask_export(*, citizen: Citizen, languages: Sequence[str], mandate: Mandate | None = None) -> tuple[Export, bool]:
    """Ask for the file with everything about `citizen`; return it, and whether it is a new one.

    While one is being made, asking again gives that one. `languages` are those of the page for people; what is not a
    language of this service is left out, and without any it is in Dutch. Raises MandateRefused or CitizenErased.
    """
    lock_citizen(citizen)
    now = timezone.now()
    if mandate is not None:
        check_mandate(mandate, citizen=citizen, act=Act.CHANGE, purpose="", now=now)
    standing = Export.objects.filter(citizen=citizen, state__in=_OPEN_STATES).first()
    if standing is not None:
        return standing, False
    chosen = [language for language in LANGUAGES if language in languages] or ["nl"]
    export = Export.objects.create(
        citizen=citizen, language=" ".join(chosen), asked_at=now, ends_at=now + KEPT_FOR, total=0
    )
    _log(actions.EXPORT_ASKED, export, citizen, mandate)
    return export, True


def make_export(*, export_id: UUID) -> None:
    """Make the file. Safe to run twice, and at once: each makes the same file and one of them stores it.

    Nothing is done for a file that is ready or no more. Raises what keeps it from being made; the caller tries again.
    """
    export = Export.objects.filter(pk=export_id, state__in=_OPEN_STATES).select_related("citizen__account").first()
    if export is None:
        return
    try:
        key = open_vault_key(export.citizen)
    except KeyDestroyed:
        # Erased a moment ago: there is nothing to make any more.
        Export.objects.filter(pk=export_id).delete()
        return
    content = make_archive(
        export.citizen,
        key=key,
        languages=tuple(export.language.split()),
        progress=lambda done, total: _progress(export_id, done, total),
    )
    with transaction.atomic():
        # As an erasure does: either the file is there to be removed, or the erasure is there to be seen.
        lock_citizen(export.citizen)
        now = timezone.now()
        stored = Export.objects.filter(pk=export_id, state__in=_OPEN_STATES).update(
            state=Export.State.READY,
            sealed=seal(key, content, _binding(export)),
            ready_at=now,
            ends_at=now + KEPT_FOR,
        )
        if not stored:
            return
        # Of everything about somebody one file is enough.
        Export.objects.filter(citizen=export.citizen).exclude(pk=export_id).delete()
        _log(actions.EXPORT_MADE, export, export.citizen, None)


def fail_export(*, export_id: UUID) -> None:
    """Say that the file could not be made, so that the citizen can ask again."""
    Export.objects.filter(pk=export_id, state__in=_OPEN_STATES).update(state=Export.State.FAILED)


def find_export(*, citizen: Citizen, export_id: UUID) -> Export:
    """Return an export of `citizen`, without the file itself; raise ExportNotFound for another's and for one gone."""
    found = Export.objects.filter(pk=export_id, citizen=citizen, ends_at__gt=timezone.now()).defer("sealed").first()
    if found is None:
        raise ExportNotFound(detail=_("It was thrown away after a week, or it never was there. Ask for a new one."))
    return found


@transaction.atomic
def open_export(*, citizen: Citizen, export_id: UUID, mandate: Mandate | None = None) -> bytes:
    """Return the ZIP file, after its entry: no log, no data.

    Raises ExportNotFound, ExportNotReady, MandateRefused or CitizenErased.
    """
    lock_citizen(citizen)
    now = timezone.now()
    if mandate is not None:
        check_mandate(mandate, citizen=citizen, act=Act.CHANGE, purpose="", now=now)
    export = find_export(citizen=citizen, export_id=export_id)
    if export.state != Export.State.READY or export.sealed is None:
        raise ExportNotReady(detail=_("It is still being made. Look again in a moment."))
    content = unseal(open_vault_key(citizen), bytes(export.sealed), _binding(export))
    _log(actions.EXPORT_DOWNLOADED, export, citizen, mandate)
    return content


def newest_export(citizen: Citizen) -> Export | None:
    """Return the export that was asked last and is not over, without the file itself."""
    found: Export | None = (
        Export.objects.filter(citizen=citizen, ends_at__gt=timezone.now()).defer("sealed").order_by("-pk").first()
    )
    return found


def remove_exports() -> int:
    """Throw away the files whose week is over; return how many."""
    removed, _rows = Export.objects.filter(ends_at__lte=timezone.now()).delete()
    return removed


def waiting_exports() -> list[UUID]:
    """Return the exports whose making was begun so long ago that nobody can be at it any more."""
    overdue = Export.objects.filter(state__in=_OPEN_STATES, asked_at__lte=timezone.now() - RETRY_AFTER)
    return list(overdue.values_list("pk", flat=True))


def _progress(export_id: UUID, done: int, total: int) -> None:
    Export.objects.filter(pk=export_id, state__in=_OPEN_STATES).update(
        state=Export.State.WORKING, done=done, total=total
    )


def _log(action: Action, export: Export, citizen: Citizen, mandate: Mandate | None) -> None:
    append_entry(
        Entry(
            action=action.name,
            outcome="allowed",
            subject=citizen.log_subject,
            acting_for=acting_for_text(mandate),
            details={"export": str(export.pk)},
        )
    )


def _binding(export: Export) -> bytes:
    return binding("export", export.citizen_id, export.pk)
