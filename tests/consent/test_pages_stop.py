"""Stopping takes one page and one press, as many as starting."""

import pytest
from django.test import Client

from consent.lifecycle import State
from consent.models import Consent
from tests.cast import Cast
from tests.pages import actions, nothing_written, signed_in, text_of


@pytest.fixture
def anna(cast: Cast) -> Client:
    return signed_in(cast.anna.account)


def test_looking_does_not_stop(cast: Cast, anna: Client) -> None:
    consent = cast.grant()
    with nothing_written():
        assert anna.get(f"/my/consents/{consent.pk}/").status_code == 200


def test_one_press_stops(cast: Cast, anna: Client) -> None:
    consent = cast.grant()
    answer = anna.post(f"/my/consents/{consent.pk}/", follow=True)
    assert answer.redirect_chain == [(f"/my/consents/{consent.pk}/", 302)]
    consent.refresh_from_db()
    assert consent.state == State.WITHDRAWN
    page = text_of(answer)
    assert "Vanaf nu kan niemand deze gegevens nog bekijken" in page
    assert "Stop met deze gegevens delen" not in page
    about = answer.content.decode().partition('id="terms-title"')[2].partition('id="changes-title"')[0]
    assert "Hoe lang" not in about
    assert " over" not in about.partition("</h2>")[2]


def test_stopping_stands_before_what_is_shared(cast: Cast, anna: Client) -> None:
    page = text_of(anna.get(f"/my/consents/{cast.grant().pk}/"))
    assert page.index("Stop met deze gegevens delen") < page.index("Wat u deelt") < page.index("Wie keek")


def test_pressed_twice_it_stopped_once(cast: Cast, anna: Client) -> None:
    consent = cast.grant()
    for _time in range(2):
        assert anna.post(f"/my/consents/{consent.pk}/").status_code == 302
    assert [action for action, _outcome in actions()].count("consent.withdrawn") == 1


def test_what_was_never_given_cannot_be_stopped(cast: Cast, anna: Client) -> None:
    cast.ask()
    question = Consent.objects.get()
    with nothing_written():
        answer = anna.post(f"/my/consents/{question.pk}/", follow=True)
    assert "Dit was al geëindigd" in text_of(answer)


def test_a_form_of_another_site_is_refused(cast: Cast) -> None:
    consent = cast.grant()
    anna = signed_in(cast.anna.account, enforce_csrf_checks=True)
    answer = anna.post(f"/my/consents/{consent.pk}/")
    assert answer.status_code == 403
    assert "Dit formulier is te oud" in text_of(answer)
    consent.refresh_from_db()
    assert consent.state == State.GIVEN


def test_after_stopping_one_may_say_yes_again(cast: Cast, anna: Client) -> None:
    consent = cast.grant()
    anna.post(f"/my/consents/{consent.pk}/")
    assert anna.get("/my/purposes/energy-allowance/").status_code == 200
