"""Members of organisations, and the systems that act for organisations."""

from django.db import transaction

from consent.keys.staff_name import seal_staff_name
from consent.models import Account, Client, Member, Organisation, Role


@transaction.atomic
def add_member(*, subject: str, display_name: str, organisation: Organisation, role: Role, department: str) -> Member:
    """Return the membership of the account `subject` in a role, made with the account where it is new."""
    account, _ = Account.objects.get_or_create(subject=subject, defaults={"display_name": display_name})
    member = Member.objects.of_account(account).filter(organisation=organisation, role=role).first()
    if member is None:
        member = Member.objects.create(
            account=account,
            organisation=organisation,
            role=role,
            department=department,
            sealed_name=seal_staff_name(organisation, account.display_name),
        )
    return member


def member_account(subject: str) -> Account | None:
    """Return the active account of somebody who is a member of staff now, by the identity provider's subject."""
    member = (
        Member.objects.filter(account__subject=subject, account__is_active=True, ended_at__isnull=True)
        .select_related("account")
        .first()
    )
    return None if member is None else member.account


@transaction.atomic
def add_client(
    *,
    client_id: str,
    client_secret: str,
    name: str,
    organisation: Organisation,
    department: str,
    role: Role = Role.REQUESTER,
) -> Client:
    """Return a system of `organisation` that gets tokens by client credentials; the secret is stored hashed."""
    client, _ = Client.objects.update_or_create(
        client_id=client_id,
        defaults={
            "client_secret": client_secret,
            "client_type": Client.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": Client.GRANT_CLIENT_CREDENTIALS,
            "name": name,
            "organisation": organisation,
            "role": role,
            "department": department,
            "sealed_name": seal_staff_name(organisation, name),
        },
    )
    return client
