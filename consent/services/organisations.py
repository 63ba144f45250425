"""Organisations: controllers and recipients of data, known by their OIN."""

from django.db import transaction
from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.errors import InvalidOrganisation
from consent.models import Organisation
from consent.oin import is_oin


@transaction.atomic
def register_organisation(
    *, oin: str, name: str, kind: Organisation.Kind, address: str, contact: str, privacy_contact: str
) -> Organisation:
    """Return the organisation with this OIN, stored if it is new; raise InvalidOrganisation for what is no OIN.

    An organisation that is there already stays as it is: its name stands in notices that citizens consented to.
    """
    if not is_oin(oin):
        raise InvalidOrganisation(errors=[FieldError("/oin", "invalid-oin", _("An OIN has 20 digits."))])
    organisation, _created = Organisation.objects.get_or_create(
        oin=oin,
        defaults={
            "name": name,
            "kind": kind,
            "address": address,
            "contact": contact,
            "privacy_contact": privacy_contact,
        },
    )
    return organisation
