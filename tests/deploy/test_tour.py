"""The tour: it holds against the service as it runs, and it fails against a service that lies."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from consent.decision import Decision
from consent.keys.models import Epoch
from deploy.demonstration.people import citizens as people
from deploy.demonstration.tour import conditions, ending, evidence, footage, proving, receipts
from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.run import STEPS, Style, new_journey, take_steps
from deploy.demonstration.tour.service import Answer, CitizensBrowser, OrganisationsSystem, Service, form_token
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal, expect_same_names
from tests.deploy.lies import LATER_LIES, LIES, LyingBrowser, LyingSystem, honest
from tests.deploy.touring import manage

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


@pytest.mark.long
def test_every_step_holds(running: str) -> None:
    result = manage("tour", "--url", running)
    lines = [line for line in result.stdout.splitlines() if line]
    assert [line[:6] for line in lines[:-1]] == [f"{number:>2}  ok" for number in range(1, len(STEPS) + 1)]
    assert "Every step held" in lines[-1]
    # Plain text where it is no terminal.
    assert "\x1b" not in result.stdout
    # Who travelled once is free to travel again.
    with _journey(running) as journey:
        assert f"{journey.person.display_name} is signed in" in lines[1]


@pytest.mark.slow
def test_the_same_person_travels_again(running: str) -> None:
    with _journey(running) as journey:
        _take_up_to(journey, "Nobody opens the sealed copies any more")
    with _journey(running) as again:
        assert again.person == journey.person
        _take_up_to(again, "Nobody opens the sealed copies any more")


@pytest.mark.slow
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
        _tell_later_lies(service, system)


def _never_minds_the_hour(_grant: object, _purpose: object, _ask: object) -> Decision:
    return Decision(allowed=True, verdicts=())


def _believes_every_receipt(*_files: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.CompletedProcess([], 0, stdout="", stderr="")


def _withdraws_nothing(_journey: Journey, _citizen: object) -> None:
    pass


# What these steps ask a program instead of the service.
_LYING_PROGRAMS: dict[str, list[tuple[object, str, object]]] = {
    "It refuses at night and allows by day": [(conditions, "decide", _never_minds_the_hour)],
    "A receipt is verified offline": [(receipts, "_verify_elsewhere", _believes_every_receipt)],
    "Evidence is verified outside the project": [(evidence, "_verify_elsewhere", _believes_every_receipt)],
    "A withdrawal cuts it off while it plays": [(footage, "_withdraw", _withdraws_nothing)],
}


def _tell_later_lies(service: Service, system: LyingSystem) -> None:
    """Take the later steps with one person: each fails on each lie about it, and holds without."""
    system.lie = honest
    with LyingBrowser(service.url) as browser:
        journey = new_journey(service, browser, system)
        _take_up_to(journey, "Nobody opens the sealed copies any more")
        for step in STEPS[TITLES.index("Asked again, the citizen makes an offer instead") :]:
            for lie in (lie for lie, title in LATER_LIES if title == step.title):
                browser.lie = system.lie = lie
                said: list[str] = []
                assert not take_steps(journey, [step], said.append, Style()), lie.__name__
                browser.lie = system.lie = honest
            for place, name, lying in _LYING_PROGRAMS.get(step.title, ()):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(place, name, lying)
                    said = []
                    assert not take_steps(journey, [step], said.append, Style()), name
                    assert "of the documented form" not in " ".join(said), said
            said = []
            assert take_steps(journey, [step], said.append, Style()), said


@pytest.mark.long
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
