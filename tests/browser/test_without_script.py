"""Everything works in a browser without JavaScript: granting, refusing, reading, stopping, and the language."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from consent.models import Consent, Offer
from tests.browser.conftest import SignIn, Town
from tests.cast import ANNA_INCOME, INCOME, SIZE


@pytest.fixture
def plain_page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    browsing = browser.new_context(base_url=live_server.url, locale="nl-NL", java_script_enabled=False)
    browsing.set_default_timeout(60_000)
    yield browsing.new_page()
    browsing.close()


def test_from_the_question_to_the_data_and_back(plain_page: Page, town: Town, sign_in: SignIn) -> None:
    page, cast = plain_page, town.cast
    sign_in(page.context, cast.bram.account)
    page.goto("/my/")
    page.get_by_role("link", name="Lees en antwoord").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Energietoeslag")
    page.get_by_label("Amount").check()
    page.get_by_label("Tot en met welke dag").fill(f"{timezone.localdate() + timedelta(days=5)}")
    page.get_by_label("Hoe vaak mogen zij").fill("1")
    page.get_by_role("button", name="Ja, ik deel deze gegevens").click()
    expect(page.get_by_role("status")).to_contain_text("U deelt nu deze gegevens")
    consent = Consent.objects.get(citizen=cast.bram, state="given")

    sign_in(page.context, cast.daan.account)
    page.goto("/desk/")
    page.get_by_role("link", name="Nieuw verzoek").click()
    page.get_by_role("link", name="Energietoeslag").click()
    page.get_by_label("Size").check()
    page.get_by_label("Burgerservicenummer (BSN)").fill("999993653")
    page.get_by_label("Zaak").fill("Z-2026-9")
    page.get_by_role("button", name="Verzoek opslaan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Zaak Z-2026-9")
    page.get_by_role("button", name="Bekijk gegevens").click()
    expect(page.get_by_role("heading", name="Wat de inwoner deelt")).to_be_visible()
    page.get_by_role("button", name="Bekijk gegevens").click()
    expect(page.get_by_role("heading", name="Geweigerd")).to_be_visible()

    sign_in(page.context, cast.bram.account)
    page.goto("/my/")
    expect(page.locator("main")).to_contain_text("Een organisatie heeft gegevens bekeken")
    expect(page.locator("main")).to_contain_text("Dit mocht 1 keer. Die keer is gebruikt.")
    page.get_by_role("link", name="Bekijk of stop").click()
    page.get_by_role("button", name="Stop met deze gegevens delen").click()
    expect(page.get_by_role("status")).to_contain_text("U bent gestopt")
    consent.refresh_from_db()
    assert consent.state == "withdrawn"


def test_data_is_shown_and_reloading_is_the_same_reading(plain_page: Page, town: Town, sign_in: SignIn) -> None:
    page, cast = plain_page, town.cast
    Consent.objects.filter(pk=town.consent_id).update(state="withdrawn")
    consent = cast.grant(uses=5, fields=[SIZE, INCOME])
    sign_in(page.context, cast.daan.account)
    page.goto(f"/desk/requests/{town.asked.pk}/")
    page.get_by_role("button", name="Bekijk gegevens").click()
    expect(page.locator(".dw-released")).to_contain_text(str(ANNA_INCOME))
    page.reload()
    expect(page.locator("main")).to_contain_text("Het telt niet extra")
    consent.refresh_from_db()
    assert consent.uses_taken == 1


def test_saying_no(plain_page: Page, town: Town, sign_in: SignIn) -> None:
    sign_in(plain_page.context, town.cast.bram.account)
    plain_page.goto("/my/purposes/energy-allowance/")
    plain_page.get_by_role("button", name="Nee, ik deel niets").click()
    expect(plain_page.get_by_role("status")).to_contain_text("U zei nee")
    assert Consent.objects.get(citizen=town.cast.bram).state == "refused"


def test_the_life_of_a_consent(plain_page: Page, town: Town, sign_in: SignIn) -> None:
    page, cast = plain_page, town.cast
    sign_in(page.context, cast.bram.account)
    page.goto("/my/purposes/energy-allowance/")
    page.locator("details.dw-more summary").first.click()
    page.locator("#id_days_0").check()
    page.locator("#id_time_from").fill("09:00")
    page.locator("#id_time_until").fill("17:00")
    page.locator("button[value=preview]").click()
    expect(page.locator("#preview")).to_be_visible()
    # What was filled in is still there, and in sight.
    expect(page.locator("#id_days_0")).to_be_checked()
    page.locator("#id_until").fill(f"{timezone.localdate() + timedelta(days=10)}")
    page.locator("#id_uses").fill("5")
    page.locator("button[value=yes]").click()
    consent = Consent.objects.get(citizen=cast.bram, state="given")
    window = {"days": ["monday"], "from": "09:00", "until": "17:00"}
    assert consent.conditions["window"] == [window]
    address = f"/my/consents/{consent.pk}/"

    page.locator(f"form[action='{address}pause/'] button").click()
    page.locator(f"form[action='{address}resume/'] button").click()
    page.locator(f"a[href='{address}narrow/']").click()
    page.locator("#id_uses").fill("2")
    page.locator(".dw-answers button").click()
    consent.refresh_from_db()
    assert (consent.state, consent.conditions["uses"]) == ("given", 2)
    assert consent.conditions["window"] == [window]

    page.locator(f"a[href='{address}renew/']").click()
    page.locator("#id_until").fill(f"{timezone.localdate() + timedelta(days=20)}")
    page.locator(".dw-answers button").click()
    ends_at = consent.ends_at
    assert ends_at is not None
    consent.refresh_from_db()
    assert consent.ends_at == ends_at + timedelta(days=10)

    page.locator(f"form[action='{address}'] button").click()
    consent.refresh_from_db()
    assert consent.state == "withdrawn"


def test_offering_less_and_taking_it_back(plain_page: Page, town: Town, sign_in: SignIn) -> None:
    page, cast = plain_page, town.cast
    sign_in(page.context, cast.bram.account)
    page.goto("/my/purposes/energy-allowance/")
    page.get_by_role("checkbox", name="Amount").check()
    page.locator("#id_until").fill(f"{timezone.localdate() + timedelta(days=5)}")
    page.locator("details.dw-more summary").last.click()
    page.locator("#without input").check()
    page.locator("button[value=offer]").click()
    assert Offer.objects.get().state == "waiting"
    page.locator("form[action$='/take-back/'] button").click()
    assert Offer.objects.get().state == "taken-back"


def test_later_and_then_no(plain_page: Page, town: Town, sign_in: SignIn) -> None:
    page, cast = plain_page, town.cast
    sign_in(page.context, cast.bram.account)
    page.goto("/my/purposes/energy-allowance/")
    page.locator("button[value=later]").click()
    assert Consent.objects.get(citizen=cast.bram).state == "requested"
    page.get_by_role("link", name="Lees en antwoord").click()
    page.locator("button[value=no]").click()
    assert Consent.objects.get(citizen=cast.bram).state == "refused"


def test_choosing_the_language(plain_page: Page, town: Town) -> None:
    plain_page.goto("/register/")
    plain_page.get_by_role("button", name="English").click()
    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Register of purposes")
    plain_page.get_by_role("button", name="Nederlands").click()
    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Register van doelen")
