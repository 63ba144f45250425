"""A yes that takes the place of the one before it."""

from uuid import uuid4

import pytest

from audit.models import Record
from consent.errors import AlreadyGranted, ConsentNotFound, InvalidConsent, KeyDestroyed
from consent.keys.consent_key import find_consent_key
from consent.lifecycle import State
from consent.models import Consent
from consent.services.answer import grant_consent
from consent.services.change import pause_consent
from sharing.services.release import release
from tests.cast import INCOME, SIZE, Cast
from tests.purposes import publish


def test_the_old_consent_ends_with_the_new_yes(cast: Cast) -> None:
    old = cast.grant(fields=[SIZE], uses=1)
    request = cast.ask()
    new = cast.grant(fields=[SIZE, INCOME], replaces=old.pk)
    old.refresh_from_db()
    assert (old.state, new.state, new.uses_taken) == (State.REPLACED, State.GIVEN, 0)
    assert new.pk != old.pk
    assert new.pseudonym == old.pseudonym
    with pytest.raises(KeyDestroyed):
        find_consent_key(old.pk)
    assert Record.objects.filter(action="consent.replaced", consent=old.pk).count() == 1
    outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="key")
    assert set(outcome.data_or_refusal().data) == {SIZE, INCOME}


def test_another_text_takes_another_yes(cast: Cast) -> None:
    old = cast.grant()
    newer = publish(cast, "energy-allowance")
    new = grant_consent(
        citizen=cast.anna,
        purpose_version_id=newer.pk,
        terms=cast.terms(fields=[SIZE]),
        language="nl",
        notice_hash=newer.notice_hashes["nl"],
        replaces=old.pk,
    )
    assert new.purpose_version == newer


def test_said_twice_it_is_said_once(cast: Cast) -> None:
    old = cast.grant(fields=[SIZE])
    terms = cast.terms()
    first = cast.grant(terms=terms, replaces=old.pk)
    assert cast.grant(terms=terms, replaces=old.pk).pk == first.pk
    assert Consent.objects.count() == 2
    assert Record.objects.filter(action="consent.granted").count() == 2


def test_the_same_yes_is_no_new_one(cast: Cast) -> None:
    terms = cast.terms()
    consent = cast.grant(terms=terms)
    assert cast.grant(terms=terms, replaces=consent.pk).pk == consent.pk


def test_a_paused_consent_is_replaced(cast: Cast) -> None:
    old = pause_consent(citizen=cast.anna, consent_id=cast.grant().pk)
    new = cast.grant(fields=[SIZE], replaces=old.pk)
    old.refresh_from_db()
    assert (old.state, old.paused_at, new.state) == (State.REPLACED, None, State.GIVEN)


def test_only_the_consent_that_stands_is_replaced(cast: Cast) -> None:
    first = cast.grant(fields=[SIZE])
    second = cast.grant(uses=2, replaces=first.pk)
    with pytest.raises(AlreadyGranted):
        cast.grant(uses=3, replaces=first.pk)
    second.refresh_from_db()
    assert second.state == State.GIVEN


def test_the_consent_of_another_is_not_there(cast: Cast) -> None:
    brams = cast.grant(cast.bram)
    for replaces in (brams.pk, uuid4()):
        with pytest.raises(ConsentNotFound):
            cast.grant(replaces=replaces)
    brams.refresh_from_db()
    assert brams.state == State.GIVEN
    assert not Consent.objects.of_citizen(cast.anna).exists()


def test_a_yes_that_cannot_be_stored_leaves_the_old_one(cast: Cast) -> None:
    old = cast.grant()
    with pytest.raises(InvalidConsent):
        cast.grant(uses=0, replaces=old.pk)
    old.refresh_from_db()
    assert old.state == State.GIVEN
    assert find_consent_key(old.pk)
