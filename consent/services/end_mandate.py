"""The end of a mandate before the end that it has itself."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from consent import actions
from consent.errors import MandateNotFound, MandateRefused
from consent.lifecycle import Event
from consent.models import Citizen, Consent, Mandate, Member
from consent.services.change import end_consent
from consent.services.citizens import lock_citizen
from consent.services.mandates import log_mandate, require_registrar


@transaction.atomic
def end_mandate(
    *, mandate_id: UUID, citizen: Citizen | None = None, member: Member | None = None, invalid: bool = False
) -> Mandate:
    """End a mandate, as the citizen on either side or as a registrar. Ended twice it is ended once.

    A guardian's is ended only by a registrar: it protects the child from others and from itself. `invalid`, for a
    registrar, says that it never should have counted: the consents given under it are invalidated and their keys
    destroyed. Raises MandateNotFound for another's, RoleRequired or MandateRefused.
    """
    mine = Mandate.objects.select_related("citizen", "holder", "organisation")
    if citizen is not None:
        mine = mine.filter(Q(citizen=citizen) | Q(holder=citizen))
    elif member is not None:
        require_registrar(member)
        mine = mine.filter(organisation=member.organisation)
    else:
        raise MandateNotFound
    known = mine.filter(pk=mandate_id).first()
    if known is None:
        raise MandateNotFound
    # The order of everybody who takes both locks: the citizen, then the mandate.
    lock_citizen(known.citizen)
    mandate = mine.select_for_update(of=("self",), no_key=True).get(pk=mandate_id)
    if member is None and mandate.kind == Mandate.Kind.GUARDIAN:
        raise MandateRefused(detail=_("Ask your municipality to end this. It checked that this person is a guardian."))
    now = timezone.now()
    if mandate.ended_at is not None:
        return mandate
    mandate.ended_at = now
    mandate.code_hash = ""
    if invalid:
        # It says no longer that the child is under 16 either.
        mandate.ends_at = now
    mandate.save(update_fields=["ended_at", "ends_at", "code_hash"])
    log_mandate(actions.MANDATE_ENDED, mandate, at=now, member=member, details={"invalid": invalid})
    if invalid:
        _invalidate_consents(mandate)
    return mandate


def _invalidate_consents(mandate: Mandate) -> None:
    consents = (
        Consent.objects.of_citizen(mandate.citizen)
        .standing()
        .filter(mandate=mandate)
        .select_related("citizen", "organisation", "purpose", "purpose_version")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    for consent in consents:
        end_consent(consent, Event.INVALIDATE)
