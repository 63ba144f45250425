"""Refusing, withdrawing, expiring: the ways out."""

from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import DatabaseError
from django.utils import timezone

from audit.models import Record
from consent.errors import ConsentNotFound, KeyDestroyed, TransitionRefused
from consent.keys.consent_key import find_consent_key
from consent.keys.models import ConsentKey
from consent.lifecycle import State
from consent.models import Consent
from consent.services.answer import refuse_consent
from consent.services.ask import ask_for_consent
from consent.services.change import withdraw_consent
from consent.services.expire import expire_consents
from tests.cast import Cast
from tests.purposes import publish


def question(cast: Cast) -> Consent:
    asked = ask_for_consent(
        citizen=cast.anna, purpose_version=cast.energy, actor=cast.daan.as_actor(), at=timezone.now()
    )
    assert asked is not None
    return asked


def test_withdrawing_ends_the_consent_and_destroys_its_key(cast: Cast) -> None:
    consent = cast.grant()
    withdrawn = withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    assert withdrawn.state == State.WITHDRAWN
    assert withdrawn.version == consent.version + 1
    key = ConsentKey.objects.get(consent_id=consent.pk)
    assert key.wrapped is None
    assert key.destroyed_at is not None
    with pytest.raises(KeyDestroyed):
        find_consent_key(consent.pk)


def test_withdrawing_twice_is_withdrawing_once(cast: Cast) -> None:
    consent = cast.grant()
    first = withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    second = withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    assert second.ended_at == first.ended_at
    assert Record.objects.filter(action="consent.withdrawn").count() == 1


@pytest.mark.parametrize("end", [withdraw_consent, refuse_consent])
def test_the_consent_of_another_is_not_there(cast: Cast, end: object) -> None:
    consent = cast.grant()
    for consent_id in (consent.pk, uuid4()):
        with pytest.raises(ConsentNotFound):
            end(citizen=cast.bram, consent_id=consent_id)  # type: ignore[operator]  # one of two services
    consent.refresh_from_db()
    assert consent.state == State.GIVEN
    assert find_consent_key(consent.pk)


def test_a_question_is_answered_with_no(cast: Cast) -> None:
    refused = refuse_consent(citizen=cast.anna, consent_id=question(cast).pk)
    assert refused.state == State.REFUSED
    assert not ConsentKey.objects.exists()


def test_a_given_consent_is_not_refused_but_withdrawn(cast: Cast) -> None:
    consent = cast.grant()
    with pytest.raises(TransitionRefused):
        refuse_consent(citizen=cast.anna, consent_id=consent.pk)


def test_a_question_is_not_withdrawn_but_refused(cast: Cast) -> None:
    asked = question(cast)
    with pytest.raises(TransitionRefused):
        withdraw_consent(citizen=cast.anna, consent_id=asked.pk)


def test_a_no_is_not_asked_again_for_the_same_version(cast: Cast) -> None:
    refuse_consent(citizen=cast.anna, consent_id=question(cast).pk)
    again = ask_for_consent(
        citizen=cast.anna, purpose_version=cast.energy, actor=cast.daan.as_actor(), at=timezone.now()
    )
    assert again is None


def test_a_no_is_to_the_text_that_was_on_the_screen(cast: Cast) -> None:
    asked = question(cast)
    newer = publish(cast, "energy-allowance")
    assert refuse_consent(citizen=cast.anna, consent_id=asked.pk).purpose_version == newer
    again = ask_for_consent(citizen=cast.anna, purpose_version=newer, actor=cast.daan.as_actor(), at=timezone.now())
    assert again is None


def test_who_grants_after_the_end_does_not_wait_for_the_beat(cast: Cast) -> None:
    first = cast.grant()
    with patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(days=8)):
        second = cast.grant()
        first.refresh_from_db()
    assert (first.state, second.state) == (State.EXPIRED, State.GIVEN)
    with pytest.raises(KeyDestroyed):
        find_consent_key(first.pk)


def test_a_citizen_can_still_say_yes_after_a_no(cast: Cast) -> None:
    refuse_consent(citizen=cast.anna, consent_id=question(cast).pk)
    assert cast.grant().state == State.GIVEN


def test_expired_consents_lose_their_keys_and_others_do_not(cast: Cast) -> None:
    ending = cast.grant(validUntil=(timezone.now() + timedelta(days=1)).isoformat())
    lasting = cast.grant(cast.bram)
    with patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(days=2)):
        assert expire_consents() == 1
        assert expire_consents() == 0
    ending.refresh_from_db()
    assert ending.state == State.EXPIRED
    with pytest.raises(KeyDestroyed):
        find_consent_key(ending.pk)
    assert find_consent_key(lasting.pk)
    assert Record.objects.filter(action="consent.expired", consent=ending.pk).count() == 1


def test_the_database_knows_no_half_destroyed_key(cast: Cast) -> None:
    consent = cast.grant()
    with pytest.raises(DatabaseError):
        ConsentKey.objects.filter(consent_id=consent.pk).update(destroyed_at=timezone.now())
