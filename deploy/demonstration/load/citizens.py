"""Citizens and what they have to share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from consent.models import Citizen, DatasetVersion, Mandate, Member
from consent.services.citizens import find_citizen, find_or_register_citizen
from consent.services.mandates import record_guardian
from deploy.demonstration.people.citizens import Child, Person
from sharing.models import VaultRecord
from sharing.services.vault import store_record


@dataclass(frozen=True, slots=True)
class LoadedCitizens:
    """The citizens by BSN, and how many of them and of their records are new."""

    by_bsn: dict[str, Citizen]
    new_citizens: int
    new_records: int


def load_citizens(
    people: Iterable[Person], datasets: Mapping[str, DatasetVersion], *, report: Callable[[int], None]
) -> LoadedCitizens:
    """Register people and fill their vaults, leaving alone what is there; `report` hears how many are done."""
    filled_in = set(VaultRecord.objects.values_list("citizen_id", "dataset_version_id"))
    by_bsn: dict[str, Citizen] = {}
    new_citizens = new_records = 0
    for done, person in enumerate(people, start=1):
        citizen = find_citizen(bsn=person.bsn)
        if citizen is None:
            citizen = find_or_register_citizen(bsn=person.bsn, display_name=person.display_name)
            new_citizens += 1
        by_bsn[person.bsn] = citizen
        for slug, content in person.records.items():
            if (citizen.pk, datasets[slug].pk) not in filled_in:
                store_record(citizen=citizen, dataset_version=datasets[slug], content=content)
                new_records += 1
        report(done)
    return LoadedCitizens(by_bsn, new_citizens, new_records)


def load_guardians(children: Iterable[Child], people: list[Person], *, registrar: Member) -> None:
    """Record who answers for the children, as `registrar` saw in the register of persons."""
    for child in children:
        guardian = people[child.guardian]
        record_guardian(
            member=registrar,
            child_bsn=child.person.bsn,
            child_name=child.person.display_name,
            child_born_on=child.born_on,
            guardian_bsn=guardian.bsn,
            guardian_name=guardian.display_name,
            verification=Mandate.Verification.PERSONS_REGISTER,
            reference="BRP-2026-0415",
        )
