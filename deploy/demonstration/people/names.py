"""Names as they are heard in a Dutch town; they stand in `names.json`. Every combination is invented."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_name("names.json")
# How many keep the surnames of their own first name's family; the others have another, as marriages make it.
_KEEP = 0.85


@dataclass(frozen=True, slots=True)
class Name:
    """First names, prefix ("van der", or empty) and surname, as the personal records database writes them."""

    first: str
    prefix: str
    surname: str

    @property
    def full(self) -> str:
        return " ".join(part for part in (self.first, self.prefix, self.surname) if part)


def draw_names(drawn: random.Random, *, first: tuple[Name, ...]) -> Iterator[Name]:
    """Yield the names of `first`, and then others without end, each one once.

    Two people of one name could not be told apart where one signs in by name.
    """
    families = json.loads(_FILE.read_text(encoding="utf-8"))
    shares = [family["share"] for family in families]
    yield from first
    taken = set(first)
    while True:
        own, other = drawn.choices(families, shares, k=2)
        prefix, surname = drawn.choice((own if drawn.random() < _KEEP else other)["surnames"])
        name = Name(drawn.choice(own["firstNames"]), prefix, surname)
        if name not in taken:
            taken.add(name)
            yield name
