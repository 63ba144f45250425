"""Two lanes: people come with sessions, forms and languages; systems come with a token and need none of that.

What only people need stands in the setting PEOPLE_MIDDLEWARE and wraps their requests alone. It would cost a system's
request half as much as the release of a record itself (measured by `deploy/bench release`).
"""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string
from django.utils.translation import activate, get_language_from_request

Handler = Callable[[HttpRequest], HttpResponseBase]

# What the people's lane makes its middleware say of the same.
SYSTEM_HEADERS = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Frame-Options": "DENY"}


class LanesMiddleware:
    """Sends each request down its lane."""

    def __init__(self, get_response: Handler) -> None:
        self._systems = get_response
        self._people = get_response
        self._middleware: list[Any] = []
        for path in reversed(settings.PEOPLE_MIDDLEWARE):
            middleware = import_string(path)(self._people)
            self._middleware.insert(0, middleware)
            # As Django does between all middleware: an outer one sees an answer, never an exception.
            self._people = cast(Handler, convert_exception_to_response(middleware))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not comes_from_a_system(request):
            return self._people(request)
        request.user = AnonymousUser()
        activate(get_language_from_request(request))
        response = self._systems(request)
        for name, value in SYSTEM_HEADERS.items():
            response.headers.setdefault(name, value)
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(getattr(response, "content", b""))))
        return response

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
        return self._first_answer("process_view", request, *view)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        return self._first_answer("process_exception", request, exception)

    def _first_answer(self, hook: str, request: HttpRequest, *rest: Any) -> HttpResponseBase | None:
        """Ask the people's middleware as Django would have; only for a request in their lane."""
        if comes_from_a_system(request):
            return None
        for middleware in self._middleware:
            ask = getattr(middleware, hook, None)
            answer: HttpResponseBase | None = ask(request, *rest) if ask else None
            if answer is not None:
                return answer
        return None


def comes_from_a_system(request: HttpRequest) -> bool:
    """Tell whether a request brings a token. Then its session, if it has one, is not looked at."""
    return request.path_info.startswith("/api/") and request.META.get("HTTP_AUTHORIZATION", "")[:7].lower() == "bearer "
