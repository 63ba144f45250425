"""Input that no view could make sense of is refused before one sees it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class InputMiddleware:
    """Refuses bodies over `LARGEST_BODY`, and NUL bytes, which PostgreSQL cannot store in a text."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # By its announced length, before a byte of it is read; a server that speaks WSGI passes no more than that.
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.LARGEST_BODY:
            raise RequestDataTooBig("The body is larger than LARGEST_BODY.")
        if "\0" in request.path_info or b"\0" in unquote_to_bytes(request.META.get("QUERY_STRING", "")):
            raise BadRequest("The address has a NUL byte.")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        if request.method != "POST" or request.content_type not in FORMS or request.path_info.startswith("/api/"):
            # The API takes no forms, and says so itself.
            return
        if any("\0" in text for name, values in request.POST.lists() for text in (name, *values)):
            raise BadRequest("A field of the form has a NUL byte.")
