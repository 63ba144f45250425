"""Which purpose versions a member of staff gets to see, and as who."""

from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.errors import PurposeNotFound
from consent.models import Member, PurposeVersion, Role

STATES: dict[str, Promise] = {
    PurposeVersion.State.DRAFT: _("Draft"),
    PurposeVersion.State.REVIEW: _("Waits for the privacy officer"),
    PurposeVersion.State.PUBLISHED: _("Published"),
}


def own_roles(member: Member) -> dict[UUID, set[str]]:
    """Return the roles in purposes of who holds `member`, by organisation."""
    held = Member.objects.of_account(member.account).in_role(Role.PURPOSE_EDITOR, Role.PRIVACY_OFFICER)
    roles: dict[UUID, set[str]] = {}
    for one in held:
        roles.setdefault(one.organisation_id, set()).add(one.role)
    return roles


def own_version(member: Member, version_id: UUID) -> tuple[PurposeVersion, set[str]]:
    """Return a version of the own organisation and the own roles there; of another there is none (PurposeNotFound)."""
    roles = own_roles(member)
    version = (
        PurposeVersion.objects.filter(pk=version_id, purpose__organisation__in=list(roles))
        .select_related("purpose__organisation", "purpose__current_version", "author", "assessment_signed_by")
        .prefetch_related("fields__dataset_version__dataset")
        .first()
    )
    if version is None:
        raise PurposeNotFound
    return version, roles[version.purpose.organisation_id]
