"""Every wrong request gets an answer that says what is wrong, and nothing is written."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils.translation import override
from django.views.decorators.http import require_POST
from pytest_django import Settings
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from audit.errors import Conflict, Unavailable
from audit.models import Record
from consent.errors import DoesNotOpen
from deploy import urls as real_urls
from deploy.problems import problem_of
from sharing.models import Request
from tests.api import token_for
from tests.cast import ANNA_BSN, INCOME, SIZE, Cast

REQUESTS = "/api/v1/requests"
REQUEST = {"purpose": "energy-allowance", "subject": {"bsn": ANNA_BSN}, "fields": [SIZE, INCOME], "case": "Z-1"}
PROBLEM = "application/problem+json"


def raiser(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


def api_raiser(error: Exception) -> Any:
    class Raiser(APIView):
        permission_classes = (AllowAny,)

        def get(self, request: HttpRequest) -> HttpResponse:
            raise error

    return Raiser.as_view()


@require_POST
def only_post(request: HttpRequest) -> HttpResponse:
    return HttpResponse("posted")


# The service's own addresses, and some that go wrong in every way.
urlpatterns = [
    *real_urls.urlpatterns,
    path("wrong/conflict/", raiser(Conflict("Someone was before you."))),
    path("wrong/unavailable/", raiser(Unavailable())),
    path("wrong/database/", raiser(OperationalError("server closed the connection unexpectedly"))),
    path("wrong/mistake/", raiser(ProgrammingError(f"relation of {ANNA_BSN} does not exist"))),
    path("wrong/forbidden/", raiser(PermissionDenied())),
    path("wrong/post/", only_post),
    path("wrong/unopened/", raiser(DoesNotOpen())),
    path("api/v1/wrong/unopened", api_raiser(DoesNotOpen())),
    path("api/v1/wrong/unavailable", api_raiser(Unavailable())),
    path("api/v1/wrong/mistake", api_raiser(ProgrammingError("relation does not exist"))),
]
handler400, handler403 = real_urls.handler400, real_urls.handler403
handler404, handler500 = real_urls.handler404, real_urls.handler500


@pytest.fixture
def system(cast: Cast, client: Client) -> Client:
    """The municipality's system, with its token."""
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token_for(cast.municipal_system)}"
    return client


@pytest.fixture
def wrong(settings: Settings, client: Client) -> Client:
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False
    return client


def refused(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == PROBLEM
    problem: dict[str, Any] = json.loads(response.content)
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["title"]
    assert problem["detail"]
    assert re.fullmatch("[0-9a-f]{32}", problem["traceId"])
    assert "Traceback" not in response.content.decode()
    return problem


# --- Bodies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b'{"purpose": "energy-allowance"',
        b'{"purpose": "\xff"}',
        b'{"case": NaN}',
        b'{"case": "a", "case": "b"}',
        b'{"case": "a\\u0000b"}',
        b'{"a\\u0000b": 1}',
        b'{"case": "\\ud800"}',
        b"[" * 100_000,
        b"1" * 5000,
    ],
)
def test_a_body_that_is_not_json_is_400_and_nothing_is_written(system: Client, body: bytes) -> None:
    entries = Record.objects.count()
    refused(system.post(REQUESTS, body, content_type="application/json"), 400, "not-json")
    assert Request.objects.count() == 0
    assert Record.objects.count() == entries


def test_ten_megabytes_are_413_and_nothing_is_written(system: Client) -> None:
    entries = Record.objects.count()
    body = json.dumps({**REQUEST, "case": "x" * 10_000_000})
    refused(system.post(REQUESTS, body, content_type="application/json"), 413, "too-large")
    assert Request.objects.count() == 0
    assert Record.objects.count() == entries


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
def test_another_content_type_is_415(system: Client, kind: str) -> None:
    refused(system.post(REQUESTS, json.dumps(REQUEST), content_type=kind), 415, "unsupported-media-type")
    assert Request.objects.count() == 0


def test_all_errors_come_at_once_with_their_places(system: Client) -> None:
    body = {"purpose": "no slug", "subject": {"bsn": "1234567890"}, "fields": [], "extra/member": 1}
    problem = refused(system.post(REQUESTS, json.dumps(body), content_type="application/json"), 400, "invalid")
    assert {error["pointer"] for error in problem["errors"]} == {
        "/purpose",
        "/subject/bsn",
        "/fields",
        "/case",
        "/extra~1member",
    }
    assert all(error["code"] and error["detail"] for error in problem["errors"])


def test_no_body_at_all_is_400(system: Client) -> None:
    refused(system.post(REQUESTS, b"", content_type="application/json"), 400, "invalid")


def test_errors_of_items_point_at_the_item() -> None:
    error = serializers.ValidationError({"rows": [{}, {"name": ["bad"]}], "non_field_errors": ["bad"]})
    problem = problem_of(error)
    assert problem is not None
    assert [found.pointer for found in problem.errors] == ["/rows/1/name", ""]


@pytest.mark.parametrize("address", ["/api/v1/requests?page=%00", "/register/?q=a%00b", "/api/v1/purposes/a%00b"])
def test_a_nul_byte_in_an_address_is_400(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 400


def test_a_nul_byte_in_a_form_is_400(client: Client, db: None) -> None:
    assert client.post("/sign-out/", {"next": "a\0b"}).status_code == 400


# --- Who may ------------------------------------------------------------------------------------------------------


def test_no_token_is_401_and_no_entry(client: Client, db: None) -> None:
    entries = Record.objects.count()
    response = client.get(REQUESTS)
    refused(response, 401, "not-authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert Record.objects.count() == entries


def test_an_unknown_token_is_401(client: Client, db: None) -> None:
    response = client.get(REQUESTS, headers={"Authorization": "Bearer nonsense"})
    refused(response, 401, "not-authenticated")


def test_a_refusal_of_a_known_caller_is_in_the_log(cast: Cast, system: Client) -> None:
    response = system.get(f"{REQUESTS}/01890000-0000-7000-8000-000000000000")
    problem = refused(response, 404, "request-not-found")
    entry = Record.objects.get(entry_id=problem["entryId"])
    assert (entry.action, entry.outcome, entry.reason) == ("service.refused", "refused", "request-not-found")
    assert entry.organisation == cast.municipality.oin


def test_a_refusal_that_cannot_be_logged_is_503(system: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(entry: object) -> None:
        raise Unavailable

    monkeypatch.setattr("deploy.problems.append_entry", fail)
    response = system.get(f"{REQUESTS}/01890000-0000-7000-8000-000000000000")
    refused(response, 503, "log-not-writable")
    assert response["Retry-After"]


def test_an_address_that_leads_nowhere_is_404_and_no_entry(system: Client) -> None:
    entries = Record.objects.count()
    refused(system.get("/api/v1/nothing"), 404, "not-found")
    assert Record.objects.count() == entries


def test_a_method_that_is_not_there_is_405(system: Client) -> None:
    response = system.delete(REQUESTS)
    refused(response, 405, "method-not-allowed")
    assert "GET" in response["Allow"]


def test_an_answer_in_another_format_is_406(system: Client) -> None:
    refused(system.get(REQUESTS, headers={"Accept": "text/html"}), 406, "not-acceptable")


# --- Pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/wrong/conflict/", 409),
        ("/wrong/unavailable/", 503),
        ("/wrong/database/", 503),
        ("/wrong/mistake/", 500),
        ("/wrong/forbidden/", 403),
        ("/wrong/post/", 405),
        ("/nothing/", 404),
    ],
)
def test_a_page_explains_every_error(wrong: Client, db: None, address: str, status: int) -> None:
    response = wrong.get(address)
    page = response.content.decode()
    assert response.status_code == status
    assert "<h1" in page
    assert "<main" in page
    assert "Traceback" not in page
    assert ANNA_BSN not in page
    assert "relation" not in page


def test_a_bare_refusal_keeps_its_headers(wrong: Client, db: None) -> None:
    response = wrong.get("/wrong/post/")
    assert response["Allow"] == "POST"


def test_the_detail_of_a_domain_error_is_shown(wrong: Client, db: None) -> None:
    assert "Someone was before you." in wrong.get("/wrong/conflict/").content.decode()


def test_an_error_page_that_fails_itself_still_answers(
    wrong: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise OSError

    monkeypatch.setattr("deploy.problems.render_to_string", fail)
    response = wrong.get("/wrong/unavailable/")
    assert response.status_code == 503
    assert "<h1>" in response.content.decode()


def test_a_form_without_our_token_is_refused_and_logged(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.anna.account)
    response = strict.post("/sign-out/")
    assert response.status_code == 403
    assert Record.objects.filter(reason="form-not-ours", subject=cast.anna.log_subject).count() == 1


def test_a_call_by_session_without_our_token_is_refused_and_logged(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.anna.account)
    problem = refused(strict.post("/api/v1/consents", {}, content_type="application/json"), 403, "forbidden")
    entry = Record.objects.get(entry_id=problem["entryId"])
    assert (entry.action, entry.subject) == ("service.refused", cast.anna.log_subject)


def test_a_call_without_a_session_leaves_no_entry(cast: Cast) -> None:
    entries = Record.objects.count()
    refused(Client(enforce_csrf_checks=True).post("/api/v1/consents", {}), 401, "not-authenticated")
    assert Record.objects.count() == entries


def test_an_error_is_said_in_the_reader_s_language(wrong: Client, db: None) -> None:
    pages = {
        language: wrong.get("/nothing/", headers={"Accept-Language": language}).content.decode()
        for language in ("nl", "en")
    }
    assert "We cannot find this" in pages["en"]
    with override("nl"):
        assert 'lang="nl"' in pages["nl"]
    assert "We cannot find this" not in pages["nl"]


# --- What those who keep the service running see ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/wrong/unavailable/", 503),
        ("/wrong/unopened/", 500),
        ("/wrong/database/", 503),
        ("/wrong/mistake/", 500),
        ("/api/v1/wrong/unopened", 500),
        ("/api/v1/wrong/unavailable", 503),
        ("/api/v1/wrong/mistake", 500),
    ],
)
def test_an_error_of_ours_is_in_the_service_s_log(
    wrong: Client, db: None, caplog: pytest.LogCaptureFixture, address: str, status: int
) -> None:
    assert wrong.get(address).status_code == status
    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert line.exc_info or (isinstance(line.msg, dict) and line.msg["exc_info"])
    assert line.name == "deploy.problems"


def test_an_error_of_the_caller_is_not(wrong: Client, db: None, caplog: pytest.LogCaptureFixture) -> None:
    for address in ("/wrong/conflict/", "/wrong/forbidden/", "/nothing/", REQUESTS):
        assert 400 <= wrong.get(address).status_code < 500
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
