"""What an identity provider's answer means here: which account, or why none. Wired by SOCIALACCOUNT_ADAPTER."""

import secrets
from typing import Any
from uuid import UUID

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from requests import RequestException, Session

from audit.entry import Entry
from audit.outgoing import traced
from audit.services.append import append_entry
from consent.actions import SIGN_IN_FAILED
from consent.models import Account, Member
from consent.services.citizens import find_or_register_citizen
from consent.services.members import member_account
from deploy.pages.after_sign_in import first_page, own_address
from deploy.signin.assurance import meets
from deploy.signin.errors import (
    AssuranceTooLow,
    NobodyKnown,
    ProviderUnavailable,
    SignInCancelled,
    SignInFailed,
    SignInRefused,
)
from deploy.signin.provider import IdTokenRefused
from deploy.signin.session import start_session

CITIZENS = "citizens"
STAFF = "staff"

logger = structlog.get_logger(__name__)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Ends allauth's flow where the answer has been checked.

    What would follow there makes accounts and stores the provider's answer, with the BSN in it; here an account is
    found by what the answer says, and the answer is forgotten.
    """

    def get_requests_session(self) -> Session:
        return traced(super().get_requests_session())

    def generate_state_param(self, state: dict[str, Any]) -> str:
        # allauth's own has 95 bits; the profile asks for 128 or more.
        return secrets.token_urlsafe(32)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Sign in who the checked claims speak of. Raise SignInRefused with the reason why not."""
        app = sociallogin.provider.app
        claims: dict[str, Any] = sociallogin.account.extra_data["id_token"]
        try:
            # The nonce ties the answer to this browser's own question: an ID token of another one is of no use.
            if not secrets.compare_digest(str(claims["nonce"]), sociallogin.state.get("nonce", "")):
                raise SignInFailed(_("The answer was not the one to our question. Try again."))
            if not meets(given=claims.get("acr"), asked=app.settings["acr"]):
                raise AssuranceTooLow(_("Use a stronger way to sign in, such as the app with an identity check."))
            account = _citizen(claims, app.settings) if app.provider_id == CITIZENS else _member(claims)
        except SignInRefused as refusal:
            logger.warning("sign-in refused", provider=app.provider_id, reason=refusal.code)
            refusal.entry_id = _log_refusal(refusal, by=app.provider_id)
            raise
        start_session(request, account, by=app.provider_id)
        address = own_address(request, sociallogin.state.get("next") or "")
        raise ImmediateHttpResponse(redirect(address) if address else first_page(account))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Say what went wrong before there was an answer to check."""
        # Only our own exceptions' text: the others can repeat what the provider sent.
        reason = f"{exception}" if isinstance(exception, IdTokenRefused) else type(exception or error).__name__
        logger.warning("sign-in failed", provider=provider.app.provider_id, reason=reason)
        if error == AuthError.CANCELLED:
            raise SignInCancelled(_("You can try again, or go on without signing in."))
        if isinstance(exception, RequestException):
            raise ProviderUnavailable(_("Try again in a few minutes."))
        raise SignInFailed(_("Go back to the sign-in page and try again."))


def _log_refusal(refusal: SignInRefused, *, by: str) -> UUID:
    """Log that someone whom a provider vouched for was not let in. Of whom it spoke is not ours to keep."""
    entry = Entry(action=SIGN_IN_FAILED.name, outcome="refused", reason=refusal.code, details={"by": by})
    with transaction.atomic():
        return append_entry(entry).id


def _citizen(claims: dict[str, Any], settings: dict[str, Any]) -> Account:
    try:
        name = str(claims.get("name") or "")
        account = find_or_register_citizen(bsn=str(claims[settings["bsn_claim"]]), display_name=name).account
    except (KeyError, ValueError):
        # From nothing: the reason would repeat the BSN.
        raise NobodyKnown(_("The answer of the sign-in service names no citizen service number.")) from None
    if not account.is_active:
        raise NobodyKnown(_("This account is closed."))
    return account


def _member(claims: dict[str, Any]) -> Account:
    account = member_account(str(claims["sub"]))
    # Asked here too: a provider of staff may never open the account of someone who is a citizen only.
    if account is None or not Member.objects.of_account(account).exists():
        raise NobodyKnown(_("Ask your organisation to give you a role in Deelwijs."))
    return account
