"""A film is added, viewed by the police in ranges, and cut off while it plays."""

import base64
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from consent.models import Citizen, Member, Role
from consent.services.citizens import find_citizen
from deploy.demonstration.film import draw_noise
from deploy.demonstration.people.citizens import TESS, citizens
from deploy.demonstration.read_catalogue import POLICE
from deploy.demonstration.tour.journey import Journey
from deploy.demonstration.tour.service import Answer, CitizensBrowser
from deploy.demonstration.tour.step import Step, StepFailed, expect, expect_equal

PURPOSE = "incident-footage"
FIELD = "camera-footage#/beelden"
REQUIRED = (
    "camera-footage#/camera",
    "camera-footage#/plaats",
    "camera-footage#/periode/van",
    "camera-footage#/periode/tot",
)
# More than a stretch and what waits in the buffers between, so that a withdrawal finds it on its way.
FRAMES = 45
MIB = 1024 * 1024
_POLL_SECONDS = 0.2
_LONGEST_SECONDS = 60
_FILE = re.compile(r'src="(/desk/releases/[0-9a-f-]{36}/files/[0-9a-f-]{36})"')
_KEY = re.compile(r'name="idempotency_key" value="([^"]+)"')


def add_film(journey: Journey) -> str:
    film = draw_noise(frames=FRAMES)
    with _signed_in(journey, str(_citizen().account_id)):
        said = {"filename": "deurbel.mp4", "dataset": "camera-footage", "pointer": "/beelden"}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
        begun = journey.browser.send(
            "POST", "/api/v1/uploads", Tus_Resumable="1.0.0", Upload_Length=str(len(film)), Upload_Metadata=metadata
        )
        expect_equal(f"{begun.asked}: status", 201, begun.status)
        path = begun.headers["Location"]
        half = len(film) // 2
        for offset, part in ((0, film[:half]), (half, film[half:])):
            taken = journey.browser.send(
                "PATCH",
                path,
                part,
                Tus_Resumable="1.0.0",
                Upload_Offset=str(offset),
                Content_Type="application/offset+octet-stream",
            )
            expect_equal(f"{taken.asked}: status", 204, taken.status)
            expect_equal("Upload-Offset", str(offset + len(part)), taken.headers.get("Upload-Offset"))
        upload = _wait_until_checked(journey, path)
        journey.film = upload.member("fileId")
        own = journey.browser.send("GET", f"/my/files/{journey.film}", Range="bytes=4-7")
        expect_equal(f"{own.asked}: status", 206, own.status)
        expect_equal("the beginning of an MP4", b"ftyp", own.content)
    return f"{len(film) // MIB} MiB in two parts, then checked, cleaned of place and camera, and sealed"


def view_film(journey: Journey) -> str:
    citizen, officer = _citizen(), _officer()
    with _signed_in(journey, str(citizen.account_id)):
        journey.footage_consent = _share(journey)
        middle = {first: _own_bytes(journey, first) for first in (0, 5 * MIB)}
    with _signed_in(journey, str(officer.account_id)):
        journey.film_path = _read_at_the_desk(journey)
        for first, expected in middle.items():
            got = journey.browser.send("GET", journey.film_path, Range=f"bytes={first}-{first + 999}")
            expect_equal(f"{got.asked}: status", 206, got.status)
            expect("the bytes that the citizen has", got.content == expected, f"{len(got.content)} other bytes")
    with _signed_in(journey, str(citizen.account_id)):
        entries = _viewings(journey)
        expect_equal("viewings in the citizen's log", [("sharing.viewing-started", "allowed")], entries)
    return "two ranges, from the start and the middle: one viewing, which the citizen sees"


def cut_off_film(journey: Journey) -> str:
    citizen, officer = _citizen(), _officer()
    with _signed_in(journey, str(citizen.account_id)):
        shared = journey.browser.get(f"/api/v1/consents/{journey.footage_consent}").member("state") == "given"
    if not shared:
        view_film(journey)
    with _signed_in(journey, str(officer.account_id)):
        received, size, ended = journey.browser.watch(
            journey.film_path, first=MIB, then=lambda: _withdraw(journey, citizen)
        )
        expect("an answer that breaks off", not ended and received < size, f"{received} of {size} bytes, to the end")
        again = journey.browser.send("GET", journey.film_path, Range="bytes=0-9")
        expect_equal(f"{again.asked}, after that: status", 403, again.status)
    with _signed_in(journey, str(citizen.account_id)):
        entries = _viewings(journey)
        expect("the end in the citizen's log", ("sharing.viewing-ended", "refused") in entries, entries)
        page = journey.browser.get(f"/my/consents/{journey.footage_consent}/")
        expect("how much of it left, in words", "Zij ontvingen" in page.text, page.shortened())
    return f"after {received / MIB:.0f} of {size / MIB:.0f} MiB the connection breaks; the log says how much left"


def _withdraw(journey: Journey, citizen: Citizen) -> None:
    """Let the citizen withdraw in a browser of her own, while the film is on its way to another."""
    with CitizensBrowser(journey.service.url) as browser:
        browser.sign_in(str(citizen.account_id))
        answer = browser.change(f"/api/v1/consents/{journey.footage_consent}/withdrawals", {})
    expect_equal(f"{answer.asked}: status", 201, answer.status)


def _share(journey: Journey) -> str:
    """Grant the purpose with the film; what an earlier tour left standing is withdrawn first."""
    for standing in journey.browser.get("/api/v1/consents").member("results"):
        if standing["purpose"] == PURPOSE and standing["state"] in ("given", "paused"):
            journey.browser.change(f"/api/v1/consents/{standing['id']}/withdrawals", {})
    purpose = journey.service.get(f"/api/v1/purposes/{PURPOSE}", language="nl")
    answer = journey.browser.change(
        "/api/v1/consents",
        {
            "purposeVersionId": purpose.member("versionId"),
            "language": "nl",
            "noticeHash": purpose.member("noticeHash"),
            "terms": {
                "validUntil": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
                "fields": [*REQUIRED, FIELD],
                "recipients": [{"oin": POLICE}],
            },
        },
    )
    expect_equal(f"{answer.asked}: status", 201, answer.status)
    return str(answer.member("id"))


def _read_at_the_desk(journey: Journey) -> str:
    """Ask and read as an officer does, on the pages of the desk; return the address of the film."""
    asked = journey.browser.change(
        "/api/v1/requests",
        {
            "purpose": PURPOSE,
            "subject": {"bsn": citizens()[TESS].bsn},
            "fields": [*REQUIRED, FIELD],
            "case": journey.case,
        },
    )
    expect_equal(f"{asked.asked}: status", 201, asked.status)
    path = f"/desk/requests/{asked.member('id')}/"
    key = _KEY.search(journey.browser.get(path).text)
    if key is None:
        raise StepFailed(expected="a button that reads", received="none")
    page = journey.browser.submit(path, {"idempotency_key": key[1]})
    expect_equal(f"{page.asked}: status", 200, page.status)
    found = _FILE.search(page.text)
    if found is None:
        raise StepFailed(expected="a film on the page", received=page.shortened())
    expect("the citizen's terms beside it", "Wat de inwoner goed vindt" in page.text, page.shortened())
    return found[1]


def _own_bytes(journey: Journey, first: int) -> bytes:
    own = journey.browser.send("GET", f"/my/files/{journey.film}", Range=f"bytes={first}-{first + 999}")
    expect_equal(f"{own.asked}: status", 206, own.status)
    return own.content


def _viewings(journey: Journey) -> list[tuple[str, str]]:
    """Return (action, outcome) of the entries about viewing under the citizen's consent, oldest first."""
    entries = journey.browser.get("/api/v1/entries", consent=journey.footage_consent).member("results")
    about: list[dict[str, Any]] = [one for one in entries if one["action"].startswith("sharing.viewing-")]
    return [(one["action"], one["outcome"]) for one in reversed(about)]


def _wait_until_checked(journey: Journey, path: str) -> Answer:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while True:
        upload = journey.browser.get(path)
        if upload.member("state") == "stored":
            return upload
        if upload.member("state") == "refused" or time.monotonic() > deadline:
            raise StepFailed(
                expected=f"a file that is checked within {_LONGEST_SECONDS} s, by a Celery worker",
                received=upload.shortened(),
            )
        time.sleep(_POLL_SECONDS)


@contextmanager
def _signed_in(journey: Journey, account: str) -> Iterator[None]:
    """Let the browser be somebody else's, and then the traveller's again."""
    journey.browser.sign_in(account)
    try:
        yield
    finally:
        journey.browser.sign_in(str(journey.citizen.account_id))


def _citizen() -> Citizen:
    found = find_citizen(bsn=citizens()[TESS].bsn)
    if found is None:
        raise StepFailed(expected="the citizen with the camera", received="nobody")
    return found


def _officer() -> Member:
    found = Member.objects.in_role(Role.REQUESTER).filter(organisation__oin=POLICE).order_by("id").first()
    if found is None:
        raise StepFailed(expected="an officer who may ask for data", received="nobody")
    return found


STEPS = (
    Step("A citizen adds a film", add_film),
    Step("The police view it at the desk", view_film),
    Step("A withdrawal cuts it off while it plays", cut_off_film),
)
