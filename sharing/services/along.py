"""What a use brings along where the consent says so, in the transaction of the use itself."""

from datetime import datetime
from uuid import UUID

from consent.models import Consent, Mail
from consent.services.approval import use_approval
from consent.services.mail import post_mail
from sharing.models import Deletion
from sharing.use import Use


class ApprovalGone(Exception):
    """The approval that the decision rested on was used by another access in the meantime."""


def bring_along(use: Use) -> None:
    """Use up the approval, note the duty to delete and write the message; raise ApprovalGone to undo the use."""
    if use.approval_id is not None and not use_approval(use.approval_id, use.at):
        raise ApprovalGone
    if use.delete_before is not None:
        Deletion.objects.create(
            release_id=use.release_id, organisation_id=use.organisation_id, due_at=use.delete_before
        )
    if use.tells_citizen:
        consent = Consent.objects.select_related("citizen").get(pk=use.consent_id)
        post_mail(citizen=consent.citizen, kind=Mail.Kind.USED, about=use.release_id, consent=consent, at=use.at)


def hasten_deletion(*, release_id: UUID, organisation_id: UUID, due_at: datetime) -> None:
    """Make a release that is answered once more be deleted by `due_at` at the latest, as the consent says since."""
    deletion, made = Deletion.objects.get_or_create(
        release_id=release_id, defaults={"organisation_id": organisation_id, "due_at": due_at}
    )
    if not made and deletion.due_at > due_at:
        Deletion.objects.filter(pk=release_id).update(due_at=due_at)
