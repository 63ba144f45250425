"""A walk through the pages where auditors see what the log keeps, hold it, and have it erased."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import SignIn, Town, press

PAGE = "/oversight/retention/"


def visit_retention(page: Page, browsing: BrowserContext, town: Town, sign_in: SignIn) -> Iterator[str]:
    """Yield each page on which a privacy officer and an auditor hold and erase, with and without mistakes."""
    sign_in(browsing, town.cast.gijs.account)
    page.goto(PAGE)
    yield "what the log keeps"
    page.goto(f"{PAGE}holds/new/")
    press(page.locator("main form button"))
    yield "a hold with mistakes"
    page.locator("#id_target").select_option("case")
    page.locator("#id_named").fill("Z-2026-1")
    page.locator("#id_ground").fill("Zaak 26/1234 bij de rechtbank")
    page.locator("#id_until").fill(f"{timezone.localdate() + timedelta(days=30)}")
    press(page.locator("main form button"))
    page.goto(f"{PAGE}orders/new/")
    press(page.locator("main form button"))
    yield "an order with mistakes"
    page.locator("#id_reference").fill("AVG, artikel 17, lid 1, onder d")
    page.locator("#id_subject").fill(town.cast.anna.log_subject)
    press(page.locator("main form button"))
    yield "an order and a hold of one's own"
    sign_in(browsing, town.cast.hanna.account)
    page.goto(PAGE)
    yield "an order that waits for a second person"
    press(page.locator("form[action$='/approve/'] button"))
    yield "an order that was approved"
