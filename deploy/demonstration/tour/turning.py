"""The keys turn: survivors stay readable, and a backup from before the withdrawal becomes a heap of useless wraps."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

from django.core import serializers
from django.core.management import call_command
from django.utils import timezone

from consent.errors import DoesNotOpen, KeyDestroyed, KeySuspended
from consent.keys import consent_key
from consent.keys.consent_key import find_consent_key
from consent.keys.envelope import unseal
from consent.keys.memory import memory
from consent.keys.models import ConsentKey, Epoch, PurposeKey
from consent.keys.ring import purpose_binding, random_key_binding
from consent.keys.rotation.destroy import FORGOTTEN_AFTER, destroy_epoch, empty_epoch
from consent.keys.service import key_service
from consent.models import Consent
from deploy.demonstration.tour.journey import GRANTED, Journey
from deploy.demonstration.tour.scratch_copy import run_command
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal, expect_same_names
from sharing.models import SealedItem
from sharing.services.copies import open_item


def keep_backup(journey: Journey) -> str:
    assert journey.consent_id is not None
    folder = Path(mkdtemp(prefix="deelwijs-tour-"))
    journey.key_backup = folder / "keys.json"
    call_command("dumpdata", "keys", output=str(journey.key_backup), verbosity=0)
    opened = _steal(journey.key_backup, journey.consent_id)
    expect_same_names("fields that the backup opens", GRANTED, opened)
    size = journey.key_backup.stat().st_size
    return f"{size:,} bytes of wrapped keys; with the key service they open {len(opened)} fields"


def still_open_from_backup(journey: Journey) -> str:
    assert journey.consent_id is not None
    assert journey.key_backup is not None
    # That is what the published number is about: deleting is not shredding.
    opened = _steal(journey.key_backup, journey.consent_id)
    expect_same_names("fields that the backup opens", GRANTED, opened)
    return f"a backup from before still opens {len(opened)} fields, until the main key of that time is destroyed"


def turn_keys(journey: Journey) -> str:
    for command in ("rotate", "rewrap"):
        done = run_command("keys", command)
        expect_equal(f"manage.py keys {command}", (0, ""), (done.returncode, done.stderr.strip()))
    retired = list(Epoch.objects.retired())
    now = timezone.now()
    for epoch in retired:
        # By a clock that is given: nobody waits until each process has forgotten what it opened.
        empty_epoch(epoch, now=now)
        destroy_epoch(epoch, now=now + FORGOTTEN_AFTER + timedelta(seconds=1))
    memory.forget()
    names = ", ".join(epoch.key_name for epoch in retired)
    expect("no retired key in the key service", not names or names not in key_service().names(), key_service().names())
    return f"{done.stdout.strip()} Destroyed in the key service: {names}"


def open_survivors(journey: Journey) -> str:
    standing = list(Consent.objects.given().values_list("pk", flat=True))
    for consent_id in standing:
        key = find_consent_key(consent_id)
        for item in SealedItem.objects.filter(consent_id=consent_id):
            open_item(item, consent_key=key)
    expect("consents that stand", bool(standing), len(standing))
    return f"all copies of {len(standing)} consents that stand open"


def nothing_from_backup(journey: Journey) -> str:
    assert journey.consent_id is not None
    assert journey.key_backup is not None
    opened = _steal(journey.key_backup, journey.consent_id)
    if opened:
        raise StepFailed(expected="nothing opens", received=f"the backup opened {', '.join(sorted(opened))}")
    journey.key_backup.unlink()
    journey.key_backup.parent.rmdir()
    return "the restored backup, the live database and the live key service together open nothing"


def _steal(backup: Path, consent_id: UUID) -> set[str]:
    """Open the copies of a consent with the keys of a backup and the live key service; return the fields' names."""
    items = list(SealedItem.objects.filter(consent_id=consent_id))
    return {
        name for key in _stolen_keys(backup, consent_id) for item in items for name in open_item(item, consent_key=key)
    }


def _stolen_keys(backup: Path, consent_id: UUID) -> Iterator[bytes]:
    """Restore a backup of the key tables, and open what the live key service still opens of it, and of today's."""
    restored = [row.object for row in serializers.deserialize("json", backup.read_text(encoding="utf-8"))]
    epochs = {row.number: row.key_name for row in restored if isinstance(row, Epoch)}
    epochs |= dict(Epoch.objects.values_list("number", "key_name"))
    purposes = [row for row in restored if isinstance(row, PurposeKey)] + list(PurposeKey.objects.all())
    keys = [row for row in restored if isinstance(row, ConsentKey) and row.consent_id == consent_id and row.wrapped]
    for row in keys:
        for purpose in purposes:
            associated = random_key_binding(consent_key.LEVEL, consent_id, purpose.pk, row.generation)
            try:
                opened = key_service().unwrap(
                    epochs[purpose.epoch_id], bytes(purpose.wrapped), purpose_binding(purpose)
                )
                yield unseal(opened, bytes(row.wrapped or b""), associated)
            except (DoesNotOpen, KeyDestroyed, KeySuspended):
                continue


BACKUP = (Step("Somebody keeps a backup of the keys", keep_backup),)
STEPS = (
    Step("The backup still opens what was withdrawn", still_open_from_backup),
    Step("The keys turn, and the old main key is destroyed", turn_keys),
    Step("What nobody withdrew stays readable", open_survivors),
    Step("The backup opens nothing any more", nothing_from_backup),
)
