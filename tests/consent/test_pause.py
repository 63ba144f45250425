from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.models import Record
from consent.errors import AlreadyGranted, ConsentNotFound, KeyDestroyed, TransitionRefused
from consent.keys.consent_key import find_consent_key
from consent.lifecycle import State
from consent.services.change import pause_consent, resume_consent, withdraw_consent
from consent.services.expire import expire_consents
from sharing.services.release import release
from tests.cast import Cast


def read(cast: Cast, key: str) -> bool:
    request = cast.ask()
    return release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key=key).released is not None


def test_nothing_is_read_during_a_pause_and_everything_after_it(cast: Cast) -> None:
    consent = cast.grant(uses=5)
    assert read(cast, "before")
    paused = pause_consent(citizen=cast.anna, consent_id=consent.pk)
    assert (paused.state, paused.version) == (State.PAUSED, consent.version + 1)
    assert paused.paused_at is not None
    assert not read(cast, "during")
    resumed = resume_consent(citizen=cast.anna, consent_id=consent.pk)
    assert (resumed.state, resumed.paused_at, resumed.uses_taken) == (State.GIVEN, None, 1)
    assert read(cast, "after")


def test_an_answer_that_got_lost_does_not_come_during_a_pause(cast: Cast) -> None:
    consent = cast.grant()
    request = cast.ask()
    assert release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="key").released
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    assert release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="key").released is None


def test_said_twice_it_is_said_once(cast: Cast) -> None:
    consent = cast.grant()
    first = pause_consent(citizen=cast.anna, consent_id=consent.pk)
    assert pause_consent(citizen=cast.anna, consent_id=consent.pk).version == first.version
    resumed = resume_consent(citizen=cast.anna, consent_id=consent.pk)
    assert resume_consent(citizen=cast.anna, consent_id=consent.pk).version == resumed.version
    actions = list(Record.objects.filter(consent=consent.pk).order_by("at").values_list("action", flat=True))
    assert actions == ["consent.granted", "consent.paused", "consent.resumed"]


def test_the_consent_of_another_is_not_there(cast: Cast) -> None:
    consent = cast.grant()
    for turn in (pause_consent, resume_consent):
        for consent_id in (consent.pk, uuid4()):
            with pytest.raises(ConsentNotFound):
                turn(citizen=cast.bram, consent_id=consent_id)
    consent.refresh_from_db()
    assert (consent.state, consent.version) == (State.GIVEN, 1)


def test_a_question_is_not_paused_and_an_end_is_not_resumed(cast: Cast) -> None:
    consent = cast.grant()
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    before = Record.objects.count()
    for turn in (pause_consent, resume_consent):
        with pytest.raises(TransitionRefused):
            turn(citizen=cast.anna, consent_id=consent.pk)
    assert Record.objects.count() == before


def test_sharing_stops_as_easily_from_a_pause(cast: Cast) -> None:
    consent = cast.grant()
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    assert withdraw_consent(citizen=cast.anna, consent_id=consent.pk).state == State.WITHDRAWN
    with pytest.raises(KeyDestroyed):
        find_consent_key(consent.pk)


def test_a_pause_does_not_put_off_the_end(cast: Cast) -> None:
    consent = cast.grant()
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    with patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(days=8)):
        with pytest.raises(TransitionRefused):
            resume_consent(citizen=cast.anna, consent_id=consent.pk)
        assert expire_consents() == 1
    consent.refresh_from_db()
    assert (consent.state, consent.paused_at) == (State.EXPIRED, None)


def test_a_second_yes_does_not_end_a_pause_in_silence(cast: Cast) -> None:
    terms = cast.terms()
    consent = cast.grant(terms=terms)
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    with pytest.raises(AlreadyGranted):
        cast.grant(terms=terms)
    consent.refresh_from_db()
    assert consent.state == State.PAUSED
