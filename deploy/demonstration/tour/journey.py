"""What the steps of one tour hand on to each other."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from consent.models import Citizen
from deploy.demonstration.people.citizens import Person
from deploy.demonstration.tour.service import CitizensBrowser, OrganisationsSystem, Service
from sharing.pointer import value_at

PURPOSE = "energy-allowance"
# Fewer than the nine that the purpose asks: the required ones, and one of those that one may leave out.
GRANTED = (
    "income#/belastingjaar",
    "income#/inkomen",
    "household#/aantalVolwassenen",
    "household#/aantalKinderen",
    "brp-person#/naam/geslachtsnaam",
)
USES = 2


def new_case() -> str:
    return f"TOUR-{secrets.token_hex(4)}"


@dataclass(slots=True)
class Journey:
    """One tour: who travels, and what came back so far. What a later step needs an earlier one fills in."""

    service: Service
    person: Person
    citizen: Citizen
    system: OrganisationsSystem
    browser: CitizensBrowser
    case: str = field(default_factory=new_case)
    purpose: dict[str, Any] = field(default_factory=dict)
    consent_id: UUID | None = None
    offer_id: str = ""
    second_consent_id: UUID | None = None
    request_id: str = ""
    key_backup: Path | None = None
    log_backup: Path | None = None
    accesses: list[str] = field(default_factory=list)
    """Ids of the entries of the accesses that were allowed, in order."""
    film: str = ""
    film_path: str = ""
    footage_consent: str = ""
    refusal: str = ""
    """Id of the entry of the access that was refused."""

    def expected_values(self) -> dict[str, Any]:
        """Return what the person filled in for the granted fields, by full name."""
        return {
            name: value_at(self.person.records[dataset], pointer)
            for name in GRANTED
            for dataset, _hash, pointer in [name.partition("#")]
        }
