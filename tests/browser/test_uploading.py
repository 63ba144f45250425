"""Adding a file with the script: progress in words, a pause, and going on after a reload."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from sharing.models import Upload
from tests.browser.conftest import SignIn
from tests.cast import Cast
from tests.sharing.filing import photo, publish_sightings

ADD = "/my/files/add/sighting/?field=/picture"


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.slow)])
def test_it_goes_on_where_it_stopped(committed_cast: Cast, page: Page, sign_in: SignIn, width: int) -> None:
    publish_sightings(committed_cast)
    sign_in(page.context, committed_cast.anna.account)
    page.set_viewport_size({"width": width, "height": 800})
    page.on("dialog", lambda dialog: dialog.accept())
    data = photo(width=400)
    parts: list[Route] = []

    def hold(route: Route) -> None:
        parts.append(route)
        # The first part comes through, and the next waits for what this test does.
        if len(parts) == 1:
            route.continue_()

    page.route("**/api/v1/uploads/*", hold)
    choose(page, data)
    expect(page.locator("#upload-text")).to_contain_text("% van")
    expect(page.locator("#upload")).to_be_hidden()
    page.wait_for_function("() => document.getElementById('upload-bar').value > 0")
    assert page.evaluate("document.activeElement.id") == "upload-progress"
    assert not Axe().run(page).response["violations"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#upload-text")).to_contain_text("Op pauze bij")
    expect(page.locator("#upload-pause")).to_have_text("Verder gaan")
    page.reload()
    expect(page.get_by_role("heading", name="Hier bent u mee begonnen")).to_be_visible()
    # Not before: the part that waits would come through after all.
    page.unroute("**/api/v1/uploads/*")
    received = Upload.objects.get().received
    assert 0 < received < len(data)
    choose(page, data)
    expect(page.get_by_role("heading", name="Hier bent u mee begonnen")).to_be_hidden()
    page.wait_for_url("**/my/files/uploads/**")
    upload = Upload.objects.get()
    assert (upload.state, upload.received) == ("checking", len(data))
    assert not Axe().run(page).response["violations"]


def test_what_the_service_refuses_is_said_at_the_field(committed_cast: Cast, page: Page, sign_in: SignIn) -> None:
    publish_sightings(committed_cast)
    sign_in(page.context, committed_cast.anna.account)
    choose(page, b"")
    expect(page.get_by_role("alert")).to_have_text("Dit bestand is leeg.")
    assert page.evaluate("document.activeElement.id") == "file"
    assert not Upload.objects.exists()


def choose(page: Page, data: bytes) -> None:
    page.goto(ADD)
    page.evaluate("document.getElementById('upload').dataset.part = '500'")
    page.set_input_files("#file", {"name": "aan zee.jpg", "mimeType": "image/jpeg", "buffer": data})
    page.get_by_role("button", name="Dit bestand toevoegen").click()
