"""The organisation identification number (OIN) of Dutch government: 20 digits, as Logius issues them."""

import re

_OIN = re.compile(r"[0-9]{20}", re.ASCII)


def is_oin(value: str) -> bool:
    """Tell whether `value` is twenty ASCII digits."""
    return _OIN.fullmatch(value) is not None
