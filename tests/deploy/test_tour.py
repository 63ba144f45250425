"""The tour: it holds against the service as it runs, and it fails against a service that lies."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import global_settings
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from pytest_django import Settings

from consent.models import Epoch
from deploy.demonstration.people import citizens as people
from deploy.demonstration.tour import ending, proving
from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.run import STEPS, Style, new_journey, take_steps
from deploy.demonstration.tour.service import Answer, CitizensBrowser, OrganisationsSystem, Service, form_token
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal, expect_same_names
from tests.conftest import TestDatabase

# Each lie leaves somebody behind who shares already.
FEW = 56
SEQUENCER = "deelwijs_sequencer"
TITLES = [step.title for step in STEPS]


# --- What a step can expect ---------------------------------------------------------------------------------------


def test_an_expectation_says_what_it_expected_and_what_came() -> None:
    with pytest.raises(StepFailed) as failed:
        expect_equal("uses left", 1, 2)
    assert (failed.value.expected, failed.value.received) == ("uses left 1", "2")
    with pytest.raises(StepFailed) as failed:
        expect("a sentence", False, "")
    assert (failed.value.expected, failed.value.received) == ("a sentence", "''")
    expect_equal("uses left", 1, 1)
    expect("a sentence", True, "Because.")


@pytest.mark.parametrize(
    ("received", "said"),
    [
        (["a"], "missing b; too many none"),
        (["a", "b", "c"], "missing none; too many c"),
        (["a", "b", "b"], "missing none; too many none"),
    ],
)
def test_names_are_compared_both_ways(received: list[str], said: str) -> None:
    with pytest.raises(StepFailed) as failed:
        expect_same_names("fields", ["a", "b"], received)
    assert failed.value.received == said
    expect_same_names("fields", ["a", "b"], ["b", "a"])


def test_the_token_of_a_form_is_found() -> None:
    page = '<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="abc"><input name="x"></form>'
    assert form_token(page) == "abc"
    assert form_token("<p>Nothing to send</p>") is None


def test_a_service_that_is_not_there_is_a_failed_step() -> None:
    said: list[str] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    with Service(f"http://127.0.0.1:{port}") as service:

        def ask(journey: Journey) -> str:
            return service.get("/health/").text

        assert not take_steps(_nobody(), [Step("Ask", ask)], said.append, Style())
    assert "FAILED  Ask" in said[0]
    assert "GET /health/" in " ".join(said)


@pytest.mark.parametrize("error", [KeyError("id"), TypeError("None"), ValueError("no UUID"), AttributeError("get")])
def test_an_answer_of_another_form_is_a_failed_step(error: Exception) -> None:
    def take(journey: Journey) -> str:
        raise error

    said: list[str] = []
    assert not take_steps(_nobody(), [Step("Read", take), Step("Read on", take)], said.append, Style())
    assert len(said) == 3
    assert type(error).__name__ in said[2]


def test_an_answer_without_its_members_says_so() -> None:
    answer = Answer("GET /x", 200, '{"entry": {}}', {"entry": {}})
    with pytest.raises(Exception, match=r"GET /x answered 200 without entry\.id"):
        answer.member("entry", "id")


# --- Where it runs ------------------------------------------------------------------------------------------------


def test_only_a_demonstration_is_toured(settings: Settings) -> None:
    settings.DEMONSTRATION = False
    with pytest.raises(CommandError, match="DEMONSTRATION"):
        call_command("tour", url="http://127.0.0.1:1", skip_checks=True)


def test_without_a_municipality_there_is_nobody_to_travel(epoch: Epoch, settings: Settings) -> None:
    settings.DEMONSTRATION = True
    with pytest.raises(CommandError, match=r"manage\.py load_demonstration"):
        call_command("tour", url="http://127.0.0.1:1", skip_checks=True)


@pytest.fixture
def running(
    committed_db: TestDatabase,
    epoch: Epoch,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """Give the address of a demonstration that runs: loaded, served, sequenced, each by its own process and role."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "DEMONSTRATION": "true",
        "ALLOWED_HOSTS": "127.0.0.1",
        "OIDC_CITIZENS_ISSUER": "",
        "OIDC_STAFF_ISSUER": "",
        "VAR": str(tmp_path / "var"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings.DEMONSTRATION, settings.VAR = True, tmp_path / "var"
    # The hash of a client's secret must be one that the service itself knows.
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    monkeypatch.setattr(people, "HOW_MANY", FEW)
    call_command("load_demonstration", verbosity=0, skip_checks=True)
    _manage("collectstatic", "--noinput", "--verbosity=0")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    sequencer = [sys.executable, "manage.py", "sequence"]
    worker = [sys.executable, "-m", "celery", "--app", "deploy.celery:app", "worker", "--concurrency=1"]
    with (
        _process([*web, "deploy.wsgi:application"]) as server,
        _process(sequencer, DATABASE_URL=committed_db.url(SEQUENCER)),
        _process(worker),
    ):
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/register/", server)
        yield url


def test_every_step_holds_and_the_same_person_travels_again(running: str) -> None:
    result = _manage("tour", "--url", running)
    lines = [line for line in result.stdout.splitlines() if line]
    assert [line[:6] for line in lines[:-1]] == [f"{number:>2}  ok" for number in range(1, len(STEPS) + 1)]
    assert "Every step held" in lines[-1]
    # Plain text where it is no terminal.
    assert "\x1b" not in result.stdout
    with _journey(running) as journey:
        assert f"{journey.person.display_name} is signed in" in lines[1]
        _take_up_to(journey, "Nobody opens the sealed copies any more")


def test_a_service_that_lies_is_caught(running: str) -> None:
    """Each lie is told to a new tour, which must end at the step that the lie is about."""
    with Service(running) as service, LyingSystem(running) as system:
        for lie, step in LIES:
            said: list[str] = []
            with LyingBrowser(running) as browser:
                browser.lie = system.lie = lie
                journey = new_journey(service, browser, system)
                assert not take_steps(journey, STEPS[: TITLES.index(step) + 1], said.append, Style()), lie.__name__
            assert step in said[-3], (lie.__name__, said)
            assert "FAILED" in said[-3], (lie.__name__, said)


def test_copies_that_open_and_a_verification_that_finds_nothing_are_caught(
    running: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _journey(running) as journey:
        _take_up_to(journey, "Second use")
        with pytest.raises(StepFailed) as failed:
            ending.fail_to_open_sealed_item(journey)
        assert failed.value.received == "the sealed copies opened"
        monkeypatch.setattr(proving, "alter_record", _alter_nothing)
        with pytest.raises(StepFailed) as failed:
            proving.find_altered_row(journey)
        assert f"names record {journey.accesses[-1]}" in failed.value.expected
    # Who shares now does not travel again; those whom pages speak of never do.
    with _journey(running) as other:
        assert other.person != journey.person
        assert other.person.bsn not in (people.ANNA, people.YOUSSEF)


# --- Lies ---------------------------------------------------------------------------------------------------------

Lie = Callable[[Answer], Answer]


def honest(answer: Answer) -> Answer:
    return answer


class LyingBrowser(CitizensBrowser):
    """Hands the tour another answer than the service gave."""

    lie: Lie = staticmethod(honest)

    def _send(self, method: str, path: str, **rest: Any) -> Answer:
        return self.lie(super()._send(method, path, **rest))


class LyingSystem(OrganisationsSystem):
    """Hands the tour another answer than the service gave. One token does for all lies: the service hashes slowly."""

    lie: Lie = staticmethod(honest)
    kept: Answer | None = None

    def get_token(self, **given: str) -> Answer:
        self.kept = self.kept or super().get_token(**given)
        return self.kept

    def _send(self, method: str, path: str, **rest: Any) -> Answer:
        return self.lie(super()._send(method, path, **rest))


def grants_every_use(answer: Answer) -> Answer:
    if answer.asked == "POST /api/v1/consents":
        return replace(answer, body={**answer.body, "usesLeft": 1000})
    return answer


def releases_one_field_more(answer: Answer) -> Answer:
    if "fields" in answer.body and answer.asked == "POST /api/v1/releases":
        return replace(answer, body={**answer.body, "fields": {**answer.body["fields"], "brp-person#/gezag": []}})
    return answer


def releases_one_field_less(answer: Answer) -> Answer:
    if "fields" in answer.body and answer.asked == "POST /api/v1/releases":
        fewer = {name: value for name, value in answer.body["fields"].items() if name != "income#/inkomen"}
        return replace(answer, body={**answer.body, "fields": fewer})
    return answer


def releases_another_value(answer: Answer) -> Answer:
    if "fields" in answer.body and answer.asked == "POST /api/v1/releases":
        return replace(answer, body={**answer.body, "fields": {**answer.body["fields"], "income#/inkomen": -1}})
    return answer


def never_counts(answer: Answer) -> Answer:
    return replace(answer, body={**answer.body, "usesLeft": 1}) if answer.body.get("usesLeft") == 0 else answer


def refuses_without_a_word(answer: Answer) -> Answer:
    return replace(answer, body={**answer.body, "detail": ""}) if answer.status == 403 else answer


def refuses_for_another_reason(answer: Answer) -> Answer:
    if answer.status == 403:
        verdicts = [{"code": "recipients", "holds": False, "params": {}}]
        return replace(answer, body={**answer.body, "params": {"verdicts": verdicts}})
    return answer


def refuses_and_hands_over(answer: Answer) -> Answer:
    return replace(answer, body={**answer.body, "fields": {}}) if answer.status == 403 else answer


def allows_a_third_time(answer: Answer) -> Answer:
    return replace(answer, status=201) if answer.status == 403 else answer


def hides_accesses(answer: Answer) -> Answer:
    if answer.asked == "GET /api/v1/entries":
        shown = [entry for entry in answer.body["results"] if entry["action"] != "sharing.released"]
        return replace(answer, body={**answer.body, "results": shown})
    return answer


def shows_refusals_as_allowed(answer: Answer) -> Answer:
    if answer.asked == "GET /api/v1/entries":
        shown = [{**entry, "outcome": "allowed", "reason": ""} for entry in answer.body["results"]]
        return replace(answer, body={**answer.body, "results": shown})
    return answer


def names_the_employee(answer: Answer) -> Answer:
    if answer.asked == "GET /api/v1/entries":
        shown = [{**entry, "user": "Sanne Hofman"} for entry in answer.body["results"]]
        return replace(answer, body={**answer.body, "results": shown})
    return answer


def leaves_the_page_empty(answer: Answer) -> Answer:
    if answer.asked == "GET /my/" and "TOUR-" in answer.text:
        return replace(answer, text=answer.text.replace("TOUR-", ""))
    return answer


def only_says_that_it_withdrew(answer: Answer) -> Answer:
    return replace(answer, body={**answer.body, "state": "given"}) if "/withdrawals" in answer.asked else answer


def proves_another_entry(answer: Answer) -> Answer:
    if answer.asked.endswith("/proof") and answer.status == 200:
        return replace(answer, text=answer.text.replace('"leafIndex":', '"leafIndex":1'))
    return answer


LIES: list[tuple[Lie, str]] = [
    (grants_every_use, "The citizen grants fewer fields, twice at most"),
    (releases_one_field_more, "First use"),
    (releases_one_field_less, "First use"),
    (releases_another_value, "First use"),
    (never_counts, "Second use"),
    (allows_a_third_time, "Third use is refused, and says why"),
    (refuses_without_a_word, "Third use is refused, and says why"),
    (refuses_for_another_reason, "Third use is refused, and says why"),
    (refuses_and_hands_over, "Third use is refused, and says why"),
    (hides_accesses, "The citizen sees all of it in the timeline"),
    (shows_refusals_as_allowed, "The citizen sees all of it in the timeline"),
    (names_the_employee, "The citizen sees all of it in the timeline"),
    (leaves_the_page_empty, "… and on the page"),
    (only_says_that_it_withdrew, "The citizen withdraws"),
    (proves_another_entry, "A proof of one access is verified"),
]


# --- Ground -------------------------------------------------------------------------------------------------------


def _nobody() -> Journey:
    """Return a journey for steps that ask nothing of it."""
    return None  # type: ignore[return-value]  # such a step has no use for one


@contextmanager
def _journey(url: str) -> Iterator[Journey]:
    with Service(url) as service, CitizensBrowser(url) as browser, OrganisationsSystem(url) as system:
        yield new_journey(service, browser, system)


def _take_up_to(journey: Journey, title: str) -> None:
    said: list[str] = []
    assert take_steps(journey, STEPS[: TITLES.index(title) + 1], said.append, Style()), said


def _alter_nothing(file: Path, entry_id: str, *, old: str, new: str) -> int:
    return 1


def _manage(*command: str) -> "subprocess.CompletedProcess[str]":
    result = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=configured.BASE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result


@contextmanager
def _process(command: list[str], **environment: str) -> "Iterator[subprocess.Popen[str]]":
    # To a file and not to a pipe: a process whose full pipe nobody empties stands still.
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
        subprocess.Popen(
            command,
            cwd=configured.BASE,
            env=os.environ | environment,
            stdout=said,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(url: str, server: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            requests.get(url, timeout=5).raise_for_status()
        except requests.ConnectionError:
            assert server.poll() is None, f"the server ended with {server.returncode}"
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return
