"""Let a key of the log come into use, and let one go out of use, at a size of the log that is told with it.

The head is locked meanwhile, and the sequencer reads its keys with the head locked: so each checkpoint over more
leaves than were signed before carries the signature of the new key, and none that of the key that went.
"""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from audit.fork_guard.last_checkpoint import read_last_checkpoint
from audit.models import Checkpoint, LogHead
from audit.signing.log_key import KeyFiles, load_verifier
from audit.signing.log_keys import Algorithm, LogKey


@transaction.atomic
def add_log_key(*, algorithm: Algorithm, beside_another: bool) -> LogKey:
    """Make a key that signs from the next checkpoint on.

    Raise KeyInUse if one of its kind signs and `beside_another` is false, OverlapNotOver if two do, and
    LogKeyUnusable where there are no key files yet.
    """
    return _key_files().add(algorithm, first_size=_signed_size() + 1, beside_another=beside_another)


@transaction.atomic
def retire_log_keys(*, algorithm: Algorithm, all_of_them: bool = False) -> list[LogKey]:
    """Let the older keys of a kind go, or all of them; return these. Raise NothingToRetire if there is none to go."""
    return _key_files().retire(algorithm, last_size=_signed_size(), all_of_them=all_of_them)


def _key_files() -> KeyFiles:
    return KeyFiles(Path(settings.LOG_SIGNING_KEY_FILE))


def _signed_size() -> int:
    """Lock the head, and return the size of the largest tree that was signed, -1 before the first.

    A database that was set back does not know it, and the memory outside it does.
    """
    LogHead.objects.select_for_update().get()
    newest = Checkpoint.objects.newest_first().first()
    last = read_last_checkpoint(load_verifier())
    return max(newest.size if newest else -1, last.head.size if last and last.head else -1)
