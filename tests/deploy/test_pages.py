"""The front door, languages, errors, and signing in and out."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.contrib.auth import SESSION_KEY
from django.template.loader import render_to_string
from django.test import Client
from django.urls import clear_url_caches
from pytest_django.fixtures import Settings

from audit.models import LoggedEntry, Record
from consent.models import Account
from deploy.problems import Problem
from tests.cast import Cast, cast
from tests.pages import actions, signed_in, text_of

__all__ = ["cast"]


@pytest.fixture
def demonstration(settings: Settings, cast: Cast) -> Iterator[Cast]:
    settings.DEMONSTRATION = True
    settings.ROOT_URLCONF = "tests.deploy.demonstration_urls"
    yield cast
    clear_url_caches()


def menu(answer: Any) -> list[str]:
    return re.findall(r'class="dw-navigation__link" href="([^"]+)"', answer.content.decode())


@pytest.mark.django_db
def test_the_front_door_is_open_and_leads_three_ways() -> None:
    answer = Client().get("/")
    assert answer.status_code == 200
    for href in ("/my/", "/desk/", "/oversight/", "/register/"):
        assert f'href="{href}"' in answer.content.decode()
    assert not LoggedEntry.objects.exists()


def test_the_front_door_leads_everybody_to_their_own_page(cast: Cast) -> None:
    for browser, place in [
        (Client(), "/my/"),
        (signed_in(cast.anna.account), "/my/"),
        (signed_in(cast.daan.account), "/desk/"),
        (signed_in(cast.hanna.account), "/oversight/"),
    ]:
        assert f'utrecht-button-link--primary-action" href="{place}"' in browser.get("/").content.decode()
    assert "utrecht-button-link--primary-action" not in signed_in(cast.femke.account).get("/").content.decode()


@pytest.mark.django_db
def test_the_front_door_takes_no_post() -> None:
    assert Client().post("/").status_code == 405


def test_the_menu_has_what_one_may_use(cast: Cast) -> None:
    for account, extra in [
        (cast.anna.account, ["/my/"]),
        (cast.daan.account, ["/desk/"]),
        (cast.hanna.account, ["/oversight/"]),
        (cast.gijs.account, ["/desk/purposes/", "/oversight/"]),
        (cast.femke.account, ["/desk/purposes/"]),
    ]:
        assert menu(signed_in(account).get("/")) == ["/", "/register/", *extra]
    assert menu(Client().get("/")) == ["/", "/register/"]


def test_the_menu_says_where_one_is(cast: Cast) -> None:
    page = signed_in(cast.anna.account).get("/my/history/").content.decode()
    assert 'href="/my/" aria-current="true"' in page
    assert 'href="/register/">' in page


@pytest.mark.django_db
def test_the_language_is_chosen_by_a_form_and_stays() -> None:
    browser = Client()
    assert '<html lang="nl"' in browser.get("/register/").content.decode()
    answer = browser.post("/language/", {"language": "en", "next": "/register/"})
    assert answer["Location"] == "/register/"
    assert '<html lang="en"' in browser.get("/register/").content.decode()


@pytest.mark.django_db
def test_the_language_form_leads_to_no_other_site() -> None:
    answer = Client().post("/language/", {"language": "en", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.django_db
def test_an_error_is_a_page_with_a_heading_and_a_way_out(language: str) -> None:
    answer = Client().get("/register/nothing/", headers={"accept-language": language})
    page = answer.content.decode()
    assert answer.status_code == 404
    assert page.count("<h1") == 1
    assert f'<html lang="{language}"' in page
    assert {"nl": "We kunnen dit doel niet vinden", "en": "We cannot find this purpose"}[language] in text_of(answer)


@pytest.mark.parametrize(
    ("status", "said"),
    [(403, "Deze weigering staat in het logboek als regel"), (503, "Dit staat in het logboek als regel")],
)
def test_what_broke_on_our_side_is_no_refusal(status: int, said: str) -> None:
    problem = Problem(status=status, code="some-code", title="Titel", entry_id=uuid4())
    assert said in render_to_string("problem.html", {"problem": problem})


@pytest.mark.django_db
def test_pages_have_no_style_or_script_of_their_own() -> None:
    for path in ("/", "/register/", "/sign-in/", "/nothing/"):
        page = Client().get(path).content.decode()
        assert not re.search(r"<style|<script|\sstyle=|\son[a-z]+=", page), path


@pytest.mark.django_db
def test_a_real_service_has_no_demonstration_sign_in() -> None:
    browser = Client()
    assert "verzonnen" not in text_of(browser.get("/sign-in/"))
    assert browser.post("/sign-in/demonstration/", {"person": "x"}).status_code in (404, 405)
    assert SESSION_KEY not in browser.session


def test_the_demonstration_lists_its_people_by_role(demonstration: Cast) -> None:
    page = text_of(Client().get("/sign-in/"))
    for name in ("Anna de Vries", "Bram Yilmaz", "Daan Jansen", "Hanna Jansen"):
        assert name in page
    assert page.index("Inwoners") < page.index("Medewerkers")
    found = text_of(Client().get("/sign-in/?name=anna"))
    assert "Anna de Vries" in found
    assert "Bram Yilmaz" not in found
    assert "Niemand heeft deze naam" in text_of(Client().get("/sign-in/?name=zzz"))


def test_one_signs_in_as_an_invented_person(demonstration: Cast) -> None:
    for account, place in [
        (demonstration.anna.account, "/my/"),
        (demonstration.daan.account, "/desk/"),
        (demonstration.hanna.account, "/oversight/"),
        (demonstration.femke.account, "/"),
    ]:
        browser = Client()
        answer = browser.post("/sign-in/demonstration/", {"person": str(account.pk)})
        assert (answer.status_code, answer["Location"]) == (302, place)
        assert browser.session[SESSION_KEY] == str(account.pk)
        assert actions()[-1] == ("consent.signed-in", "allowed")
    entries = Record.objects.filter(action="consent.signed-in")
    assert {entry.subject for entry in entries} == {demonstration.anna.log_subject, ""}


def test_signing_in_gives_the_session_a_new_key(demonstration: Cast) -> None:
    browser = signed_in(demonstration.daan.account)
    before = browser.cookies[configured.SESSION_COOKIE_NAME].value
    browser.post("/sign-in/demonstration/", {"person": str(demonstration.anna.account.pk)})
    assert browser.cookies[configured.SESSION_COOKIE_NAME].value != before


@pytest.mark.parametrize(
    ("wanted", "place"),
    [("/my/history/", "/my/history/"), ("https://elsewhere.example/", "/my/"), ("//elsewhere.example", "/my/")],
)
def test_one_goes_on_to_where_one_wanted_and_to_no_other_site(demonstration: Cast, wanted: str, place: str) -> None:
    person = {"person": str(demonstration.anna.account.pk), "next": wanted}
    assert Client().post("/sign-in/demonstration/", person)["Location"] == place


@pytest.mark.parametrize("person", ["", "x", "01933b6e-0000-7000-8000-000000000000"])
def test_nobody_signs_in_as_who_is_not_there(demonstration: Cast, person: str) -> None:
    browser = Client()
    assert browser.post("/sign-in/demonstration/", {"person": person}).status_code == 404
    assert SESSION_KEY not in browser.session


def test_who_left_cannot_sign_in(demonstration: Cast) -> None:
    Account.objects.filter(pk=demonstration.anna.account.pk).update(is_active=False)
    person = {"person": str(demonstration.anna.account.pk)}
    assert Client().post("/sign-in/demonstration/", person).status_code == 404


def test_signing_in_takes_a_form_of_our_own(demonstration: Cast) -> None:
    person = {"person": str(demonstration.anna.account.pk)}
    browser = Client(enforce_csrf_checks=True)
    assert browser.post("/sign-in/demonstration/", person).status_code == 403
    assert Client().get("/sign-in/demonstration/", person).status_code == 405


def test_signing_out_takes_a_press(cast: Cast) -> None:
    browser = signed_in(cast.anna.account)
    assert browser.get("/sign-out/").status_code == 405
    assert SESSION_KEY in browser.session
    assert browser.post("/sign-out/")["Location"] == "/"
    assert SESSION_KEY not in browser.session
