"""Signing in as an invented person, for who tries the service out. `deploy/checks.py` keeps it out of production."""

from uuid import UUID

from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audit.entry import Entry
from audit.errors import NotFound
from audit.services.append import append_entry
from consent import actions
from consent.models import Account, Citizen, Member, Role
from consent.pages.words import ROLES
from deploy.pages.after_sign_in import first_page, own_address

# As many residents as fit a screen or two; the others are found by name.
MOST_RESIDENTS = 24
_ORDER = [Role.REQUESTER, Role.APPROVER, Role.PURPOSE_EDITOR, Role.PRIVACY_OFFICER, Role.AUDITOR, Role.REGISTRAR]


class PersonNotFound(NotFound):
    code = "person-not-found"


@require_POST
def sign_in_as(request: HttpRequest) -> HttpResponse:
    """Sign in as the account whose id is in `person`, and go on to `next` or to that person's own page."""
    account = _account(request.POST.get("person", ""))
    citizen = Citizen.objects.filter(account=account).first()
    member = Member.objects.of_account(account).order_by("id").first()
    with transaction.atomic():
        append_entry(
            Entry(
                action=actions.SIGNED_IN.name,
                outcome="allowed",
                subject=citizen.log_subject if citizen else "",
                organisation=member.organisation.oin if member else "",
                role=member.role if member else "",
                department=member.department if member else "",
                user_sealed=bytes(member.sealed_name) if member else b"",
                details={"by": "demonstration"},
            )
        )
        login(request, account)
    address = own_address(request, request.POST.get("next", ""))
    return redirect(address) if address else first_page(account)


def people_by_role(*, name: str) -> dict[str, object]:
    """Return the staff by role, and the residents whose name has `name` in it, the first few of them."""
    members = (
        Member.objects.filter(ended_at__isnull=True)
        .select_related("account", "organisation")
        .order_by("organisation__name", "account__display_name")
    )
    residents = Account.objects.filter(citizen__isnull=False, is_active=True, display_name__icontains=name).order_by(
        "display_name", "id"
    )
    found = list(residents[: MOST_RESIDENTS + 1])
    return {
        "name": name,
        "residents": found[:MOST_RESIDENTS],
        "more_residents": len(found) > MOST_RESIDENTS,
        "staff": [
            {"title": ROLES[role], "members": [member for member in members if member.role == role]} for role in _ORDER
        ],
    }


def _account(person: str) -> Account:
    try:
        account = Account.objects.filter(pk=UUID(person), is_active=True).first()
    except ValueError:
        account = None
    if account is None:
        raise PersonNotFound(_("Nobody here is this person. Choose one from the list."))
    return account
