"""Looking for a text, or for bytes, in whatever a thief could take away, however it is written there."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote


@dataclass(frozen=True)
class Canary:
    """Something that must stand nowhere in the open; bytes are at least 16 long, so that none is found by chance."""

    name: str
    value: str | bytes

    @cached_property
    def writings(self) -> frozenset[bytes]:
        """Return every way in which it would be recognised."""
        if isinstance(self.value, bytes):
            return frozenset(_writings(self.value))
        plain = {self.value.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")}
        text = {json.dumps(self.value)[1:-1].encode(), quote(self.value).encode()}
        return frozenset(text.union(*(_writings(one) for one in plain)))


def _writings(value: bytes) -> set[bytes]:
    as_python = repr(value)[2:-1].encode()
    hexadecimal = value.hex().encode()
    return {value, as_python, hexadecimal, hexadecimal.upper(), *_base64(value)}


def _base64(value: bytes) -> Iterable[bytes]:
    """Yield how `value` looks inside base64, at each of the three places where it may begin, without its edges."""
    for before, dropped in ((0, 0), (1, 2), (2, 3)):
        whole = (before + len(value)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(before) + value)[dropped:whole]


def traces(canaries: Iterable[Canary], loot: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """Return (canary, where) for each that stands somewhere in the loot."""
    return {
        (canary.name, where)
        for canary in canaries
        for where, content in loot.items()
        if any(writing in content for writing in canary.writings)
    }
