"""What a caller may act as. Each function returns whom it found or raises, so that a view cannot forget to ask."""

from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from consent.acting import Acting
from consent.actor import Actor
from consent.errors import MandateNotFound, MandateRefused, RoleRequired
from consent.models import Account, Citizen, Mandate, Member, Role
from consent.system import System

MANDATE_HEADER = "Deelwijs-Mandate"


class SignedIn(BasePermission):
    """Lets in who showed a valid token or session; what they may do is asked by the functions below."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.is_authenticated


def calling_system(request: Request, scope: str) -> System | None:
    """Return the calling system if it holds `scope`, None for a person; raise RoleRequired without the scope."""
    caller: object = request.user
    return require_scope(caller, scope) if isinstance(caller, System) else None


def require_scope(system: System, scope: str) -> System:
    """Return `system`; raise RoleRequired when its token lacks `scope`."""
    if scope not in system.scopes:
        raise RoleRequired(detail=_("This token does not have the scope %(scope)s.") % {"scope": scope})
    return system


def calling_citizen(request: Request) -> Citizen:
    """Return the citizen who is signed in; raise RoleRequired for everybody else."""
    account = _account(request)
    citizen = None if account is None else Citizen.objects.filter(account=account).select_related("account").first()
    if citizen is None:
        raise RoleRequired(detail=_("Only a citizen who is signed in can do this."))
    return citizen


def acting_caller(request: Request) -> Acting:
    """Return the citizen who is signed in, or whom that one acts for by the header `Deelwijs-Mandate: <uuid>`.

    Raises RoleRequired for who is no citizen, MandateNotFound for what is no mandate of the caller, and
    MandateRefused for one that has ended.
    """
    citizen = calling_citizen(request)
    given = request.headers.get(MANDATE_HEADER)
    if given is None:
        return Acting(citizen)
    try:
        mandate_id = UUID(given)
    except ValueError:
        raise MandateNotFound from None
    held = Mandate.objects.held_by(citizen).filter(pk=mandate_id)
    mandate = held.in_force(timezone.now()).select_related("citizen__account", "holder").first()
    if mandate is not None:
        return Acting(mandate.citizen, mandate)
    if held.exists():
        raise MandateRefused(detail=_("You may no longer act for this person."))
    raise MandateNotFound


def calling_requester(request: Request, scope: str) -> Actor:
    """Return the actor of a system with `scope`, or of a signed-in requester; raise RoleRequired for others."""
    system = calling_system(request, scope)
    if system is not None:
        return require_requester(system)
    account = _account(request)
    member = (
        None if account is None else Member.objects.of_account(account).in_role(Role.REQUESTER).order_by("id").first()
    )
    if member is None:
        raise RoleRequired(detail=_("Only requesters may do this."))
    return member.as_actor()


def require_requester(system: System) -> Actor:
    """Return the actor of a system that asks for data; raise RoleRequired for one with another role."""
    if system.actor.role != Role.REQUESTER:
        raise RoleRequired(detail=_("Only requesters may do this."))
    return system.actor


def _account(request: Request) -> Account | None:
    return request.user if isinstance(request.user, Account) else None
