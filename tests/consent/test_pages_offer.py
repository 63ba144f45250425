"""Offering less than what is needed, and putting a question off: nothing is shared by either."""

from typing import Any

import pytest
from django.test import Client

from consent.lifecycle import State
from consent.models import Consent, Offer
from consent.services.offer import accept_offer
from tests.cast import INCOME, SIZE, Cast
from tests.consent.answering import ENERGY, answer_form, english
from tests.pages import actions, nothing_written, text_of


@pytest.fixture
def anna(cast: Cast) -> Client:
    cast.ask()
    return english(cast)


def test_leaving_out_what_is_needed_is_an_offer(cast: Cast, anna: Client) -> None:
    form = answer_form(anna, answer="offer", fields_chosen=[INCOME], without=[SIZE])
    answer = anna.post(ENERGY, form)
    assert (answer.status_code, answer["Location"]) == (302, "/my/")
    offer = Offer.objects.get()
    assert offer.conditions["fields"] == [INCOME]
    assert Consent.objects.get().state == State.REQUESTED
    page = text_of(anna.get("/my/"))
    assert "Your offer was sent. Nothing is shared until the organisation accepts it." in page
    assert "Your offer waits for an answer" in page
    assert "What you offered : Energy allowance Data Amount" in page
    assert "Take my offer back" in text_of(anna.get(ENERGY))


def test_the_same_offer_sent_twice_is_one(cast: Cast, anna: Client) -> None:
    form = answer_form(anna, answer="offer", fields_chosen=[INCOME], without=[SIZE])
    for _time in range(2):
        assert anna.post(ENERGY, form).status_code == 302
    assert Offer.objects.count() == 1


def test_taking_it_back(cast: Cast, anna: Client) -> None:
    anna.post(ENERGY, answer_form(anna, answer="offer", fields_chosen=[INCOME], without=[SIZE]))
    consent = Consent.objects.get()
    assert anna.get(f"/my/consents/{consent.pk}/take-back/").status_code == 405
    for _time in range(2):
        assert anna.post(f"/my/consents/{consent.pk}/take-back/")["Location"] == "/my/"
    assert Offer.objects.get().state == Offer.State.TAKEN_BACK
    assert "Your offer waits" not in text_of(anna.get("/my/"))


def test_an_accepted_offer_is_not_taken_back(cast: Cast, anna: Client) -> None:
    anna.post(ENERGY, answer_form(anna, answer="offer", fields_chosen=[INCOME], without=[SIZE]))
    consent = accept_offer(actor=cast.daan.as_actor(), offer_id=Offer.objects.get().pk)
    with nothing_written():
        answer = anna.post(f"/my/consents/{consent.pk}/take-back/", follow=True)
    assert "This offer does not wait any more" in text_of(answer)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answer": "yes", "without": [SIZE]}, "You leave out what is needed"),
        ({"answer": "offer"}, "Tick what you leave out"),
        ({"answer": "offer", "without": [SIZE]}, "You leave out everything"),
        ({"answer": "offer", "without": ["x"]}, "This is not asked for this purpose"),
    ],
)
def test_what_cannot_be_offered_is_said_where_it_is(anna: Client, changes: dict[str, Any], said: str) -> None:
    form = answer_form(anna, **changes)
    with nothing_written():
        answer = anna.post(ENERGY, form)
    assert answer.status_code == 400
    assert said in text_of(answer)
    assert 'href="#without"' in answer.content.decode()
    assert Offer.objects.count() == 0


def test_without_a_question_there_is_nobody_to_offer_to(cast: Cast) -> None:
    anna = english(cast)
    assert "I want to offer less" not in text_of(anna.get(ENERGY))
    with nothing_written():
        assert anna.post(ENERGY, answer_form(anna, answer="offer", without=[SIZE])).status_code == 400


def test_nobody_takes_back_the_offer_of_another(cast: Cast, anna: Client) -> None:
    anna.post(ENERGY, answer_form(anna, answer="offer", fields_chosen=[INCOME], without=[SIZE]))
    consent = Consent.objects.get()
    anna.force_login(cast.bram.account)
    assert anna.post(f"/my/consents/{consent.pk}/take-back/").status_code == 404
    assert Offer.objects.get().state == Offer.State.WAITING


def test_later_puts_the_question_off_and_shares_nothing(cast: Cast, anna: Client) -> None:
    for _time in range(2):
        answer = anna.post(ENERGY, {"answer": "later"}, follow=True)
    consent = Consent.objects.get()
    assert consent.state == State.REQUESTED
    assert consent.postponed_until is not None
    page = text_of(answer)
    assert "The question stays on this page, and nothing is shared." in page
    assert "You think about it until" in page
    assert [action for action, _outcome in actions()].count("consent.postponed") == 1


def test_later_without_a_question_is_no_answer(cast: Cast) -> None:
    anna = english(cast)
    with nothing_written():
        assert anna.post(ENERGY, answer_form(anna, answer="later")).status_code == 400
