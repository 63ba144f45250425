"""The quick way out in a real browser: one press, also of a key, and the content security policy lets it go."""

from base64 import b64encode
from typing import Any

from django.conf import settings
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from consent.services.preferences import set_quiet
from tests.browser.conftest import SignIn, Town


def test_one_press_leads_away_and_nothing_stays(
    page: Page, live_server: LiveServer, town: Town, sign_in: SignIn, policy_breaches: list[str]
) -> None:
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "en", "url": live_server.url}])
    set_quiet(citizen=town.cast.anna, quiet=True)
    sign_in(page.context, town.cast.anna.account)
    page.goto("/my/")
    assert page.title() == "Deelwijs"
    # The way past the menu comes first, the way out right after it.
    for _press in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Leave quickly"
    answer_elsewhere(page, settings.QUICK_EXIT_URL)
    page.keyboard.press("Enter")
    page.wait_for_url(settings.QUICK_EXIT_URL)
    assert page.title() == "Elsewhere"
    assert not [text for text in policy_breaches if "Content Security Policy" in text]
    page.goto("about:blank")
    page.goto(f"{live_server.url}/my/")
    assert "/sign-in/" in page.url


def answer_elsewhere(page: Page, url: str) -> None:
    """Answer for an address outside, which need not be within reach where a test runs.

    By the protocol of the browser itself, because a route of Playwright does not see where a redirect leads to.
    """
    browser = page.context.new_cdp_session(page)

    def answer(paused: dict[str, Any]) -> None:
        body = b64encode(b"<title>Elsewhere</title>").decode()
        headers = [{"name": "Content-Type", "value": "text/html"}]
        told = {"requestId": paused["requestId"], "responseCode": 200, "responseHeaders": headers, "body": body}
        browser.send("Fetch.fulfillRequest", told)

    browser.on("Fetch.requestPaused", answer)
    browser.send("Fetch.enable", {"patterns": [{"urlPattern": url}]})
