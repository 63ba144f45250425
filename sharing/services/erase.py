"""Erasing a citizen on request (GDPR article 17): keys are destroyed, and what must stay is told with its reason."""

import hashlib
import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from audit.entry import Entry
from audit.services.append import append_entry
from consent.models import Citizen
from consent.receipts.signing import sign
from consent.services.citizens import lock_citizen
from consent.services.erase import erase_person, works_here
from sharing import actions
from sharing.errors import ErasureNotFound, ErasureRefused
from sharing.export.erased_and_kept import ERASED, KEPT, in_languages
from sharing.models import Erasure, Export, VaultRecord, Viewing
from sharing.services.files.forget import forget_all_files
from sharing.services.viewing.end import cut_off_without_consent

# 32 random bytes as `secrets.token_urlsafe` writes them.
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@transaction.atomic
def erase_citizen(*, citizen: Citizen, secret: str) -> Erasure:
    """Erase `citizen`: from this commit on nothing of the vault or of any copy opens, and nobody is found by the BSN.

    `secret` is the one that was in the form, by which the person finds the receipt afterwards; only its hash is kept.
    Said twice it is done once. Raises ErasureRefused, MandateRefused for a child under 16, or CitizenErased where it
    was done with another secret.
    """
    if not _SECRET.fullmatch(secret):
        raise ErasureRefused(detail=_("Open the page once more and confirm again."))
    # Whoever waited for the lock finds what was done in the meantime.
    Citizen.objects.select_for_update(no_key=True).only("pk").get(pk=citizen.pk)
    done = Erasure.objects.filter(citizen=citizen, secret_hash=_hash(secret)).first()
    if done is not None:
        return done
    lock_citizen(citizen)
    if works_here(citizen):
        detail = _("You also work for an organisation here. Ask your organisation to end your role first.")
        raise ErasureRefused(detail=detail)
    now = timezone.now()
    exports, _rows = Export.objects.filter(citizen=citizen).delete()
    records, _rows = VaultRecord.objects.filter(citizen=citizen).delete()
    uploads, files = forget_all_files(citizen, at=now)
    counts = {
        "vault_records_removed": records,
        "files_removed": files,
        "uploads_removed": uploads,
        "exports_removed": exports,
        **asdict(erase_person(citizen=citizen, at=now)),
    }
    # Before the last entry about this person, and not in one after it.
    cut_off_without_consent(Viewing.objects.filter(release__consent__citizen=citizen))
    entry = append_entry(
        Entry(
            action=actions.ERASED.name,
            outcome="allowed",
            at=now,
            subject=citizen.log_subject,
            details={_member(name): count for name, count in counts.items()},
        )
    )
    erasure = Erasure(id=uuid7(), citizen=citizen, erased_at=now, secret_hash=_hash(secret))
    erasure.receipt = sign(_payload(erasure, citizen.log_subject, str(entry.id), counts, now), kind="erasure")
    erasure.save(force_insert=True)
    return erasure


def find_erasure(*, secret: str) -> Erasure:
    """Return the erasure whose receipt `secret` opens; raise ErasureNotFound."""
    found = Erasure.objects.filter(secret_hash=_hash(secret)).first() if _SECRET.fullmatch(secret) else None
    if found is None:
        raise ErasureNotFound(detail=_("The address is not complete, or nobody was erased under it."))
    return found


def _payload(
    erasure: Erasure, log_subject: str, entry_id: str, counts: dict[str, int], now: datetime
) -> dict[str, Any]:
    """Return what the receipt says. It names nobody: the pseudonym is the one in the lines of the log that stay."""
    return {
        "id": str(erasure.pk),
        "erasedAt": now.isoformat(),
        "logSubject": log_subject,
        "entry": entry_id,
        "counts": {_member(name): count for name, count in counts.items()},
        "erased": [{"code": code, "text": in_languages(text)} for code, text in ERASED],
        "kept": [{"code": code, "text": in_languages(text), "reason": in_languages(why)} for code, text, why in KEPT],
    }


def _member(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.title() for part in others)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
