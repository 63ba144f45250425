"""Erase me, on the pages: told before it is done, done once, and a receipt for who has its address."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from consent.models import Citizen, Role
from consent.services.members import add_member
from sharing.models import Erasure
from tests.cast import Cast
from tests.consent.answering import english
from tests.consent.test_pages_mandate import bram_for_anna
from tests.pages import hidden_inputs, nothing_written, signed_in, text_of
from tests.sharing.guardian import guardians_browser

ERASE = "/my/data/erase/"


@pytest.fixture
def anna(cast: Cast) -> Client:
    return english(cast)


def sure(browser: Client) -> dict[str, Any]:
    return {**hidden_inputs(browser.get(ERASE)), "sure": "yes"}


def is_erased(citizen: Citizen) -> bool:
    return Citizen.objects.get(pk=citizen.pk).erased_at is not None


def test_first_it_is_told_what_goes_and_what_stays(cast: Cast, anna: Client) -> None:
    with nothing_written():
        page = text_of(anna.get(ERASE))
    assert "This cannot be undone." in page
    assert "What is erased" in page
    assert "What must stay, and why" in page
    assert not is_erased(cast.anna)


def test_who_confirms_is_erased_signed_out_and_gets_the_receipt(cast: Cast, anna: Client) -> None:
    cast.grant()
    form = sure(anna)
    answer = anna.post(ERASE, form)
    assert (answer.status_code, answer["Location"]) == (302, f"/erased/{form['secret']}/")
    assert is_erased(cast.anna)
    assert "_auth_user_id" not in anna.session
    assert anna.get("/my/")["Location"].startswith("/sign-in/")
    shown = anna.get(answer["Location"])
    page = text_of(shown)
    assert "You were erased" in page
    assert "Anna" not in page
    for private in (shown, anna.get(f"/erased/{form['secret']}/receipt.jws")):
        assert private["Cache-Control"] == "no-store"
        assert private["Referrer-Policy"] == "same-origin"
        assert private["X-Robots-Tag"] == "noindex"
    assert private.content.decode() == Erasure.objects.get().receipt
    assert private["Content-Type"] == "application/jose"


def test_sent_again_from_wherever_it_is_done_once(cast: Cast, anna: Client) -> None:
    elsewhere = english(cast)
    form, other = sure(anna), sure(elsewhere)
    anna.post(ERASE, form)
    with nothing_written():
        again = anna.post(ERASE, form)
        assert (again.status_code, again["Location"]) == (302, f"/erased/{form['secret']}/")
        # The sessions in other browsers are over as well.
        assert elsewhere.post(ERASE, other)["Location"].startswith("/sign-in/")
    assert Erasure.objects.count() == 1


def test_the_form_of_who_was_erased_erases_nobody_else(cast: Cast, anna: Client) -> None:
    form = sure(anna)
    anna.post(ERASE, form)
    bram = signed_in(cast.bram.account)
    with nothing_written():
        bram.post(ERASE, form)
    assert not is_erased(cast.bram)


def test_without_the_tick_nothing_happens(cast: Cast, anna: Client) -> None:
    form = hidden_inputs(anna.get(ERASE))
    with nothing_written():
        answer = anna.post(ERASE, form)
    assert answer.status_code == 400
    assert "Tick the box if you are sure." in text_of(answer)
    assert 'href="#sure"' in answer.content.decode()
    # The same form goes on where it was.
    assert hidden_inputs(answer)["secret"] == form["secret"]
    assert not is_erased(cast.anna)


@pytest.mark.parametrize("secret", ["", "short", "../../", "x" * 44])
def test_a_secret_that_is_none_is_not_taken(cast: Cast, anna: Client, secret: str) -> None:
    answer = anna.post(ERASE, {"sure": "yes", "secret": secret})
    if secret:
        assert answer.status_code == 409
        assert "Open the page once more and confirm again." in text_of(answer)
        assert not is_erased(cast.anna)
        form = {**hidden_inputs(answer), "sure": "yes"}
        answer = anna.post(ERASE, form)
    assert answer.status_code == 302
    assert is_erased(cast.anna)


def test_who_works_here_is_told_what_to_do_first(cast: Cast) -> None:
    cast.anna.account.subject = "anna-at-work"
    cast.anna.account.save()
    add_member(
        subject="anna-at-work",
        display_name="Anna de Vries",
        organisation=cast.municipality,
        role=Role.AUDITOR,
        department="controle",
    )
    anna = english(cast)
    answer = anna.post(ERASE, sure(anna))
    assert answer.status_code == 409
    assert "Ask your organisation to end your role first." in text_of(answer)
    assert not is_erased(cast.anna)


@pytest.mark.parametrize("acting", [bram_for_anna, guardians_browser])
def test_nobody_does_it_for_somebody_else(cast: Cast, acting: Callable[[Cast], Client]) -> None:
    form = sure(english(cast))
    bram = acting(cast)
    assert bram.get(ERASE).status_code == 403
    assert bram.post(ERASE, form).status_code == 403
    assert not is_erased(cast.anna)
    assert not is_erased(cast.bram)


def test_only_a_form_of_the_page_erases(cast: Cast, anna: Client) -> None:
    form = sure(anna)
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(cast.anna.account)
    with nothing_written():
        assert anna.get(ERASE, form).status_code == 200
        assert anna.put(ERASE).status_code == 405
        assert Client().post(ERASE, form)["Location"].startswith("/sign-in/")
    assert checked.post(ERASE, form).status_code == 403
    assert signed_in(cast.daan.account).post(ERASE, form).status_code == 403
    assert not is_erased(cast.anna)


@pytest.mark.parametrize("secret", ["short", "x" * 43, "é" * 43])
@pytest.mark.parametrize("file", ["", "receipt.jws"])
def test_another_address_shows_nothing(cast: Cast, secret: str, file: str) -> None:
    path = f"/erased/{secret}/{file}"
    assert Client().get(path).status_code == 404
    assert Client().post(path).status_code == 405
