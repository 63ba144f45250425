"""The two addresses of signing in, and our public keys for the providers."""

from pathlib import Path

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from deploy.signin.client_key import public_key
from deploy.signin.errors import ProviderUnavailable
from deploy.signin.provider import Adapter


@require_POST
def leave(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider. By POST: a link on another site signs nobody in."""
    try:
        # Not allauth's own views: those make its own adapter, whatever the provider names.
        answer: HttpResponse = OAuth2LoginView.adapter_view(Adapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except (RequestException, OAuth2Error) as error:
        raise ProviderUnavailable(_("Try again in a few minutes.")) from error
    return answer


@require_safe
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the provider's answer; `deploy/signin/adapter.py` says what it means."""
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(Adapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return answer


@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    """Publish the keys that our assertions are signed with, as a JSON Web Key Set (RFC 7517)."""
    files = {app["settings"]["client_key_file"] for app in settings.IDENTITY_PROVIDERS}
    return JsonResponse({"keys": [public_key(Path(file)) for file in sorted(files)]})
