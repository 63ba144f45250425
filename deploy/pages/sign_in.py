"""Signing in and out. Who someone is, is for an identity provider to say; here one chooses which."""

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from deploy.pages.after_sign_in import own_address


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
