"""Footage plays and seeks at the desk, in a real browser under the real policy, until its citizen withdraws."""

import io
from functools import cache

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from PIL import Image
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from audit.models import Record
from consent.services.change import withdraw_consent
from deploy.demonstration.film import FRAMES_A_SECOND, draw_noise
from sharing.models import Viewing
from sharing.services.request import create_request
from tests.browser.conftest import SignIn
from tests.browser.test_accessible import RULES
from tests.cast import ANNA_BSN, Cast
from tests.sharing.footage import CAMERA, FILM, Footage, make_footage

SECONDS = 8
FILM_ON_PAGE = "video"

# What the element says of itself. It plays where time goes on and there is a picture.
STATE = "video => ({time: video.currentTime, width: video.videoWidth, error: video.error && video.error.code})"
PLAYS_BEYOND = "([video, time]) => video.currentTime > time && video.readyState >= 3 && !video.paused"
FAILED = "video => video.error !== null"


@cache
def noisy_film() -> bytes:
    """Return more than a browser reads ahead."""
    return draw_noise(frames=SECONDS * FRAMES_A_SECOND)


@cache
def violet_still() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (640, 360), "#3b0fb0").save(picture, "JPEG")
    return picture.getvalue()


@pytest.fixture
def footage(live_server: LiveServer, committed_cast: Cast) -> Footage:
    return make_footage(committed_cast, content=noisy_film(), media_type="video/mp4", still=violet_still())


def read_at_the_desk(page: Page, footage: Footage, sign_in: SignIn) -> None:
    """Ask as Daan, and press the button that reads: the film stands on the page that comes."""
    daan = footage.cast.daan
    asked = create_request(
        actor=daan.as_actor(), purpose="incident-footage", fields=[FILM, CAMERA], case="Z-2026-10", bsn=ANNA_BSN
    )
    sign_in(page.context, daan.account)
    page.goto(f"/desk/requests/{asked.pk}/")
    page.locator("aside button").click()
    page.locator(FILM_ON_PAGE).wait_for()


def test_footage_plays_and_seeks_at_the_desk(
    page: Page, footage: Footage, sign_in: SignIn, policy_breaches: list[str]
) -> None:
    statuses: list[int] = []
    page.on("response", lambda answer: statuses.append(answer.status) if "/files/" in answer.url else None)
    read_at_the_desk(page, footage, sign_in)
    film = page.locator(FILM_ON_PAGE)
    film.evaluate("video => { video.muted = true; return video.play() }")
    page.wait_for_function(PLAYS_BEYOND, arg=[film.element_handle(), 0.3])
    film.evaluate("(video, time) => { video.currentTime = time }", SECONDS / 2)
    page.wait_for_function(PLAYS_BEYOND, arg=[film.element_handle(), SECONDS / 2 + 0.3])
    state = film.evaluate(STATE)
    assert (state["width"], state["error"]) == (640, None)
    assert state["time"] < SECONDS
    # The still is the poster, and the film came in ranges.
    assert set(statuses) <= {200, 206}
    assert statuses.count(206) >= 2
    assert Viewing.objects.count() == 1
    page.get_by_role("button", name="Stop met bekijken").click()
    expect(page.get_by_text("U bent gestopt met bekijken.")).to_be_visible()
    viewing = Viewing.objects.get()
    assert viewing.end == "stopped"
    assert viewing.bytes_read > 0
    assert Record.objects.filter(action__startswith="sharing.viewing-").count() == 2
    assert not policy_breaches


def test_a_withdrawal_stops_what_plays(page: Page, footage: Footage, sign_in: SignIn) -> None:
    read_at_the_desk(page, footage, sign_in)
    refused: list[int] = []
    page.on("response", lambda answer: refused.append(answer.status) if answer.status == 403 else None)
    film = page.locator(FILM_ON_PAGE)
    film.evaluate("video => { video.muted = true; return video.play() }")
    page.wait_for_function(PLAYS_BEYOND, arg=[film.element_handle(), 0.1])
    withdraw_consent(citizen=footage.cast.anna, consent_id=footage.consent.pk)
    film.evaluate("(video, time) => { video.currentTime = time }", SECONDS - 2)
    page.wait_for_function(FAILED, arg=film.element_handle())
    assert 403 in refused
    viewing = Viewing.objects.get()
    assert viewing.end == "refused"
    assert viewing.bytes_read < len(footage.content)
    ended = Record.objects.get(action="sharing.viewing-ended")
    assert (ended.outcome, ended.reason) == ("refused", "consent-given")


def test_the_citizen_looks_at_the_own_film_by_itself(
    page: Page, footage: Footage, sign_in: SignIn, policy_breaches: list[str]
) -> None:
    sign_in(page.context, footage.cast.anna.account)
    page.goto(f"/my/files/{footage.file.pk}")
    film = page.locator(FILM_ON_PAGE)
    film.evaluate("video => { video.muted = true; return video.play() }")
    page.wait_for_function(PLAYS_BEYOND, arg=[film.element_handle(), 0.1])
    page.goto(f"/my/files/{footage.file.pk}/still")
    assert page.locator("img").evaluate("picture => picture.naturalWidth") == 640
    assert Viewing.objects.count() == 0
    assert not policy_breaches


@pytest.mark.parametrize(("language", "width"), [("nl", 360), pytest.param("en", 1280, marks=pytest.mark.slow)])
def test_the_page_with_footage_is_for_everybody(
    page: Page,
    live_server: LiveServer,
    footage: Footage,
    sign_in: SignIn,
    policy_breaches: list[str],
    language: str,
    width: int,
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}])
    read_at_the_desk(page, footage, sign_in)
    found = Axe().run(page, options=RULES)
    faults = [f"{one['id']}: {node['html'][:150]}" for one in found.response["violations"] for node in one["nodes"]]
    assert not faults
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # By the keyboard: the film can be reached, and so can the button beside it.
    film = page.locator(FILM_ON_PAGE)
    film.focus()
    assert film.evaluate("video => document.activeElement === video")
    name = {"nl": "Stop met bekijken", "en": "Stop viewing"}[language]
    expect(page.get_by_role("button", name=name)).to_be_visible()
    # The terms stand beside it in words, and until when.
    until = {"nl": "U kunt dit bekijken tot", "en": "You can view this until"}[language]
    expect(page.get_by_text(until)).to_be_visible()
    expect(page.get_by_text("Gemeente Voorbeeldstad").first).to_be_visible()
    assert not policy_breaches
