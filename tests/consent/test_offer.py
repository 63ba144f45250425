"""Counter-offers: stricter terms that the organisation accepts or lets go."""

import json
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.models import Record
from consent.actor import Actor
from consent.errors import (
    ConsentNotFound,
    InvalidConsent,
    OfferNotFound,
    PurposeNotInForce,
    RoleRequired,
    TextChanged,
    TransitionRefused,
)
from consent.keys.models import ConsentKey
from consent.lifecycle import Event, State
from consent.models import Consent, ConsentChange, Mail, Offer
from consent.services.answer import refuse_consent
from consent.services.change import narrow_consent
from consent.services.offer import accept_offer, let_go_offer, make_offer, take_back_offer
from consent.services.purposes import retire_purpose
from sharing.services.release import release
from tests.cast import INCOME, SIZE, Cast
from tests.purposes import publish


@pytest.fixture
def question(cast: Cast) -> Consent:
    cast.ask()
    return Consent.objects.get()


@pytest.fixture
def daan(cast: Cast) -> Actor:
    return cast.daan.as_actor()


def offer(cast: Cast, question: Consent, **terms: Any) -> Offer:
    """Offer, as Anna, the income alone: the purpose requires the size of the household."""
    return make_offer(
        citizen=cast.anna,
        consent_id=question.pk,
        terms=cast.terms(**{"fields": [INCOME], "uses": 1, "validUntil": END, **terms}),
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
    )


END = (timezone.now() + timedelta(days=5)).isoformat()


def test_an_offer_leaves_the_question_open(cast: Cast, question: Consent) -> None:
    made = offer(cast, question)
    question.refresh_from_db()
    assert (made.state, question.state, question.conditions) == (Offer.State.WAITING, State.REQUESTED, {})
    change = ConsentChange.objects.get(consent=question, event=Event.OFFER)
    assert (change.conditions, change.notice_hash) == (made.conditions, cast.energy.notice_hashes["nl"])
    assert Record.objects.filter(action="consent.offered", consent=question.pk).count() == 1


def test_accepting_gives_exactly_what_was_offered(cast: Cast, question: Consent, daan: Actor) -> None:
    made = offer(cast, question)
    consent = accept_offer(actor=daan, offer_id=made.pk)
    assert (consent.pk, consent.state, consent.conditions) == (question.pk, State.GIVEN, made.conditions)
    assert (consent.language, consent.notice_hash) == ("nl", cast.energy.notice_hashes["nl"])
    accepted = Record.objects.get(action="consent.offer-accepted")
    granted = Record.objects.get(action="consent.granted")
    assert json.loads(bytes(granted.canonical))["related"] == str(accepted.entry_id)
    assert Mail.objects.filter(citizen=cast.anna, kind=Mail.Kind.OFFER_ANSWERED).count() == 1
    request = cast.ask(INCOME)
    outcome = release(actor=daan, request_id=request.pk, idempotency_key="key")
    assert set(outcome.data_or_refusal().data) == {INCOME}


def test_an_accepted_offer_can_be_narrowed_without_the_field_it_never_had(
    cast: Cast, question: Consent, daan: Actor
) -> None:
    made = offer(cast, question, uses=3)
    consent = accept_offer(actor=daan, offer_id=made.pk)
    terms = {**consent.conditions, "uses": 1}
    narrowed = narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=consent.version)
    assert narrowed.terms.uses_limit == 1


def test_accepted_twice_it_is_one_consent(cast: Cast, question: Consent, daan: Actor) -> None:
    made = offer(cast, question)
    first = accept_offer(actor=daan, offer_id=made.pk)
    assert accept_offer(actor=daan, offer_id=made.pk).version == first.version
    assert ConsentKey.objects.count() == 1
    assert Record.objects.filter(action="consent.granted").count() == 1


def test_letting_go_leaves_the_question_open(cast: Cast, question: Consent, daan: Actor) -> None:
    made = offer(cast, question)
    for _time in range(2):
        assert let_go_offer(actor=daan, offer_id=made.pk).state == Offer.State.LET_GO
    assert Record.objects.filter(action="consent.offer-let-go").count() == 1
    with pytest.raises(TransitionRefused):
        accept_offer(actor=daan, offer_id=made.pk)
    assert not ConsentKey.objects.exists()
    assert cast.grant().pk == question.pk


def test_the_same_offer_twice_is_one_and_another_takes_its_place(cast: Cast, question: Consent) -> None:
    first = offer(cast, question)
    assert offer(cast, question).pk == first.pk
    second = offer(cast, question, uses=2)
    first.refresh_from_db()
    assert (first.state, second.state) == (Offer.State.TAKEN_BACK, Offer.State.WAITING)


def test_what_was_taken_back_is_not_there_any_more(cast: Cast, question: Consent, daan: Actor) -> None:
    made = offer(cast, question)
    for _time in range(2):
        take_back_offer(citizen=cast.anna, consent_id=question.pk)
    assert Record.objects.filter(action="consent.offer-taken-back").count() == 1
    for answer in (accept_offer, let_go_offer):
        with pytest.raises(OfferNotFound):
            answer(actor=daan, offer_id=made.pk)
    assert not ConsentKey.objects.exists()


def test_an_accepted_offer_is_not_taken_back_but_withdrawn(cast: Cast, question: Consent, daan: Actor) -> None:
    accept_offer(actor=daan, offer_id=offer(cast, question).pk)
    with pytest.raises(TransitionRefused):
        take_back_offer(citizen=cast.anna, consent_id=question.pk)


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_an_answer_to_the_question_closes_the_offer(cast: Cast, question: Consent, daan: Actor, answer: str) -> None:
    made = offer(cast, question)
    if answer == "yes":
        cast.grant()
    else:
        refuse_consent(citizen=cast.anna, consent_id=question.pk)
    with pytest.raises(OfferNotFound):
        accept_offer(actor=daan, offer_id=made.pk)


def test_a_text_that_changed_since_is_not_agreed_to(cast: Cast, question: Consent, daan: Actor) -> None:
    made = offer(cast, question)
    publish(cast, "energy-allowance")
    before = Record.objects.count()
    with pytest.raises(TextChanged):
        accept_offer(actor=daan, offer_id=made.pk)
    made.refresh_from_db()
    assert made.state == Offer.State.WAITING
    assert Record.objects.count() == before


def test_a_retired_purpose_takes_no_offer(cast: Cast, question: Consent, daan: Actor) -> None:
    made = offer(cast, question)
    retire_purpose(purpose=cast.energy.purpose, officer=cast.gijs.account)
    with pytest.raises(PurposeNotInForce):
        accept_offer(actor=daan, offer_id=made.pk)
    with pytest.raises(PurposeNotInForce):
        offer(cast, question, uses=2)


def test_an_offer_whose_end_has_come_is_not_accepted(cast: Cast, question: Consent, daan: Actor) -> None:
    made = offer(cast, question)
    with (
        patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(days=6)),
        pytest.raises(InvalidConsent),
    ):
        accept_offer(actor=daan, offer_id=made.pk)
    assert not ConsentKey.objects.exists()


def test_only_a_requester_of_the_organisation_that_asked_answers(cast: Cast, question: Consent) -> None:
    made = offer(cast, question)
    for answer in (accept_offer, let_go_offer):
        with pytest.raises(OfferNotFound):
            answer(actor=cast.eva.as_actor(), offer_id=made.pk)
        with pytest.raises(RoleRequired):
            answer(actor=cast.hanna.as_actor(), offer_id=made.pk)
        with pytest.raises(OfferNotFound):
            answer(actor=cast.daan.as_actor(), offer_id=uuid4())


def test_an_offer_to_the_question_of_another_is_not_there(cast: Cast, question: Consent) -> None:
    for consent_id in (question.pk, uuid4()):
        with pytest.raises(ConsentNotFound):
            make_offer(
                citizen=cast.bram,
                consent_id=consent_id,
                terms=cast.terms(),
                language="nl",
                notice_hash=cast.energy.notice_hashes["nl"],
            )
        with pytest.raises(ConsentNotFound):
            take_back_offer(citizen=cast.bram, consent_id=consent_id)


@pytest.mark.parametrize("wrong", [{"fields": []}, {"fields": ["income#/secret"]}, {"uses": 6000}])
def test_wrong_terms_store_nothing(cast: Cast, question: Consent, wrong: dict[str, Any]) -> None:
    before = Record.objects.count()
    with pytest.raises(InvalidConsent):
        offer(cast, question, **wrong)
    assert not Offer.objects.exists()
    assert Record.objects.count() == before


def test_a_given_consent_takes_no_offer(cast: Cast) -> None:
    consent = cast.grant(fields=[SIZE])
    with pytest.raises(TransitionRefused):
        offer(cast, consent)
