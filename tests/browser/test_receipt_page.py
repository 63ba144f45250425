"""The files of a receipt come without JavaScript; axe looks at its page with all the others."""

from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from consent.models import Consent
from tests.browser.conftest import SignIn, Town
from tests.consent.receipts import page_of


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
