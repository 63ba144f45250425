"""Errors of pages become answers; see `deploy/problems.py`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from deploy.problems import answer_of_page, explain_bare_refusal


class ProblemMiddleware:
    """The innermost middleware: what a view raises or refuses without a word is explained here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        return explain_bare_refusal(request, response) if response.status_code >= 400 else response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return answer_of_page(request, exception)
