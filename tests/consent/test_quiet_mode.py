"""Quiet mode: no e-mail, titles that tell nothing, and a quick way out."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from audit.models import Record
from consent.errors import InvalidPreference
from consent.models import Citizen, Mail
from consent.services.preferences import set_address, set_quiet
from tests.cast import Cast
from tests.pages import signed_in, text_of


@pytest.fixture
def quiet_anna(cast: Cast) -> Client:
    set_quiet(citizen=cast.anna, quiet=True)
    return signed_in(cast.anna.account, headers={"accept-language": "en"})


def title_of(browser: Client, path: str) -> str:
    found = re.search(r"<title>(.*?)</title>", browser.get(path).content.decode())
    assert found
    return found[1]


def test_titles_tell_nothing(cast: Cast, quiet_anna: Client) -> None:
    consent = cast.grant()
    paths = [
        "/",
        "/my/",
        "/my/history/",
        f"/my/consents/{consent.pk}/",
        "/my/preferences/",
        "/my/mandates/",
        "/register/energy-allowance/",
        "/nothing-here/",
    ]
    for path in paths:
        assert title_of(quiet_anna, path) == "Deelwijs", path
    assert title_of(signed_in(cast.bram.account, headers={"accept-language": "en"}), "/my/") != "Deelwijs"


def test_each_page_has_the_way_out_and_only_in_quiet_mode(cast: Cast, quiet_anna: Client) -> None:
    for path in ("/", "/my/", "/register/", "/nothing-here/"):
        assert "Leave quickly" in text_of(quiet_anna.get(path)), path
    assert "Leave quickly" not in text_of(signed_in(cast.bram.account, headers={"accept-language": "en"}).get("/my/"))


def test_the_way_out_signs_out_clears_and_leaves(quiet_anna: Client, settings: Settings) -> None:
    answer = quiet_anna.post("/quick-exit/")
    assert (answer.status_code, answer["Location"]) == (302, settings.QUICK_EXIT_URL)
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert "_auth_user_id" not in quiet_anna.session
    assert quiet_anna.get("/my/").status_code == 302
    assert quiet_anna.post("/quick-exit/").status_code == 302, "also for who was signed out already"


def test_browsers_let_the_form_lead_there(quiet_anna: Client, settings: Settings) -> None:
    policy = quiet_anna.get("/my/")["Content-Security-Policy"]
    [form_action] = [part for part in policy.split(";") if "form-action" in part]
    assert settings.QUICK_EXIT_URL.rstrip("/") in form_action


def test_another_site_signs_nobody_out(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.anna.account)
    assert browser.post("/quick-exit/").status_code == 403
    assert browser.get("/quick-exit/").status_code == 405


def test_it_is_switched_on_and_off_on_the_page(cast: Cast) -> None:
    anna = signed_in(cast.anna.account)
    for wanted, quiet in (("yes", True), ("yes", True), ("no", False)):
        anna.post("/my/preferences/", {"change": "quiet", "quiet": wanted})
        assert Citizen.objects.get(pk=cast.anna.pk).quiet is quiet
    entries = Record.objects.about(cast.anna.log_subject).filter(action="consent.preferences-changed")
    # Who looks over the shoulder at the history does not read there what was switched on.
    assert [record.entry.details for record in entries] == [{}, {}]


def test_no_address_is_confirmed_in_quiet_mode(cast: Cast, quiet_anna: Client) -> None:
    with pytest.raises(InvalidPreference):
        set_address(citizen=Citizen.objects.get(pk=cast.anna.pk), address="anna@example.nl")
    assert quiet_anna.post("/my/preferences/", {"change": "address", "address": "anna@example.nl"}).status_code == 400
    assert not Mail.objects.exists()
