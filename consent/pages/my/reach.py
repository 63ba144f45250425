"""What is within reach of who acts: all of one's own, or what a mandate stretches to."""

from uuid import UUID

from audit.models import Record
from audit.models.record import RecordQuerySet
from consent.acting import Acting
from consent.errors import ConsentNotFound
from consent.models import Act, Approval, Consent
from consent.models.approval import ApprovalQuerySet
from consent.models.consent import ConsentQuerySet
from consent.services.contest import viewer_of


def consents_of(acting: Acting) -> ConsentQuerySet:
    """Return the consents of the citizen, under a mandate for some purposes only those."""
    found = Consent.objects.of_citizen(acting.citizen)
    return (
        found
        if acting.mandate is None or not acting.mandate.purposes
        else found.filter(purpose__slug__in=acting.mandate.purposes)
    )


def consent_of(acting: Acting, consent_id: UUID) -> Consent:
    """Return a consent within reach with its purpose and text; raise ConsentNotFound."""
    found = (
        consents_of(acting)
        .select_related("purpose__organisation", "purpose__current_version", "purpose_version")
        .filter(pk=consent_id)
        .first()
    )
    if found is None:
        raise ConsentNotFound
    return found


def records_of(acting: Acting) -> RecordQuerySet:
    """Return what the log holds about the citizen, under a mandate for some purposes only what is about those."""
    found: RecordQuerySet = Record.objects.visible_to(viewer_of(acting.citizen))
    return (
        found
        if acting.mandate is None or not acting.mandate.purposes
        else found.filter(purpose__in=acting.mandate.purposes)
    )


def approvals_of(acting: Acting) -> ApprovalQuerySet:
    """Return the questions whether something may be read now, under a mandate only those of its purposes."""
    found = Approval.objects.of_citizen(acting.citizen)
    return (
        found
        if acting.mandate is None or not acting.mandate.purposes
        else found.filter(consent__purpose__slug__in=acting.mandate.purposes)
    )


def allowed_acts(acting: Acting) -> dict[str, bool]:
    """Return {act: whether who acts may do it}, for the buttons on a page; the services check it again."""
    return {act.value: acting.mandate is None or act in acting.mandate.acts for act in Act}
