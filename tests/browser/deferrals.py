"""A walk through the pages of what residents are told later."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from audit.services.deferral import ask_deferral
from consent.models import Role
from consent.services.members import add_member
from sharing.pages.deferrals import viewer_of
from tests.browser.conftest import SignIn, Town, press


def visit_deferrals(page: Page, browsing: BrowserContext, town: Town, sign_in: SignIn) -> Iterator[str]:
    """Yield the desk where it is asked and approved, and the oversight where it is seen."""
    cast = town.cast
    approver = add_member(
        subject="ingrid",
        display_name="Ingrid de Boer",
        organisation=cast.municipality,
        role=Role.APPROVER,
        department="Toezicht",
    )
    ask_deferral(
        by=viewer_of(cast.daan),
        case="Z-2026-77",
        ground="supervision",
        reason="De controle liep nog.",
        until=timezone.now() + timedelta(days=20),
    )
    sign_in(browsing, cast.daan.account)
    page.goto("/desk/deferrals/")
    press(page.locator("main .dw-form button"))
    yield "a deferral with mistakes"
    sign_in(browsing, approver.account)
    page.goto("/desk/deferrals/")
    yield "a deferral to decide on"
    press(page.locator("button[value=approve]"))
    sign_in(browsing, cast.gijs.account)
    page.goto("/oversight/deferrals/")
    yield "deferrals, for the privacy officer"
