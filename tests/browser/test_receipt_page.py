"""The page of a receipt: accessible in both languages at both widths, and its files come without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from consent.models import Consent
from tests.browser.conftest import LOOKS, SignIn, Town
from tests.browser.test_accessible import RULES
from tests.consent.receipts import page_of

WALKS = [(LOOKS[-1], language, width) for language in ("nl", "en") for width in (360, 1280)]


@pytest.mark.parametrize(("look", "language", "width"), WALKS, indirect=["look"])
def test_axe_finds_nothing(
    page: Page,
    live_server: LiveServer,
    town: Town,
    sign_in: SignIn,
    policy_breaches: list[str],
    look: str,
    language: str,
    width: int,
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}])
    sign_in(page.context, town.cast.anna.account)
    page.goto(page_of(Consent.objects.get(pk=town.consent_id)))
    found = Axe().run(page, options=RULES)
    assert not found.response["violations"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
    assert not policy_breaches


def test_files_come_without_javascript(browser: Browser, live_server: LiveServer, town: Town, sign_in: SignIn) -> None:
    browsing = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(browsing, town.cast.anna.account)
    page = browsing.new_page()
    page.goto(page_of(Consent.objects.get(pk=town.consent_id)))
    with page.expect_download() as download:
        page.locator("aside a").first.click()
    assert download.value.suggested_filename.endswith(".pdf")
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    browsing.close()
