"""Where every error becomes an answer: problem+json (RFC 9457) for systems, one page for people.

Domain errors, the framework's own and the database's come together here, and nowhere else, so that an answer never
shows a stack trace, SQL or a value. A refusal that an authenticated caller gets is in the audit log before the answer
leaves; one that no service has logged is logged here.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from django.contrib.auth import get_user
from django.core import exceptions as django
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError as QueueError
from redis.exceptions import RedisError
from rest_framework import exceptions as rest
from rest_framework.request import Request
from rest_framework.response import Response

from audit.actions import SERVICE_REFUSED
from audit.entry import Entry
from audit.errors import DomainError, FieldError, Text
from audit.people import people
from audit.services.append import append_entry
from audit.trace import current_trace
from deploy.context import front_end

CONTENT_TYPE = "application/problem+json"
# Where systems call, which read no pages.
SYSTEM_ADDRESSES = ("/api/", "/oauth/")
LOGGED_STATUSES = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error as its reader gets it. `code` is part of the API, the texts are for people."""

    status: int
    code: str
    title: Text
    detail: Text = ""
    errors: tuple[FieldError, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    entry_id: UUID | None = None
    promise: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def members(self) -> dict[str, Any]:
        """Give the JSON object of RFC 9457, with the extension members that have something to say."""
        trace = current_trace()
        members: dict[str, Any] = {
            "status": int(self.status),
            "title": str(self.title),
            "detail": str(self.detail or self.title),
            "code": self.code,
        }
        if self.errors:
            members["errors"] = [
                {"pointer": error.pointer, "code": error.code, "detail": str(error.detail)} for error in self.errors
            ]
        if self.params:
            members["params"] = dict(self.params)
        if self.entry_id:
            members["entryId"] = str(self.entry_id)
        if self.promise:
            members["promise"] = self.promise
        if trace:
            members["traceId"] = trace.trace_id
        return members


BAD_REQUEST = Problem(status=400, code="bad-request", title=_("We cannot read this request"))
NOT_SIGNED_IN = Problem(status=401, code="not-authenticated", title=_("Sign in first"))
FORBIDDEN = Problem(status=403, code="forbidden", title=_("You may not do this"))
FORM_NOT_OURS = Problem(
    status=403,
    code="form-not-ours",
    title=_("This form is too old, or did not come from us"),
    detail=_("Nothing was changed. Go back, reload the page and send the form again."),
)
NOT_FOUND = Problem(status=404, code="not-found", title=_("We cannot find this"))
METHOD_NOT_ALLOWED = Problem(status=405, code="method-not-allowed", title=_("This cannot be done here"))
NOT_ACCEPTABLE = Problem(status=406, code="not-acceptable", title=_("We only answer in application/json"))
TOO_LARGE = Problem(status=413, code="too-large", title=_("This is too large"))
RANGE_NOT_SATISFIABLE = Problem(
    status=416, code="range-not-satisfiable", title=_("The file does not have the bytes that were asked for")
)
NOT_JSON = Problem(status=415, code="unsupported-media-type", title=_("Send this as application/json"))
TOO_MANY = Problem(status=429, code="too-many-requests", title=_("That was too often. Wait a while"))
FAILED = Problem(
    status=500,
    code="failed",
    title=_("Something went wrong on our side"),
    detail=_("Nothing was changed. Try again later."),
)
UNAVAILABLE = Problem(
    status=503,
    code="unavailable",
    title=_("Not available at the moment"),
    detail=_("Nothing was released and nothing was changed. Try again in a minute."),
    headers={"Retry-After": "30"},
)
LOG_NOT_WRITABLE = Problem(
    status=503,
    code="log-not-writable",
    title=_("The audit log cannot be written"),
    detail=_("Nothing was done, because it could not be logged."),
    headers={"Retry-After": "30"},
)

PROBLEMS_BY_STATUS = {
    problem.status: problem
    for problem in (
        BAD_REQUEST,
        NOT_SIGNED_IN,
        FORBIDDEN,
        NOT_FOUND,
        METHOD_NOT_ALLOWED,
        NOT_ACCEPTABLE,
        TOO_LARGE,
        RANGE_NOT_SATISFIABLE,
        NOT_JSON,
        TOO_MANY,
        FAILED,
        UNAVAILABLE,
    )
}


def problem_of(error: BaseException) -> Problem | None:
    """Tell what an exception means to who sent the request; None for one that only a mistake of ours raises."""
    match error:
        case DomainError():
            return Problem(
                status=error.status,
                code=error.code,
                title=error.title,
                detail=error.detail,
                errors=tuple(error.errors),
                params=error.params,
                entry_id=error.entry_id,
                promise=error.promise,
                headers=UNAVAILABLE.headers if error.status == HTTPStatus.SERVICE_UNAVAILABLE else {},
            )
        case rest.APIException():
            return _problem_of_rest(error)
        case Http404() | django.ObjectDoesNotExist():
            return NOT_FOUND
        case django.PermissionDenied():
            return FORBIDDEN
        case django.RequestDataTooBig() | django.TooManyFieldsSent() | django.TooManyFilesSent():
            return TOO_LARGE
        case django.SuspiciousOperation() | django.BadRequest() | MultiPartParserError() | UnreadablePostError():
            return BAD_REQUEST
        case OperationalError() | InterfaceError() | QueueError() | RedisError():
            return UNAVAILABLE
        case _:
            return None


def problem_details(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn an exception of an API view into its answer. Django REST framework's EXCEPTION_HANDLER.

    None, for what nobody foresaw, lets the exception go on to `server_error`.
    """
    problem = _told(error)
    if problem is None:
        return None
    request: Request = context["request"]
    problem = _logged(request, problem)
    return Response(
        problem.members(),
        status=problem.status,
        headers=dict(problem.headers),
        content_type=CONTENT_TYPE,
    )


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Answer with a problem, in the form that its reader expects, after it is logged where it must be."""
    problem = _logged(request, problem)
    if request.path_info.startswith(SYSTEM_ADDRESSES):
        response: HttpResponse = JsonResponse(problem.members(), status=problem.status, content_type=CONTENT_TYPE)
    else:
        response = HttpResponse(_page(request, problem), status=problem.status)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def answer_of_page(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Turn an exception of a page's view into its answer; None for what nobody foresaw."""
    problem = _told(error)
    return None if problem is None else answer(request, problem)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, problem_of(exception) or BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, NOT_FOUND)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    # After the dash stands what the browser sent along.
    logger.warning("form refused", reason=reason.partition(" - ")[0])
    return answer(request, FORM_NOT_OURS)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for an exception that nothing else turned into an answer: the database is gone, or we made a mistake."""
    error = sys.exception()
    problem = _told(error) if error else None
    if problem is None:
        logger.error("request failed", code=FAILED.code, exc_info=error)
    return answer(request, problem or FAILED)


def explain_bare_refusal(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Give a refusal without any text, such as that of `require_POST`, the text that belongs to its status."""
    problem = PROBLEMS_BY_STATUS.get(response.status_code)
    if problem is None or not isinstance(response, HttpResponse) or response.content or request.method == "HEAD":
        return response
    explained = answer(request, problem)
    for name, value in response.items():
        if name not in {"Content-Type", "Content-Length"}:
            explained[name] = value
    explained.cookies = response.cookies
    return explained


def _told(error: BaseException) -> Problem | None:
    """Tell what an exception means, to the service's own log as well when it is not the caller's doing."""
    problem = problem_of(error)
    if problem is not None and problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("request failed", code=problem.code, exc_info=error)
    return problem


def _problem_of_rest(error: rest.APIException) -> Problem:
    headers: dict[str, str] = {}
    if challenge := getattr(error, "auth_header", ""):
        headers["WWW-Authenticate"] = challenge
    match error:
        case rest.ValidationError():
            return Problem(
                status=400,
                code="invalid",
                title=_("The request is not valid"),
                errors=tuple(_field_errors(error.detail)),
            )
        case rest.ParseError():
            return Problem(status=400, code="not-json", title=_("The body is not valid JSON"), detail=str(error.detail))
        case rest.MethodNotAllowed():
            return METHOD_NOT_ALLOWED
        case rest.Throttled():
            seconds = getattr(error, "wait", None)
            headers = {"Retry-After": str(round(seconds))} if seconds else {}
            return Problem(status=429, code=TOO_MANY.code, title=TOO_MANY.title, headers=headers)
        case _:
            known = PROBLEMS_BY_STATUS.get(error.status_code, FAILED)
            return Problem(status=known.status, code=known.code, title=known.title, headers=headers)


def _field_errors(detail: Any, pointer: str = "") -> Iterator[FieldError]:
    """Walk the nested errors of a serializer; each becomes a JSON Pointer into the body (RFC 6901)."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            token = str(name).replace("~", "~0").replace("/", "~1")
            yield from _field_errors(inner, pointer if name == "non_field_errors" else f"{pointer}/{token}")
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            # A list of texts is about the field itself, a list of collections about its items.
            leaf = isinstance(inner, str)
            yield from _field_errors(inner, pointer if leaf else f"{pointer}/{index}")
    else:
        yield FieldError(pointer=pointer, code=getattr(detail, "code", "invalid").replace("_", "-"), detail=str(detail))


def _logged(request: HttpRequest | Request, problem: Problem) -> Problem:
    """Log a refusal that has no entry yet; where that fails, the answer becomes 503.

    Only a caller that we know is logged, and only at an address that leads somewhere: a browser that asks for an
    icon is refused nothing. The entry names the address's pattern, because the address itself may hold anything.
    """
    if problem.status not in LOGGED_STATUSES or problem.entry_id or request.resolver_match is None:
        return problem
    try:
        if not _is_known(request) and not _came_by_session(request, problem):
            return problem
        viewer = people().viewer(request)
        with transaction.atomic():
            appended = append_entry(
                Entry(
                    action=SERVICE_REFUSED.name,
                    outcome="refused",
                    reason=problem.code,
                    subject=viewer.subject,
                    organisation=viewer.organisation,
                    role=viewer.role,
                    department=viewer.department,
                    user_sealed=viewer.user_sealed,
                    details={
                        "method": request.method or "",
                        "route": request.resolver_match.route,
                        "status": int(problem.status),
                    },
                )
            )
            promise = appended.promise()
    except (DomainError, DatabaseError, InterfaceError):
        logger.exception("refusal could not be logged")
        return LOG_NOT_WRITABLE
    return Problem(
        status=problem.status,
        code=problem.code,
        title=problem.title,
        detail=problem.detail,
        errors=problem.errors,
        params=problem.params,
        entry_id=appended.id,
        promise=promise,
        headers=problem.headers,
    )


def _is_known(request: HttpRequest | Request) -> bool:
    """Tell whether a person or a system has shown who they are. DRF authenticates when it is asked."""
    if isinstance(request, Request):
        try:
            return request.user.is_authenticated
        except rest.APIException:
            return False
    user = getattr(request, "user", None)
    return bool(user and user.is_authenticated)


def _came_by_session(request: HttpRequest | Request, problem: Problem) -> bool:
    """Find who called the API in a session, but without our token (CSRF): DRF forgot them when it refused.

    Nobody else gets a 403 unknown: who brings nothing gets a 401.
    """
    if not isinstance(request, Request) or problem.status != HTTPStatus.FORBIDDEN:
        return False
    if not hasattr(request._request, "session"):
        return False
    request.user = get_user(request._request)
    return request.user.is_authenticated


def _page(request: HttpRequest, problem: Problem) -> str:
    # Without the request where something is broken: who is signed in stands in the database, which may be what broke.
    broken = problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    try:
        return render_to_string("problem.html", {**front_end(request), "problem": problem}, None if broken else request)
    except Exception:
        # The last answer there is must not depend on anything.
        logger.exception("problem page failed")
        return (
            f'<!doctype html><html lang="{escape(get_language() or "nl")}"><meta charset="utf-8">'
            f"<title>{escape(problem.title)}</title><h1>{escape(problem.title)}</h1><p>{escape(problem.detail)}</p></html>"
        )
