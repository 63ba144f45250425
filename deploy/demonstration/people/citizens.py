"""The invented people of Voorbeeldstad: the same ones on every machine, because a fixed seed draws them."""

import random
from dataclasses import dataclass
from datetime import date
from typing import Any

from deploy.demonstration.people.citizen_numbers import citizen_numbers
from deploy.demonstration.people.names import Name, draw_names
from deploy.demonstration.people.records import draw_records

HOW_MANY = 200
# Any fixed number does: what is drawn from it is meant to be known.
SEED = 20_260_427

ANNA = "999990342"
YOUSSEF = "999993653"
# At the end of the test numbers, so that nobody who is drawn has it.
MILAN = "999999990"


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
# Among them: who has a camera at her door, a mother, and who likes conditions.
TESS, ZEYNEP, RISHI = 2, 3, 4


@dataclass(frozen=True, slots=True)
class Child:
    """A child under 16 with the place of the parent in `citizens()`: that one answers for the child."""

    person: Person
    born_on: date
    guardian: int


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


def children(people: list[Person], *, today: date) -> list[Child]:
    """Return the children whom somebody of `people` answers for: one, who is eleven whenever it is."""
    guardian = people[ZEYNEP]
    born_on = date(today.year - 11, 1, 15)
    name = Name("Milan", guardian.name.prefix, guardian.name.surname)
    home = guardian.records["brp-person"]["verblijfplaats"]
    records = {
        "brp-person": {
            "naam": {"voornamen": name.first, "geslachtsnaam": name.surname},
            "geboorte": {
                "datum": {
                    "type": "Datum",
                    "datum": born_on.isoformat(),
                    "langFormaat": f"15 januari {born_on.year}",
                }
            },
            "verblijfplaats": home,
        },
        "contact": {"emailadres": guardian.records["contact"]["emailadres"], "voorkeurskanaal": "e-mail", "taal": "nl"},
    }
    return [Child(Person(bsn=MILAN, name=name, records=records), born_on, ZEYNEP)]
