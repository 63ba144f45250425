from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.models import Record
from consent.errors import ConsentNotFound, InvalidConsent, TransitionRefused
from consent.lifecycle import State
from consent.models import Consent
from consent.services.answer import refuse_consent
from consent.services.change import postpone_consent
from sharing.services.release import release
from tests.cast import Cast


@pytest.fixture
def question(cast: Cast) -> Consent:
    cast.ask()
    return Consent.objects.get()


def test_a_question_waits_two_weeks_to_the_end_of_the_day(cast: Cast, question: Consent) -> None:
    postponed = postpone_consent(citizen=cast.anna, consent_id=question.pk)
    assert (postponed.state, postponed.version) == (State.REQUESTED, 2)
    assert postponed.postponed_until is not None
    local = timezone.localtime(postponed.postponed_until)
    assert (local.date() - timezone.localdate()).days == 15
    assert (local.hour, local.minute) == (0, 0)


def test_said_twice_it_is_said_once(cast: Cast, question: Consent) -> None:
    for _time in range(2):
        assert postpone_consent(citizen=cast.anna, consent_id=question.pk).version == 2
    assert Record.objects.filter(action="consent.postponed").count() == 1


def test_it_never_answers_itself(cast: Cast, question: Consent) -> None:
    postpone_consent(citizen=cast.anna, consent_id=question.pk, until=timezone.now() + timedelta(days=2))
    with patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(days=3)):
        question.refresh_from_db()
        assert question.state == State.REQUESTED


def test_an_answer_ends_the_waiting(cast: Cast, question: Consent) -> None:
    postpone_consent(citizen=cast.anna, consent_id=question.pk)
    assert cast.grant().postponed_until is None


def test_staff_see_no_difference(cast: Cast) -> None:
    request = cast.ask()
    before = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="1").verdicts
    postpone_consent(citizen=cast.anna, consent_id=Consent.objects.get().pk)
    assert release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="2").verdicts == before


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_a_day_that_makes_no_sense_is_refused(cast: Cast, question: Consent, days: int) -> None:
    with pytest.raises(InvalidConsent) as refused:
        postpone_consent(citizen=cast.anna, consent_id=question.pk, until=timezone.now() + timedelta(days=days))
    assert [error.pointer for error in refused.value.errors] == ["/until"]
    question.refresh_from_db()
    assert (question.version, question.postponed_until) == (1, None)


def test_a_moment_without_a_zone_is_refused(cast: Cast, question: Consent) -> None:
    until = timezone.now().replace(tzinfo=None) + timedelta(days=2)
    with pytest.raises(InvalidConsent):
        postpone_consent(citizen=cast.anna, consent_id=question.pk, until=until)


def test_the_question_to_another_is_not_there(cast: Cast, question: Consent) -> None:
    for consent_id in (question.pk, uuid4()):
        with pytest.raises(ConsentNotFound):
            postpone_consent(citizen=cast.bram, consent_id=consent_id)


def test_what_was_answered_is_not_put_off(cast: Cast, question: Consent) -> None:
    refuse_consent(citizen=cast.anna, consent_id=question.pk)
    with pytest.raises(TransitionRefused):
        postpone_consent(citizen=cast.anna, consent_id=question.pk)
