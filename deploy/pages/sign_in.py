"""Signing in and out. Who someone is, is for an identity provider to say; here one chooses which."""

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from consent.models import Account, Citizen, Member, Role


@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the ways to sign in; in a demonstration, the invented people."""
    context: dict[str, object] = {"next": own_address(request, request.GET.get("next", ""))}
    if settings.DEMONSTRATION:
        # Only here: a real service has no code loaded that signs in without a provider.
        from deploy.demonstration.sign_in import people_by_role

        context |= people_by_role(name=request.GET.get("name", ""))
    else:
        context["providers"] = [app["provider_id"] for app in settings.IDENTITY_PROVIDERS]
    return render(request, "sign_in.html", context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("home")


def own_address(request: HttpRequest, address: str) -> str:
    """Return `address` if it is one of this site's own, else "": a link from outside leads nowhere else."""
    allowed = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if allowed else ""


def first_page(account: Account) -> HttpResponseRedirect:
    """Send someone who just signed in to the page that is most theirs."""
    if Citizen.objects.filter(account=account).exists():
        return redirect("my")
    roles = set(Member.objects.of_account(account).values_list("role", flat=True))
    if Role.REQUESTER in roles:
        return redirect("desk")
    if roles & {Role.AUDITOR, Role.PRIVACY_OFFICER}:
        return redirect("oversight")
    return redirect("home")
