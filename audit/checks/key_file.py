"""What is asked of every file that holds a private key; the checks of other apps use it too."""

import stat
from collections.abc import Callable
from pathlib import Path

from django.core.checks import CheckMessage, Error

from audit.errors import Unavailable


def others_may_read(file: Path) -> bool:
    """Tell whether another account of the machine than the owner may use the file. One that is absent nobody may."""
    return file.exists() and bool(file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def exposed_key(file: Path, *, signs: str, then: str, id: str) -> CheckMessage:  # noqa: A002 Django's own name for it
    """Say that others may read a key; `then` is what to do if they could sign in here."""
    return Error(
        f"Others may read the key that signs {signs}: {file}.",
        hint=f"Run: chmod 600 {file}. If others could sign in to this machine, {then}",
        id=id,
    )


def key_file_faults(
    file: Path,
    *,
    load: Callable[[], object],
    missing: CheckMessage,
    exposed: CheckMessage,
    unusable: CheckMessage,
) -> list[CheckMessage]:
    """Return the first of the three that holds, `unusable` where `load` raises Unavailable; none if all is well."""
    if not file.exists():
        return [missing]
    if others_may_read(file):
        return [exposed]
    try:
        load()
    except Unavailable:
        return [unusable]
    return []
