"""The parts of everything about one citizen, JSON-safe, each with as many queries for one row as for a thousand.

Names of staff are in none of them: they are sealed, and disclosed by rule (CJEU C-579/21).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from audit.contests.written import words_of
from audit.models import Contest, Record
from audit.models.record import RecordQuerySet
from audit.pages.paging import record_page
from audit.timeline import DescribedEntry, describe
from consent.kept_back import uses_kept_back
from consent.keys.binding import binding
from consent.keys.envelope import unseal
from consent.mail.secret import open_address
from consent.models import Approval, Citizen, Consent, ConsentChange, Mail, MailAddress, Mandate, Offer
from consent.services.contest import viewer_of
from sharing import actions
from sharing.files.keys import open_file_name, open_upload_name
from sharing.models import Request, StoredFile, Upload, VaultRecord
from sharing.services.open_vault import open_vault

Part = dict[str, Any]

# The archive is made and kept whole.
LARGEST_FILES_TOGETHER = 50 * 1024 * 1024
EXTENSIONS = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "image/jpeg": "jpg",
    "image/png": "png",
    "application/pdf": "pdf",
}
_BATCH = 200


def person(citizen: Citizen, key: bytes) -> Part:
    """Who this is: `key` is the citizen's vault key, which the number is sealed to."""
    return {
        "name": citizen.account.display_name,
        "bsn": unseal(key, bytes(citizen.bsn_sealed), binding("bsn", citizen.pk)).decode(),
        "language": citizen.account.language,
        "registeredAt": _time(citizen.created_at),
        "accountMadeAt": _time(citizen.account.created_at),
        "lastSignInAt": _time(citizen.account.last_login),
        "nameInTheLog": citizen.log_subject,
    }


def preferences(citizen: Citizen) -> Part:
    """How we may reach the citizen."""
    address = MailAddress.objects.filter(citizen=citizen).first()
    return {
        "quiet": citizen.quiet,
        "mailAddress": None if address is None else open_address(citizen, bytes(address.sealed)),
        "mailAddressConfirmedAt": None if address is None else _time(address.confirmed_at),
        "mailAddressChangedAt": None if address is None else _time(address.changed_at),
    }


def vault(citizen: Citizen) -> list[Part]:
    """The own records, opened, by dataset."""
    records = list(
        VaultRecord.objects.filter(citizen=citizen)
        .select_related("dataset_version__dataset")
        .order_by("dataset_version__dataset__slug", "dataset_version__number")
    )
    opened = open_vault(citizen, {record.dataset_version_id for record in records})
    return [
        {
            "dataset": record.dataset_version.dataset.slug,
            "datasetVersion": record.dataset_version.number,
            "title": record.dataset_version.title,
            "fields": record.dataset_version.fields,
            "version": record.version,
            "changedAt": _time(record.changed_at),
            "content": opened[record.dataset_version_id],
        }
        for record in records
        if record.dataset_version_id in opened
    ]


def files(citizen: Citizen, key: bytes) -> list[Part]:
    """The files in the vault; `path` is where each is in the archive, None for one that is too large to be in it.

    That one can be downloaded apart, at `address`, by its citizen. `key` is the citizen's vault key.
    """
    room = LARGEST_FILES_TOGETHER
    found = []
    for file in StoredFile.objects.in_vault_of(citizen).select_related("dataset_version__dataset").order_by("pk"):
        fits = file.size <= room
        room -= file.size if fits else 0
        found.append(
            {
                "id": str(file.pk),
                "name": open_file_name(file, vault_key=key),
                "mediaType": file.media_type,
                "size": file.size,
                "dataset": file.dataset_version.dataset.slug,
                "field": file.pointer,
                "storedAt": _time(file.stored_at),
                "path": f"files/{file.pk}.{EXTENSIONS[file.media_type]}" if fits else None,
                "address": f"{settings.SERVICE_ADDRESS}/my/files/{file.pk}",
            }
        )
    return found


def uploads(citizen: Citizen, key: bytes) -> list[Part]:
    """The files that are on their way in, or were a day ago."""
    return [
        {
            "id": str(upload.pk),
            "name": open_upload_name(upload, vault_key=key),
            "state": upload.state,
            "refusal": upload.refusal or None,
            "size": upload.announced_size,
            "received": upload.received,
            "dataset": upload.dataset_version.dataset.slug,
            "field": upload.pointer,
            "keepsMetadata": upload.keeps_metadata,
            "begunAt": _time(upload.begun_at),
            "endsAt": _time(upload.ends_at),
            "file": _id(upload.file_id),
            "mandate": _id(upload.mandate_id),
        }
        for upload in Upload.objects.of_citizen(citizen).select_related("dataset_version__dataset").order_by("pk")
    ]


def consents(citizen: Citizen) -> Iterator[Part]:
    """Every question and answer with all changes, offers and approvals, and the text that was then on the screen."""
    found = (
        Consent.objects.of_citizen(citizen)
        .with_purpose()
        .prefetch_related("changes__purpose_version", "offers", "approvals")
        .order_by("pk")
    )
    kept_back = uses_kept_back(set(found.order_by().values_list("pk", flat=True)), now=timezone.now())
    for consent in found.iterator(chunk_size=_BATCH):
        unseen = kept_back.get(consent.pk, ())
        yield {
            "id": str(consent.pk),
            "purpose": consent.purpose.slug,
            "titles": {language: text["title"] for language, text in consent.purpose_version.texts.items()},
            "purposeVersion": consent.purpose_version.number,
            "organisation": {"oin": consent.purpose.organisation.oin, "name": consent.purpose.organisation.name},
            "state": consent.state,
            "version": consent.version,
            "terms": consent.conditions,
            "language": consent.language,
            "noticeHash": consent.notice_hash,
            "notice": consent.purpose_version.notices.get(consent.language),
            "usesTaken": consent.uses_taken - len(unseen),
            "pseudonym": consent.pseudonym,
            "requestedAt": _time(consent.requested_at),
            "givenAt": _time(consent.given_at),
            "endsAt": _time(consent.ends_at),
            "endedAt": _time(consent.ended_at),
            "pausedAt": _time(consent.paused_at),
            "postponedUntil": _time(consent.postponed_until),
            "mandate": _id(consent.mandate_id),
            "changes": [_change(one, unseen) for one in sorted(consent.changes.all(), key=lambda one: one.version)],
            "offers": [_offer(one) for one in sorted(consent.offers.all(), key=lambda one: one.pk)],
            "approvals": [_approval(one) for one in sorted(consent.approvals.all(), key=lambda one: one.pk)],
        }


def mandates(citizen: Citizen) -> list[Part]:
    """The mandates on both sides. Who the other is, is that person's: it is said by name only, as the pages do."""
    found = (
        Mandate.objects.filter(Q(citizen=citizen) | Q(holder=citizen))
        .select_related("citizen__account", "holder__account", "organisation")
        .order_by("pk")
    )
    return [_mandate(one, citizen) for one in found]


def requests(citizen: Citizen) -> Iterator[Part]:
    """What organisations asked about the citizen, and each time that they read, as far as the log shows it now."""
    kept_back = Record.objects.kept_back(timezone.now()).filter(subject=citizen.log_subject)
    unseen_requests = kept_back.filter(action=actions.REQUESTED.name).values_list("request", flat=True)
    unseen = set(kept_back.values_list("entry_id", flat=True))
    found = (
        Request.objects.filter(citizen=citizen)
        .exclude(pk__in=list(unseen_requests))
        .select_related("organisation", "purpose_version__purpose")
        .prefetch_related("releases")
        .order_by("pk")
    )
    for request in found.iterator(chunk_size=_BATCH):
        yield {
            "id": str(request.pk),
            "organisation": {"oin": request.organisation.oin, "name": request.organisation.name},
            "department": request.department,
            "role": request.role,
            "purpose": request.purpose_version.purpose.slug,
            "titles": {language: text["title"] for language, text in request.purpose_version.texts.items()},
            "fields": request.fields,
            "case": request.case,
            "place": request.place,
            "requestedAt": _time(request.requested_at),
            "releases": [
                {
                    "id": str(release.pk),
                    "consent": _id(release.consent_id),
                    "ground": release.ground,
                    "useNumber": release.use_number,
                    "releasedAt": _time(release.released_at),
                    "entry": str(release.entry),
                }
                for release in sorted(request.releases.all(), key=lambda one: one.pk)
                if release.entry not in unseen
            ],
        }


def mails(citizen: Citizen) -> list[Part]:
    """The messages that were sent, or that wait. Their texts are made when they are sent and are not kept."""
    return [
        {
            "id": str(mail.pk),
            "kind": mail.kind,
            "consent": _id(mail.consent_id),
            "state": mail.state,
            "createdAt": _time(mail.created_at),
            "doneAt": _time(mail.done_at),
        }
        for mail in Mail.objects.filter(citizen=citizen).order_by("pk")
    ]


def contests(citizen: Citizen) -> list[Part]:
    """What the citizen said of lines that look wrong, and what was answered; who answered stands nowhere by name."""
    found = list(Contest.objects.visible_to(viewer_of(citizen)).order_by("pk"))
    words = words_of(found)
    return [
        {
            "id": str(contest.pk),
            "entry": str(contest.entry_id),
            "organisation": contest.organisation,
            "actingFor": contest.acting_for,
            "state": contest.state,
            "raisedAt": _time(contest.raised_at),
            "answerDue": contest.due_on.isoformat(),
            "extendedAt": _time(contest.extended_at),
            "closedAt": _time(contest.closed_at),
            "outcome": contest.outcome,
            "words": words[contest.pk].claim,
            "whyLonger": words[contest.pk].extension,
            "answer": words[contest.pk].answer,
        }
        for contest in found
    ]


def timeline(citizen: Citizen) -> Iterator[Part]:
    """The lines of the log about the citizen, newest first, with the text that was committed to, letter by letter."""
    for records in record_batches(citizen):
        for record, described in zip(records, describe(records, reader="subject"), strict=True):
            yield _line(record, described)


def record_batches(citizen: Citizen) -> Iterator[list[Record]]:
    """Yield the records about the citizen, newest first, a few hundred at a time."""
    about: RecordQuerySet = Record.objects.visible_to(viewer_of(citizen))
    before = ""
    while True:
        page = record_page(about, before=before, size=_BATCH)
        if page.records:
            yield page.records
        if not page.older:
            return
        before = page.older


def changes(citizen: Citizen) -> Iterator[ConsentChange]:
    """Yield the changes of all consents with all that their receipts are written from."""
    yield from (
        ConsentChange.objects.filter(consent__citizen=citizen)
        .select_related("consent__purpose__organisation", "purpose_version__purpose", "mandate")
        .order_by("consent_id", "version")
        .iterator(chunk_size=_BATCH)
    )


def _line(record: Record, described: DescribedEntry) -> Part:
    return {
        "id": str(record.entry_id),
        "at": _time(described.entry.at),
        "title": str(described.action_title),
        "outcome": described.entry.outcome,
        "organisation": described.organisation_name,
        "canonical": bytes(record.canonical).decode(),
        "salt": bytes(record.salt).hex(),
        "leafIndex": described.leaf_index,
        # Signed in as this citizen, that address gives a proof that anybody can check.
        "proof": f"{settings.SERVICE_ADDRESS}{reverse('entry-proof', args=[record.entry_id])}",
    }


def _change(change: ConsentChange, unseen: Sequence[datetime]) -> Part:
    return {
        "id": str(change.pk),
        "event": change.event,
        "state": change.state,
        "version": change.version,
        "at": _time(change.at),
        "terms": change.conditions,
        "language": change.language,
        "noticeHash": change.notice_hash,
        "purposeVersion": change.purpose_version.number,
        "usesTaken": change.uses_taken - sum(at <= change.at for at in unseen),
        "mandate": _id(change.mandate_id),
        "entry": str(change.entry),
        "receipt": f"receipts/{change.pk}.jws",
    }


def _offer(offer: Offer) -> Part:
    return {
        "id": str(offer.pk),
        "state": offer.state,
        "terms": offer.conditions,
        "language": offer.language,
        "noticeHash": offer.notice_hash,
        "madeAt": _time(offer.made_at),
        "answeredAt": _time(offer.answered_at),
        "mandate": _id(offer.mandate_id),
    }


def _approval(approval: Approval) -> Part:
    return {
        "id": str(approval.pk),
        "request": str(approval.request),
        "state": approval.state,
        "fields": approval.fields,
        "case": approval.case,
        "organisation": approval.oin,
        "department": approval.department,
        "role": approval.role,
        "askedAt": _time(approval.asked_at),
        "answeredAt": _time(approval.answered_at),
        "usedAt": _time(approval.used_at),
    }


def _mandate(mandate: Mandate, citizen: Citizen) -> Part:
    holder = mandate.holder
    return {
        "id": str(mandate.pk),
        "kind": mandate.kind,
        "youActFor": mandate.citizen.account.display_name if mandate.citizen_id != citizen.pk else None,
        "actsForYou": holder.account.display_name if holder is not None and holder.pk != citizen.pk else None,
        "purposes": mandate.purposes,
        "acts": mandate.acts,
        "verification": mandate.verification,
        "verificationReference": mandate.verification_reference,
        "recordedBy": None if mandate.organisation is None else mandate.organisation.name,
        "startsAt": _time(mandate.starts_at),
        "endsAt": _time(mandate.ends_at),
        "endedAt": _time(mandate.ended_at),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)
