"""Who may do what with the purposes of an organisation."""

from consent.errors import PurposeNotFound, RoleRequired
from consent.models import Account, Member, Organisation, PurposeVersion, Role


def require_role(account: Account, organisation: Organisation, role: Role) -> Member:
    """Return the membership by which `account` has `role` there; raise RoleRequired without one."""
    member = Member.objects.of_account(account).in_role(role).filter(organisation=organisation).first()
    if member is None:
        raise RoleRequired(params={"role": role})
    return member


def lock_version(version: PurposeVersion) -> PurposeVersion:
    """Return `version` as it stands now, locked; raise PurposeNotFound when it is no longer there."""
    locked = (
        PurposeVersion.objects.select_for_update(of=("self",))
        .select_related("purpose__organisation")
        .filter(pk=version.pk)
        .first()
    )
    if locked is None:
        raise PurposeNotFound
    return locked
