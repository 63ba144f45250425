"""How long someone stays signed in (OWASP ASVS 5.0, V7.3): half an hour without doing anything, half a day in all."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

SIGNED_IN = "signed-in-at"
SEEN = "seen-at"
# The idle time is counted to the minute, so that not every page is a write.
SEEN_PRECISION_SECONDS = 60


class SessionLifetimeMiddleware:
    """Ends sessions that are too old, and keeps those in use from going idle."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Without a cookie this asks the database nothing.
        signed_in = request.session.get(SIGNED_IN)
        if signed_in is not None:
            now = timezone.now().timestamp()
            seen = request.session.get(SEEN, signed_in)
            if (
                now - signed_in > settings.SESSION_LONGEST.total_seconds()
                or now - seen > settings.SESSION_IDLE.total_seconds()
            ):
                request.session.flush()
            elif now - seen >= SEEN_PRECISION_SECONDS:
                # Saving moves the session's own end, SESSION_COOKIE_AGE from now.
                request.session[SEEN] = now
        return self.get_response(request)


@receiver(user_logged_in)
def remember_when(sender: Any, request: HttpRequest, **_: Any) -> None:
    request.session[SIGNED_IN] = request.session[SEEN] = timezone.now().timestamp()
