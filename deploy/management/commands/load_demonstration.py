import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.errors import DomainError
from consent.keys.unavailable import reason_of
from consent.models import Consent, Role
from consent.services.organisations import name_area
from deploy.demonstration.client_secrets import ClientSecrets
from deploy.demonstration.load.citizens import load_citizens, load_guardians
from deploy.demonstration.load.films import load_film
from deploy.demonstration.load.life import play, scenes
from deploy.demonstration.load.organisations import load_clients, load_organisation
from deploy.demonstration.load.purposes import load_dataset, load_purpose
from deploy.demonstration.people.citizens import RISHI, children, citizens
from deploy.demonstration.read_catalogue import (
    MUNICIPALITY,
    read_areas,
    read_datasets,
    read_organisations,
    read_purposes,
)


class Command(BaseCommand):
    help = "Load the demonstration municipality: invented organisations, purposes and people. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError(
                "These are invented people, whom anyone may sign in as. Set DEMONSTRATION to true for a service"
                " that has no real ones."
            )
        started = time.monotonic()
        try:
            # One transaction: half a municipality is never there, and SQLite waits for the disk once.
            with transaction.atomic():
                self._load()
        except DomainError as error:
            faults = "".join(f"\n  {fault.pointer}: {fault.detail}" for fault in error.errors)
            raise CommandError(f"The demonstration cannot be loaded: {reason_of(error) or error}{faults}") from error
        self._say(f"Voorbeeldstad is there ({time.monotonic() - started:.1f} s).")

    def _load(self) -> None:
        catalogued = read_organisations()
        organisations = {found.oin: load_organisation(found) for found in catalogued}
        secrets = ClientSecrets()
        clients = sum(load_clients(found, organisations[found.oin].organisation, secrets) for found in catalogued)
        staff = sum(len(found.members) for found in catalogued)
        self._say(f"{len(organisations)} organisations, {staff} members of staff")
        if clients:
            self._say(f"{clients} systems, whose secrets stand in {secrets.file}")

        for area in read_areas():
            name_area(
                organisation=organisations[area.organisation].organisation,
                slug=area.slug,
                title=area.title,
                cells=area.cells,
            )
        datasets = {found.slug: load_dataset(found, organisations) for found in read_datasets()}
        purposes = {found.slug: load_purpose(found, organisations, datasets) for found in read_purposes()}
        new = sum(published for _version, published in purposes.values())
        self._say(f"{len(datasets)} datasets, {len(purposes)} purposes ({new} newly published)")

        people = citizens()
        minors = children(people, today=timezone.localdate())
        everybody = [*people, *(child.person for child in minors)]
        loaded = load_citizens(everybody, datasets, report=lambda done: self._count("citizens", done, len(everybody)))
        load_guardians(minors, people, registrar=organisations[MUNICIPALITY].members[Role.REGISTRAR])
        self._say(f"{len(everybody)} citizens ({loaded.new_citizens} new), {loaded.new_records} new records in vaults")

        films = load_film(loaded.by_bsn[people[RISHI].bsn], datasets["camera-footage"])
        self._say(f"{films} new films, drawn and not recorded")

        happened = set(Consent.objects.values_list("citizen_id", "purpose_id"))
        played = 0
        for number, scene in enumerate(scenes(people), start=1):
            citizen, (version, _published) = loaded.by_bsn[scene.bsn], purposes[scene.purpose]
            if (citizen.pk, version.purpose_id) not in happened:
                case = f"Z-2026-{number:05}"
                play(scene, case=case, citizen=citizen, version=version, organisations=organisations)
                played += 1
                self._count("questions and answers", played)
        self._say(f"{played} new questions and answers")

    def _say(self, line: str) -> None:
        # After a counter the rest of its line is cleared.
        self.stdout.write(("\r\x1b[K" if self.stdout.isatty() else "") + line)

    def _count(self, what: str, done: int, total: int | None = None) -> None:
        if self.stdout.isatty() and done % 10 == 0:
            of = f" of {total}" if total else ""
            self.stdout.write(f"\r{done}{of} {what} …", ending="")
            self.stdout.flush()
