"""Keep what witnesses signed, and publish what enough of them did.

Publishing fails closed: without the cosignatures that the policy asks, what readers see stays where it was. Logging
does not wait for any of this.
"""

from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from audit.models import Checkpoint, Cosignature, Publication
from audit.signing.signed_note import NoteError
from audit.witness.cosignature import Cosigner
from audit.witness.policy import Policy, Witness
from audit.witness.signature_line import SignatureLine, split_note


@transaction.atomic
def keep_cosignature(*, size: int, cosigner: Cosigner, line: SignatureLine) -> bool:
    """Keep a line of a witness under the checkpoint over `size` leaves; return whether it is news.

    It is checked once more, against the checkpoint as it stands in the database. Raise NoteError if it is wrong.
    """
    body, _lines = split_note(Checkpoint.objects.get(size=size).note)
    at = cosigner.verify(line, body)
    key = {"size": size, "key_name": cosigner.name, "key_id": cosigner.key_id.hex()}
    rest = {"line": str(line), "at": datetime.fromtimestamp(at, tz=UTC), "received_at": timezone.now()}
    _kept, is_news = Cosignature.objects.get_or_create(**key, defaults=rest)
    return is_news


@transaction.atomic
def publish_if_enough(*, size: int, policy: Policy) -> bool:
    """Publish the checkpoint over `size` leaves if the policy is met; return whether it is published now.

    Every cosignature is checked against the key in the policy before it counts.
    """
    if Publication.objects.filter(size=size).exists():
        return True
    if not policy.is_met(witnesses_of(size=size, policy=policy)):
        return False
    Publication.objects.get_or_create(size=size, defaults={"at": timezone.now()})
    return True


def witnesses_of(*, size: int, policy: Policy) -> set[str]:
    """Name the witnesses of the policy whose cosignature stands under a checkpoint, and verifies."""
    body, _lines = split_note(Checkpoint.objects.get(size=size).note)
    lines = [SignatureLine.read(kept.line) for kept in Cosignature.objects.over(size)]
    return {witness.name for witness in policy.witnesses if any(_counts(witness, line, body) for line in lines)}


def _counts(witness: Witness, line: SignatureLine, body: str) -> bool:
    if not witness.cosigner.made(line):
        return False
    try:
        witness.cosigner.verify(line, body)
    except NoteError:
        # Somebody put it into the table. What verifies still counts.
        return False
    return True
