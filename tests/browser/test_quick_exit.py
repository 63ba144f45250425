"""The quick way out in a real browser: one press, also of a key, and the content security policy lets it go."""

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
    # Where a test runs, that page need not be within reach: it is enough that the browser sets out for it.
    with page.expect_request(settings.QUICK_EXIT_URL):
        page.keyboard.press("Enter")
    assert not [text for text in policy_breaches if "Content Security Policy" in text]
    page.goto("about:blank")
    page.goto(f"{live_server.url}/my/")
    assert "/sign-in/" in page.url
