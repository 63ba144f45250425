"""Calling the API as the systems and people of the cast."""

import secrets
from datetime import timedelta

from django.utils import timezone
from oauth2_provider.models import AccessToken

from consent.actor import Actor
from consent.models import Client
from consent.system import find_system

SCOPES = "purposes:read consents:read requests:write releases:write entries:read"


def actor_of(client: Client) -> Actor:
    """Return the actor that `client` is to the services."""
    system = find_system(token_for(client))
    assert system is not None
    return system.actor


def token_for(client: Client, *, scopes: str = SCOPES, lasts: timedelta = timedelta(minutes=10)) -> str:
    """Return a stored bearer token of `client`, as the token endpoint would have made it."""
    token = secrets.token_urlsafe(32)
    AccessToken.objects.create(token=token, application=client, expires=timezone.now() + lasts, scope=scopes)
    return token
