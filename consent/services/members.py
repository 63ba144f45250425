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
    """Return the active account of a member of staff, by the subject that the identity provider gives."""
    return Account.objects.filter(subject=subject, is_active=True, members__ended_at__isnull=True).distinct().first()


@transaction.atomic
def add_client(*, client_id: str, client_secret: str, name: str, organisation: Organisation, department: str) -> Client:
    """Return a system of `organisation` that gets tokens by client credentials; the secret is stored hashed."""
    client, _ = Client.objects.update_or_create(
        client_id=client_id,
        defaults={
            "client_secret": client_secret,
            "client_type": Client.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": Client.GRANT_CLIENT_CREDENTIALS,
            "name": name,
            "organisation": organisation,
            "department": department,
            "sealed_name": seal_staff_name(organisation, name),
        },
    )
    return client
