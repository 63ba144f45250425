"""Every page, in both languages, on a telephone and on a desk: axe finds nothing, and nothing sticks out."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from audit.models import Record
from consent.models import ConsentChange
from tests.browser.alarms import visit_alarms
from tests.browser.conftest import LOOKS, SignIn, Town, press
from tests.browser.deferrals import visit_deferrals
from tests.browser.exports import visit_exports
from tests.browser.history_and_contests import visit_history
from tests.browser.keeping_and_erasing import visit_retention
from tests.browser.log_that_refuses import visit_refusal
from tests.browser.mandates_and_purposes import visit_mandates, visit_purposes
from tests.browser.oversight import visit_oversight
from tests.browser.public_log import visit_public_log
from tests.browser.witnesses import visit_witnesses

# WCAG 2.2 AA and what it builds on, and axe's own good practice.
RULES = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
}

# Only what is told is handed over: all that axe found to be right is long.
FAULTS = """async (rules) => (await axe.run(rules)).violations.flatMap(
    ({id, nodes}) => nodes.map(({html}) => `${id} at ${html.slice(0, 150)}`)
)"""

TELEPHONE, DESK = 360, 1280
# The look, the language, the width at which each control is used, and the widths at which axe looks at each page. Each
# page is held against the edge of the screen at both. All walks are in the slow run; the first is in every run.
WALKS = [
    pytest.param(LOOKS[-1], "nl", TELEPHONE, [TELEPHONE]),
    pytest.param(LOOKS[-1], "en", DESK, [DESK], marks=pytest.mark.slow),
    pytest.param("plain", "nl", TELEPHONE, [TELEPHONE], marks=pytest.mark.slow),
][: 3 if len(LOOKS) > 1 else 2]


@pytest.mark.long
@pytest.mark.parametrize(("look", "language", "used_at", "widths"), WALKS, indirect=["look"])
def test_axe_finds_nothing(
    page: Page,
    live_server: LiveServer,
    town: Town,
    sign_in: SignIn,
    policy_breaches: list[str],
    look: str,
    language: str,
    used_at: int,
    widths: list[int],
) -> None:
    page.set_viewport_size({"width": used_at, "height": 800})
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}])
    faults = []
    for name in visits(page, page.context, town, sign_in):
        for width in (TELEPHONE, DESK):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append(f"{name}, {width} pixels wide: wider than the screen")
            if width in widths:
                faults += [f"{name}, {width} pixels wide: {fault}" for fault in faults_on(page)]
        page.set_viewport_size({"width": used_at, "height": 800})
        if page.locator("h1").count() != 1:
            faults.append(f"{name}: not one h1")
        if page.locator("html").get_attribute("lang") != language:
            faults.append(f"{name}: not in {language}")
    assert not faults
    assert not policy_breaches
    themed = page.locator("link[rel=stylesheet]").count() > 1
    assert themed == (look == "themed")


def faults_on(page: Page) -> list[str]:
    """Return what axe finds on the page as it stands."""
    # At its second width a page has axe already, which is half a megabyte.
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(FAULTS, RULES)
    return found


def visits(page: Page, browsing: BrowserContext, town: Town, sign_in: SignIn) -> Iterator[str]:
    """Walk through every page, in each of its states; yield the name of each when it stands on the screen."""
    cast = town.cast
    for path in ("/", "/register/", "/register/energy-allowance/", "/sign-in/", "/nothing/"):
        page.goto(path)
        yield path
    sign_in(browsing, cast.anna.account)
    consent = f"/my/consents/{town.consent_id}/"
    own = ("/my/", "/my/history/", "/my/ended/", consent, f"{consent}narrow/", f"{consent}renew/")
    for path in (*own, "/my/purposes/street-works/", f"/my/purposes/energy-allowance/?replaces={town.consent_id}"):
        page.goto(path)
        yield path
    change = ConsentChange.objects.filter(consent__pk=town.consent_id).latest("version")
    elsewhere = (f"{consent}receipts/{change.pk}/", "/my/preferences/", "/my/mandates/", "/my/data/", "/my/data/erase/")
    public = ("/register/processing/", "/ns/odrl", "/toegankelijkheid")
    for path in (*elsewhere, "/my/data/vault/income/", *public, "/desk/"):
        page.goto(path)
        yield path
    page.goto("/my/purposes/street-works/")
    page.locator("details.dw-more summary").first.click()
    yield "more conditions"
    press(page.locator("button[value=preview]"))
    yield "a preview"
    page.goto("/my/purposes/street-works/")
    page.locator("details.dw-more summary").first.click()
    page.locator("#id_time_from").fill("09:00")
    page.locator("#id_time_until").fill("09:00")
    press(page.locator("button[value=yes]"))
    yield "an answer with mistakes"
    page.goto(consent)
    press(page.locator(f"form[action='{consent}pause/'] button"))
    yield "a consent that is paused"
    page.goto(f"/my/consents/{town.consent_id}/")
    press(page.locator("aside button").first)
    yield "a consent that was stopped"
    page.goto("/my/ended/")
    yield "what has ended"
    sign_in(browsing, cast.bram.account)
    page.goto("/my/")
    yield "a question that waits"
    page.goto("/my/purposes/energy-allowance/")
    page.locator("details.dw-more summary").last.click()
    press(page.locator("button[value=offer]"))
    yield "an offer with mistakes"
    page.locator("#id_until").fill(f"{timezone.localdate() + timedelta(days=5)}")
    page.get_by_role("checkbox", name="Amount").check()
    page.locator("#without input").check()
    press(page.locator("button[value=offer]"))
    yield "an offer that waits"
    page.goto("/my/purposes/energy-allowance/")
    yield "a question under which an offer waits"
    sign_in(browsing, cast.daan.account)
    for path in ("/desk/", "/desk/requests/new/", "/desk/requests/new/?purpose=energy-allowance"):
        page.goto(path)
        yield path
    press(page.locator("main form button"))
    yield "a request with mistakes"
    page.goto(f"/desk/requests/{town.asked.pk}/")
    yield "a request"
    press(page.locator("aside button"))
    yield "a refusal"
    cast.grant()
    page.goto(f"/desk/requests/{town.asked.pk}/")
    press(page.locator("aside button"))
    for summary in page.locator("details summary").all():
        summary.click()
    yield "data"
    sign_in(browsing, cast.hanna.account)
    entry = Record.objects.filter(action="sharing.released", outcome="refused").latest("at")
    for path in ("/oversight/", "/oversight/?outcome=refused", "/oversight/?consent=x"):
        page.goto(path)
        yield path
    first = Record.objects.filter(action="sharing.released").earliest("at")
    for one in (first, entry):
        page.goto(f"/oversight/entries/{one.pk}/")
        yield f"an entry, {one.outcome}"
    page.goto(f"/oversight/entries/{first.pk}/")
    press(page.locator("section.dw-panel form button"))
    yield "an entry that was verified"
    page.goto("/oversight/")
    press(page.locator("form[action='/oversight/verification/'] button"))
    yield "the log verified"
    yield from visit_retention(page, browsing, town, sign_in)
    yield from visit_alarms(page, browsing, town, sign_in)
    yield from visit_history(page, browsing, town, sign_in)
    yield from visit_oversight(page, browsing, town, sign_in)
    yield from visit_exports(page, browsing, town, sign_in)
    yield from visit_mandates(page, browsing, town, sign_in)
    yield from visit_purposes(page, browsing, town, sign_in)
    yield from visit_deferrals(page, browsing, town, sign_in)
    yield from visit_public_log(page)
    yield from visit_refusal(page, browsing, town, sign_in)
    yield from visit_witnesses(page, browsing, town, sign_in)
