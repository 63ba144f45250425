"""The invented people of Voorbeeldstad: the same ones on every machine, because a fixed seed draws them."""

import random
from dataclasses import dataclass
from typing import Any

from deploy.demonstration.people.citizen_numbers import citizen_numbers
from deploy.demonstration.people.names import Name, draw_names
from deploy.demonstration.people.records import draw_records

HOW_MANY = 200
# Any fixed number does: what is drawn from it is meant to be known.
SEED = 20_260_427

ANNA = "999990342"
YOUSSEF = "999993653"


@dataclass(frozen=True, slots=True)
class Person:
    """An invented citizen, with the records to fill in by dataset slug. What is not among them is left open."""

    bsn: str
    name: Name
    records: dict[str, dict[str, Any]]

    @property
    def display_name(self) -> str:
        return self.name.full


# The people that texts and screenshots speak of. They filled in everything.
CAST = (
    Name("Anna", "de", "Vries"),
    Name("Youssef", "", "El Amrani"),
    Name("Tess", "", "Hoekstra"),
    Name("Zeynep", "", "Kaya"),
    Name("Rishi", "", "Bhagwandin"),
)


def citizens() -> list[Person]:
    """Return the people, those of `CAST` in front; the first two have the numbers `ANNA` and `YOUSSEF`."""
    # Not for secrets: the demonstration must be the same each time.
    drawn = random.Random(SEED)  # noqa: S311
    numbers = citizen_numbers(drawn, first=(ANNA, YOUSSEF))
    names = draw_names(drawn, first=CAST)
    return [
        Person(bsn=bsn, name=name, records=draw_records(drawn, name, everything=name in CAST))
        for bsn, name in zip(numbers[:HOW_MANY], names, strict=False)
    ]
