"""Granting and stopping with nothing but a keyboard, and always seeing where one is."""

from datetime import date, timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from consent.models import Consent
from tests.browser.conftest import SignIn, Town

MOST_STEPS = 60


def test_saying_yes_and_stopping_without_a_mouse(page: Page, town: Town, sign_in: SignIn, look: str) -> None:
    sign_in(page.context, town.cast.bram.account)
    page.goto("/my/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("href", "#content")
    page.keyboard.press("Enter")
    tab_to(page, "a[href='/my/purposes/energy-allowance/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/purposes/energy-allowance/")
    tab_to(page, "#field-2")
    page.keyboard.press("Space")
    tab_to(page, "#id_until")
    # Day and month are the same, so that the order in which this browser asks for them does not matter.
    page.keyboard.type(f"{_twin_day():%d%m%Y}")
    tab_to(page, "#id_uses")
    page.keyboard.type("2")
    tab_to(page, "button[value=yes]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/consents/**")
    consent = Consent.objects.get(citizen=town.cast.bram, state="given")
    assert consent.conditions["fields"] == ["household#/size", "income#/amount"]
    assert consent.conditions["uses"] == 2
    tab_to(page, "aside button")
    page.keyboard.press("Enter")
    expect(page.locator("main [role=status]")).to_contain_text("U bent gestopt")
    consent.refresh_from_db()
    assert consent.state == "withdrawn"


def test_conditions_and_a_preview_without_a_mouse(page: Page, town: Town, sign_in: SignIn, look: str) -> None:
    sign_in(page.context, town.cast.bram.account)
    page.goto("/my/purposes/energy-allowance/")
    tab_to(page, "details.dw-more summary")
    page.keyboard.press("Enter")
    tab_to(page, "#id_days_0")
    page.keyboard.press("Space")
    tab_to(page, "#id_ask_me")
    page.keyboard.press("Space")
    tab_to(page, "button[value=preview]")
    page.keyboard.press("Enter")
    # What they would see has the focus, and a link leads back to the answer.
    expect(page.locator("#preview")).to_be_focused()
    tab_to(page, "#preview a")
    page.keyboard.press("Enter")
    expect(page.locator("#id_days_0")).to_be_checked()
    expect(page.locator("#id_ask_me")).to_be_checked()
    tab_to(page, "#id_until")
    page.keyboard.type(f"{_twin_day():%d%m%Y}")
    tab_to(page, "button[value=yes]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/consents/**")
    consent = Consent.objects.get(citizen=town.cast.bram, state="given")
    assert consent.conditions["window"][0]["days"] == ["monday"]
    assert consent.conditions["askMe"] is True


def test_pausing_without_a_mouse(page: Page, town: Town, sign_in: SignIn) -> None:
    sign_in(page.context, town.cast.anna.account)
    address = f"/my/consents/{town.consent_id}/"
    page.goto(address)
    tab_to(page, f"form[action='{address}pause/'] button")
    page.keyboard.press("Enter")
    expect(page.locator(f"form[action='{address}resume/'] button")).to_be_visible()
    assert Consent.objects.get(pk=town.consent_id).state == "paused"


def test_enter_in_a_field_is_no_yes(page: Page, town: Town, sign_in: SignIn) -> None:
    sign_in(page.context, town.cast.bram.account)
    page.goto("/my/purposes/energy-allowance/")
    page.locator("#id_until").fill(f"{timezone.localdate() + timedelta(days=5)}")
    page.locator("#id_uses").press("Enter")
    expect(page.locator("#errors")).to_contain_text("Druk op ja of nee")
    assert not Consent.objects.filter(citizen=town.cast.bram, state="given").exists()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on `selector`; on the way, whatever has the focus must show it."""
    for _step in range(MOST_STEPS):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            "() => { const style = getComputedStyle(document.activeElement);"
            " return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; }"
        )
        where = page.evaluate("() => document.activeElement.outerHTML.slice(0, 120)")
        assert shown, f"the focus does not show on {where}"
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} was not reached in {MOST_STEPS} steps")


def _twin_day() -> date:
    """Return the next day whose number is that of its month, such as 12 December."""
    day = timezone.localdate() + timedelta(days=1)
    while day.day != day.month:
        day += timedelta(days=1)
    return day
