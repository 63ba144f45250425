"""What the public log is and which keys it signs with, for people; the same for programs stands in `audit.api.log`."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from audit.models import Checkpoint
from audit.signing.log_key import load_verifier
from audit.signing.log_keys import LogKey


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key as the page shows it: `key_id` is hexadecimal, `text` the verifier key."""

    key: LogKey
    key_id: str
    text: str

    @property
    def is_long(self) -> bool:
        """Whether the text is pages long, as that of an ML-DSA-44 key."""
        return len(self.text) > 500


@require_safe
@cache_control(no_store=True)
def log(request: HttpRequest) -> HttpResponse:
    """Say what the log is, where its parts stand, and what was signed last."""
    context = {
        "origin": settings.LOG_ORIGIN,
        "checkpoint": Checkpoint.objects.newest_published(),
        "address": request.build_absolute_uri(reverse("audit:log:log")).rstrip("/"),
    }
    return render(request, "audit/public_log.html", context)


@require_safe
@cache_control(no_store=True)
def keys(request: HttpRequest) -> HttpResponse:
    """Show the keys that the log signs with, and those that it signed with before. Raise LogKeyUnusable without one."""
    shown = [ShownKey(key, key.verifier.key_id.hex(), str(key.verifier)) for key in load_verifier().keys]
    context = {
        "origin": settings.LOG_ORIGIN,
        "present": [one for one in shown if not one.key.is_retired],
        "retired": [one for one in reversed(shown) if one.key.is_retired],
        "address": request.build_absolute_uri(reverse("audit:log:log")).rstrip("/"),
        "keys_address": request.build_absolute_uri(reverse("audit:log:keys-text")),
    }
    return render(request, "audit/log_keys.html", context)
