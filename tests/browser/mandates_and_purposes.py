"""A walk through the pages of mandates, of quiet mode, and of those who write purposes."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from consent.services.purposes import ask_review
from tests.browser.conftest import SignIn, Town, press
from tests.cast import CARLA_BSN
from tests.consent.test_mandates import guardian_of_anna
from tests.purposes import draft, publish


def visit_mandates(page: Page, browsing: BrowserContext, town: Town, sign_in: SignIn) -> Iterator[str]:
    """Yield each page where mandates are recorded, given and used."""
    mandate = guardian_of_anna(town.cast, child_bsn=CARLA_BSN, child_name="Carla")
    assert mandate.holder is not None
    assert mandate.recorded_by is not None
    sign_in(browsing, mandate.recorded_by)
    page.goto("/desk/mandates/")
    page.locator("main summary").first.click()
    yield "mandates of an organisation"
    for path in ("/desk/mandates/guardian/", "/desk/mandates/representative/"):
        page.goto(path)
        press(page.locator("button[value=record]"))
        yield f"{path} with mistakes"
    sign_in(browsing, mandate.holder.account)
    page.goto("/my/mandates/give/")
    press(page.locator("main form button"))
    yield "a mandate with mistakes"
    page.locator("#id_acts input").first.check()
    page.locator("#every-purpose").check()
    page.locator("#id_until").fill(f"{timezone.localdate() + timedelta(days=5)}")
    press(page.locator("main form button"))
    yield "a code to hand over"
    page.locator("#id_code").fill("WRONG")
    with page.expect_navigation():
        page.locator("#id_code").press("Enter")
    yield "a code that is not accepted"
    press(page.locator(f"form[action='/my/mandates/{mandate.pk}/act/'] button"))
    yield "acting for a child"
    page.goto("/my/preferences/")
    press(page.locator("button[value=quiet]"))
    yield "quiet mode, while acting for a child"
    press(page.locator(".dw-acting button"))
    yield "mandates of a parent"


def visit_purposes(page: Page, browsing: BrowserContext, town: Town, sign_in: SignIn) -> Iterator[str]:
    """Yield each page of the desk where purposes are written and reviewed, and the difference that everybody sees."""
    cast = town.cast
    publish(cast, "energy-allowance")
    waits = draft(cast, "energy-allowance", longest_validity_days=20)
    sign_in(browsing, cast.femke.account)
    for path in ("/desk/purposes/", f"/desk/purposes/{waits.pk}/", f"/desk/purposes/{waits.pk}/edit/"):
        page.goto(path)
        yield path
    page.goto("/desk/purposes/new/")
    press(page.locator("main form button").last)
    yield "a draft with mistakes"
    ask_review(editor=cast.femke.account, version=waits)
    sign_in(browsing, cast.gijs.account)
    page.goto(f"/desk/purposes/{waits.pk}/")
    press(page.locator("button[value=return]"))
    yield "a review with mistakes"
    page.goto("/register/energy-allowance/versions/1/2/")
    yield "what is different"
