"""Who may see a page: who is not signed in does that first, and a wrong role is refused, which the log keeps."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.acting import Acting
from consent.errors import RoleRequired
from consent.models import Account, Citizen, Mandate, Member, Role

Arguments = ParamSpec("Arguments")

# Where a session keeps the mandate under which its citizen acts for another.
MANDATE = "mandate"


def citizen_page(
    view: Callable[Concatenate[HttpRequest, Acting, Arguments], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]:
    """Give the view who is signed in: a citizen, or one who acts for another under a mandate."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
        account = request.user
        if not isinstance(account, Account):
            return sign_in_first(request)
        citizen = _citizen(account)
        if MANDATE not in request.session:
            return view(request, Acting(citizen), *args, **kwargs)
        mandate = mandate_of_session(request, citizen)
        if mandate is None:
            # Never the same for oneself instead: what was on the screen was about somebody else.
            del request.session[MANDATE]
            messages.warning(request, _("You may no longer act for this person. Nothing was changed."))
            return redirect("my-mandates")
        return view(request, Acting(mandate.citizen, mandate), *args, **kwargs)

    return checked


def own_page(
    view: Callable[Concatenate[HttpRequest, Citizen, Arguments], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]:
    """Give the view the citizen who is signed in, also while that one acts for another."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
        account = request.user
        if not isinstance(account, Account):
            return sign_in_first(request)
        return view(request, _citizen(account), *args, **kwargs)

    return checked


def mandate_of_session(request: HttpRequest, citizen: Citizen) -> Mandate | None:
    """Return the mandate under which `citizen` acts in this session, if it is in force."""
    return (
        Mandate.objects.held_by(citizen)
        .in_force(timezone.now())
        .select_related("citizen__account", "holder")
        .filter(pk=request.session[MANDATE])
        .first()
    )


def _citizen(account: Account) -> Citizen:
    citizen = Citizen.objects.filter(account=account).select_related("account").first()
    if citizen is None:
        raise RoleRequired(detail=_("This page is for residents who signed in as themselves."))
    return citizen


def member_page(
    *roles: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Member, Arguments], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase],
]:
    """Give the view the first membership in one of `roles` of who is signed in."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, Member, Arguments], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]:
        @wraps(view)
        def checked(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
            account = request.user
            if not isinstance(account, Account):
                return sign_in_first(request)
            member = Member.objects.of_account(account).in_role(*roles).order_by("id").first()
            if member is None:
                if Role.REQUESTER in roles and not Member.objects.of_account(account).exists():
                    raise RoleRequired(detail=_("This page is for staff who may ask for data."))
                raise RoleRequired(detail=_("Your role in your organisation does not give access to this page."))
            return view(request, member, *args, **kwargs)

        return checked

    return decorate


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Send someone to sign in and then back to this address."""
    return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))
