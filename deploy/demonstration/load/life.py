"""What happened in the demonstration before anyone looked: questions, answers, readings, refusals."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from django.utils import timezone

from consent.actor import Actor
from consent.models import Citizen, Consent, PurposeVersion, Role
from consent.services.answer import grant_consent, refuse_consent
from consent.services.change import pause_consent, postpone_consent, withdraw_consent
from consent.services.offer import make_offer
from deploy.demonstration.load.organisations import LoadedOrganisation
from deploy.demonstration.people.citizens import ANNA, MILAN, RISHI, SEED, YOUSSEF, ZEYNEP, Person
from sharing.release_outcome import Released
from sharing.released_file import find_released_file
from sharing.services.release import release
from sharing.services.request import create_request
from sharing.services.viewing import stop_viewing, view_file

Answer = Literal["given", "asked", "refused", "withdrawn", "paused", "postponed", "offered"]

OFFICE_HOURS = [{"days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "09:00", "until": "17:00"}]


@dataclass(frozen=True, slots=True)
class Scene:
    """What one citizen said of one purpose, and how often the data was asked for since.

    `optional` is how many of the optional fields were granted too, `uses` the limit, None for no limit. One
    reading more than `uses` is a refused one. `terms` are conditions besides those, as consents store them.
    """

    bsn: str
    purpose: str
    answer: Answer
    readings: int = 0
    uses: int | None = None
    optional: int = 1
    language: str = "nl"
    days: int = 30
    terms: Mapping[str, Any] = field(default_factory=dict)


def scenes(people: list[Person]) -> Iterator[Scene]:
    """Yield what happened: to the people of the cast by hand, to a part of the others as the seed draws it."""
    yield Scene(ANNA, "street-works-notice", "given", readings=2, uses=20, optional=2, days=300)
    yield Scene(ANNA, "private-camera-register", "given", readings=2, uses=1, optional=1, days=180)
    yield Scene(ANNA, "energy-allowance", "asked")
    yield Scene(YOUSSEF, "event-crowd", "given", readings=1, uses=3, optional=3)
    yield Scene(YOUSSEF, "private-camera-register", "refused")
    yield Scene(YOUSSEF, "incident-footage", "asked")
    zeynep, rishi = people[ZEYNEP].bsn, people[RISHI].bsn
    yield Scene(zeynep, "street-works-notice", "paused", readings=1, uses=5, days=90)
    yield Scene(zeynep, "event-crowd", "offered", uses=1, days=14)
    yield Scene(zeynep, "incident-footage", "postponed")
    # Three times a month, in office hours, every time with a message, and always as it is by then.
    yield Scene(
        rishi,
        "street-works-notice",
        "given",
        readings=1,
        uses=20,
        optional=3,
        days=200,
        terms={
            "window": OFFICE_HOURS,
            "usesPerPeriod": {"limit": 3, "period": "month"},
            "tellMe": True,
            "keep": {"days": 7},
            "keepUpToDate": True,
        },
    )
    # The police ask each time, and wait for the answer.
    yield Scene(rishi, "private-camera-register", "given", readings=1, uses=5, days=60, terms={"askMe": True})
    # With the film that he added, of which the police saw a little.
    yield Scene(rishi, "incident-footage", "given", readings=1, uses=4, optional=2, days=30)
    # Whether the income is below an amount, and not how high it is.
    yield Scene(
        rishi,
        "energy-allowance",
        "given",
        readings=1,
        uses=2,
        optional=0,
        terms={"answerOnly": {"income#/inkomen": "income-below-25000"}},
    )
    # The child's question is for the parent to answer.
    yield Scene(MILAN, "street-works-notice", "asked", optional=1)
    # Tess says nothing of the allowance: the tour speaks for her.
    drawn = random.Random(SEED + 1)  # noqa: S311 the demonstration must be the same each time
    for person in people[5:]:
        for purpose, share in (
            ("street-works-notice", 0.28),
            ("energy-allowance", 0.2),
            ("private-camera-register", 0.5 if "private-camera" in person.records else 0.02),
            ("incident-footage", 0.3 if "camera-footage" in person.records else 0.0),
            ("event-crowd", 0.4 if "event-presence" in person.records else 0.03),
        ):
            happens = drawn.random() < share
            answer: Answer = drawn.choices(("given", "asked", "refused", "withdrawn"), (52, 27, 12, 9))[0]
            readings, uses = drawn.choice((0, 0, 1, 1, 2)), drawn.choice((1, 2, 5, 5))
            optional, english = drawn.randrange(4), drawn.random() < 0.1
            if happens:
                yield Scene(
                    person.bsn,
                    purpose,
                    answer,
                    readings=readings,
                    uses=uses,
                    optional=optional,
                    language="en" if english else "nl",
                )


def play(
    scene: Scene,
    *,
    case: str,
    citizen: Citizen,
    version: PurposeVersion,
    organisations: Mapping[str, LoadedOrganisation],
) -> None:
    """Let a scene happen. The citizen has never been asked for this purpose nor answered."""
    actor = organisations[version.purpose.organisation.oin].members[Role.REQUESTER].as_actor()
    granted = _granted_fields(scene, version)
    read = {"language": scene.language, "notice_hash": version.notice_hashes[scene.language]}
    if scene.answer in ("asked", "refused", "postponed", "offered"):
        create_request(actor=actor, purpose=scene.purpose, fields=granted, case=case, bsn=scene.bsn)
        asked = _open_consent(citizen, version)
        match scene.answer:
            case "refused":
                refuse_consent(citizen=citizen, consent_id=asked.pk)
            case "postponed":
                postpone_consent(citizen=citizen, consent_id=asked.pk)
            case "offered":
                make_offer(citizen=citizen, consent_id=asked.pk, terms=_terms(scene, actor, granted, version), **read)
        return
    consent = grant_consent(
        citizen=citizen, purpose_version_id=version.pk, terms=_terms(scene, actor, granted, version), **read
    )
    if scene.readings:
        request = create_request(actor=actor, purpose=scene.purpose, fields=granted, case=case, bsn=scene.bsn)
        for number in range(1, scene.readings + 1):
            outcome = release(
                actor=actor, request_id=request.pk, idempotency_key=f"demonstration-{consent.pk}-{number}"
            )
            if outcome.released:
                _view_files(actor, outcome.released)
    if scene.answer == "withdrawn":
        withdraw_consent(citizen=citizen, consent_id=consent.pk)
    elif scene.answer == "paused":
        pause_consent(citizen=citizen, consent_id=consent.pk)


def _view_files(actor: Actor, released: Released) -> None:
    """View the first part of each film that was released, and say to be done."""
    for name in released.files:
        file_id = UUID(released.data[name]["id"])
        found = find_released_file(actor=actor, release_id=released.id, file_id=file_id)
        for _piece in view_file(found, actor=actor, start=0, stop=found.file.size // 2):
            pass
        stop_viewing(actor=actor, release_id=released.id, file_id=file_id)


def _terms(scene: Scene, actor: Actor, granted: list[str], version: PurposeVersion) -> dict[str, Any]:
    days = min(scene.days, version.longest_validity_days)
    if version.pilot_ends_on is not None:
        # A pilot ends, and every yes to it with it.
        days = min(days, (version.pilot_ends_on - timezone.localdate()).days)
    terms: dict[str, Any] = {
        "validUntil": (timezone.now() + timedelta(days=days)).isoformat(),
        "fields": granted,
        "recipients": [{"oin": actor.oin, "department": actor.department}],
        **scene.terms,
    }
    if scene.uses is not None:
        terms["uses"] = scene.uses
    return terms


def _granted_fields(scene: Scene, version: PurposeVersion) -> list[str]:
    fields = list(version.fields.all())
    optional = [asked.name for asked in fields if not asked.required][: scene.optional]
    return [asked.name for asked in fields if asked.required] + optional


def _open_consent(citizen: Citizen, version: PurposeVersion) -> Consent:
    found: Consent = Consent.objects.of_citizen(citizen).still_open().get(purpose_id=version.purpose_id)
    return found
