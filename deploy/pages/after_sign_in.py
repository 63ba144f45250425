"""Where someone goes on who just signed in."""

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from consent.models import Account, Citizen, Member, Role


def own_address(request: HttpRequest, address: str) -> str:
    """Return `address` if it is one of this site's own, else "": a link from outside leads nowhere else."""
    allowed = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if allowed else ""


def own_page(account: Account) -> str:
    """Return the name of the page that is most theirs: "my", "desk", "oversight", or "home" for who has none."""
    if Citizen.objects.filter(account=account).exists():
        return "my"
    roles = set(Member.objects.of_account(account).values_list("role", flat=True))
    if Role.REQUESTER in roles:
        return "desk"
    if roles & {Role.AUDITOR, Role.PRIVACY_OFFICER}:
        return "oversight"
    return "home"


def first_page(account: Account) -> HttpResponseRedirect:
    """Send someone who just signed in to the page that is most theirs."""
    return redirect(own_page(account))
