"""Input that no view could make sense of is refused before one sees it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class InputMiddleware:
    """Refuses NUL bytes, which PostgreSQL cannot store in a text, and bodies that are too large.

    That is over `LARGEST_BODY`, or over what `LARGER_BODIES` says for an address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # By its announced length, before a byte of it is read; a server that speaks WSGI passes no more than that.
        if int(request.META.get("CONTENT_LENGTH") or 0) > _largest_body(request.path_info):
            raise RequestDataTooBig("The body is larger than LARGEST_BODY.")
        if "\0" in request.path_info or b"\0" in unquote_to_bytes(request.META.get("QUERY_STRING", "")):
            raise BadRequest("The address has a NUL byte.")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        if getattr(view, "reads_its_own_form", False):
            # It brings its own way to take in the file of the form, which reading it here would be too late for.
            return
        if request.method != "POST" or request.content_type not in FORMS or request.path_info.startswith("/api/"):
            # The API takes no forms, and says so itself.
            return
        if any("\0" in text for name, values in request.POST.lists() for text in (name, *values)):
            raise BadRequest("A field of the form has a NUL byte.")


def _largest_body(path: str) -> int:
    for beginning, size in settings.LARGER_BODIES.items():
        if path.startswith(beginning):
            return size
    return settings.LARGEST_BODY
