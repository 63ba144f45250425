"""What a key may be called, in a folder, a token and an address alike."""

import re

# Stands in every service that was ever used. It tells a service that lost a key from one that is empty because
# another disk, token or mount is in its place. It wraps nothing, and no key may have its name.
MARK = "deelwijs-keys"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")


def checked_name(name: str) -> str:
    """Return `name`; raise ValueError when no key may be called so."""
    if not _NAME.fullmatch(name) or name == MARK:
        raise ValueError(f"{name!r} is no name for a key")
    return name
