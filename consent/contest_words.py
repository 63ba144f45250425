"""What a citizen and a privacy officer write to each other about a line of the log, sealed to the citizen's vault key.

So it goes when the citizen is erased. Whose it is and what it is stand in its associated data: it opens nowhere else.
"""

from collections.abc import Mapping

from consent.errors import CitizenErased, KeyDestroyed
from consent.keys.binding import binding
from consent.keys.envelope import seal, unseal
from consent.keys.vault_key import open_vault_key
from consent.models import Citizen

_LEVEL = "contest-words"


def seal_words(subject: str, label: str, words: str) -> bytes:
    """Seal `words` for the citizen whom the log knows as `subject`; raise CitizenErased if there is no such."""
    citizen = Citizen.objects.filter(log_subject=subject, erased_at=None).first()
    if citizen is None:
        raise CitizenErased
    return seal(open_vault_key(citizen), words.encode(), binding(_LEVEL, citizen.pk, label))


def open_words(subject: str, sealed: Mapping[str, bytes]) -> dict[str, str]:
    """Return {label: words} of one citizen; nothing for who was erased."""
    citizen = Citizen.objects.filter(log_subject=subject, erased_at=None).first() if sealed else None
    if citizen is None:
        return {}
    try:
        key = open_vault_key(citizen)
    except KeyDestroyed:
        return {}
    return {label: unseal(key, one, binding(_LEVEL, citizen.pk, label)).decode() for label, one in sealed.items()}
