"""Taking the steps one after the other, and saying what came back."""

import shutil
import subprocess
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audit.errors import DomainError
from consent.models import Consent, Purpose
from consent.services.citizens import find_citizen
from deploy.demonstration.people.citizens import CAST, citizens
from deploy.demonstration.tour import (
    conditions,
    contesting,
    ending,
    evidence,
    footage,
    granting,
    guardian,
    proving,
    reading,
    receipts,
    restoring,
    taking_along,
    turning,
    watching,
    witnessing,
)
from deploy.demonstration.tour.journey import GRANTED, PURPOSE, Journey
from deploy.demonstration.tour.service import CitizensBrowser, NoAnswer, OrganisationsSystem, Service
from deploy.demonstration.tour.step import Step, StepFailed

STEPS: tuple[Step, ...] = (
    *granting.STEPS,
    *reading.STEPS,
    *watching.STEPS,
    *turning.BACKUP,
    *restoring.BACKUP,
    *ending.STEPS,
    *turning.STEPS,
    *proving.STEPS,
    *witnessing.STEPS,
    *restoring.STEPS,
    *evidence.STEPS,
    *conditions.STEPS,
    *receipts.STEPS,
    *contesting.STEPS,
    *guardian.STEPS,
    *taking_along.STEPS,
    *footage.STEPS,
)


class NobodyToTravel(Exception):
    """There is nobody who could take the tour; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a line marks what held and what failed: plain, or in colour on a terminal."""

    held: Callable[[str], str] = str
    failed: Callable[[str], str] = str


def take_tour(
    url: str, say: Callable[[str], None], *, style: Style | None = None, steps: Sequence[Step] = STEPS
) -> bool:
    """Take the steps against the service at `url`, one line each, up to the first that fails; tell if all held.

    Raises NobodyToTravel.
    """
    style = style or Style()
    with Service(url) as service, CitizensBrowser(url) as browser, OrganisationsSystem(url) as system:
        journey = new_journey(service, browser, system)
        return take_steps(journey, steps, say, style)


def take_steps(journey: Journey, steps: Sequence[Step], say: Callable[[str], None], style: Style) -> bool:
    """Take the steps of `take_tour` on a journey that has begun."""
    widest = max(len(step.title) for step in steps)
    for number, step in enumerate(steps, start=1):
        try:
            received = step.take(journey)
        except _FAILURES as error:
            failure = _as_failure(error)
            say(f"{number:>2}  {style.failed('FAILED')}  {step.title}")
            say(_indented("expected", failure.expected))
            say(_indented("received", failure.received))
            return False
        say(f"{number:>2}  {style.held('ok')}  {step.title:<{widest}}  {received}")
    return True


# What an answer of another form than the documented one leads to, besides what the steps themselves raise.
_FAILURES = (
    StepFailed,
    NoAnswer,
    DomainError,
    subprocess.SubprocessError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
)


def _as_failure(error: Exception) -> StepFailed:
    match error:
        case StepFailed():
            return error
        case NoAnswer():
            return StepFailed(expected="an answer that can be read", received=str(error))
        case _:
            return StepFailed(
                expected="answers of the documented form, and keys that open",
                received=f"{type(error).__name__}: {error}",
            )


def new_journey(service: Service, browser: CitizensBrowser, system: OrganisationsSystem) -> Journey:
    """Choose a citizen who filled in what the tour shares, and who does not share it already.

    People of the cast whom nothing else is told about come first. Raises NobodyToTravel.
    """
    purpose = Purpose.objects.in_force().filter(slug=PURPOSE).first()
    if purpose is None:
        raise NobodyToTravel("The demonstration is not loaded. Run: manage.py load_demonstration")
    needed = {name.partition("#")[0] for name in GRANTED}
    people = [person for person in citizens() if needed <= person.records.keys()]
    # Anna and Youssef stay as they are, for who looks around.
    for person in sorted(people[2:], key=lambda person: person.name not in CAST):
        citizen = find_citizen(bsn=person.bsn)
        if citizen and not Consent.objects.of_citizen(citizen).standing().filter(purpose=purpose).exists():
            return Journey(service=service, person=person, citizen=citizen, system=system, browser=browser)
    raise NobodyToTravel("Everybody shares data for this purpose already. Start with an empty VAR folder.")


def _indented(label: str, text: str) -> str:
    width = max(60, shutil.get_terminal_size((120, 24)).columns)
    indent = " " * 12
    return textwrap.fill(f"{label}: {text}", width, initial_indent=indent, subsequent_indent=indent + " " * 10)
