"""Organisations, their staff and their systems."""

from dataclasses import dataclass

from consent.models import Client, Member, Organisation, Role
from consent.services.members import add_client, add_member
from consent.services.organisations import register_organisation
from deploy.demonstration.client_secrets import ClientSecrets
from deploy.demonstration.read_catalogue import CataloguedOrganisation


@dataclass(frozen=True, slots=True)
class LoadedOrganisation:
    """An organisation with one member for each role that it has."""

    organisation: Organisation
    members: dict[Role, Member]


def load_organisation(catalogued: CataloguedOrganisation) -> LoadedOrganisation:
    """Return the organisation with its members; where several hold a role, the first in the catalogue."""
    organisation = register_organisation(
        oin=catalogued.oin,
        name=catalogued.name,
        kind=Organisation.Kind(catalogued.kind),
        address=catalogued.address,
        contact=catalogued.contact,
        privacy_contact=catalogued.privacy_contact,
        departments=catalogued.departments,
    )
    members: dict[Role, Member] = {}
    for person in catalogued.members:
        for role in map(Role, person.roles):
            member = add_member(
                subject=person.subject,
                display_name=person.name,
                organisation=organisation,
                role=role,
                department=person.department,
            )
            members.setdefault(role, member)
    return LoadedOrganisation(organisation, members)


def load_clients(catalogued: CataloguedOrganisation, organisation: Organisation, secrets: ClientSecrets) -> int:
    """Store the organisation's systems that are new or whose secret nobody knows any more; return how many."""
    stored = 0
    for client in catalogued.clients:
        secret, known = secrets.secret_of(client.client_id)
        # Hashing a secret takes most of a second on purpose, so what is there is left alone.
        if known and Client.objects.filter(client_id=client.client_id).exists():
            continue
        add_client(
            client_id=client.client_id,
            client_secret=secret,
            name=client.name,
            organisation=organisation,
            department=client.department,
        )
        stored += 1
    return stored
