from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.errors import DomainError
from audit.models import Record
from consent.errors import (
    ConsentChanged,
    ConsentNotFound,
    DoesNotOpen,
    InvalidConsent,
    KeyDestroyed,
    TransitionRefused,
)
from consent.keys.consent_key import find_consent_key
from consent.keys.models import ConsentKey
from consent.lifecycle import State
from consent.models import Consent, ConsentChange
from consent.services.change import narrow_consent, pause_consent, withdraw_consent
from consent.services.purposes import retire_purpose
from sharing.models import SealedItem
from sharing.services.copies import open_item
from sharing.services.release import release
from tests.cast import INCOME, SIZE, Cast
from tests.purposes import publish


def narrow(cast: Cast, consent: Consent, **other: Any) -> Consent:
    terms = {**consent.conditions, **other}
    return narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=consent.version)


def test_fewer_uses_and_an_earlier_end_are_narrower(cast: Cast) -> None:
    consent = cast.grant(uses=5)
    key = find_consent_key(consent.pk)
    end = timezone.now() + timedelta(days=1)
    narrowed = narrow(cast, consent, uses=2, validUntil=end.isoformat())
    assert (narrowed.state, narrowed.version) == (State.GIVEN, consent.version + 1)
    assert (narrowed.terms.uses_limit, narrowed.ends_at) == (2, end)
    # Nothing dropped out of the copies, so they stay as they are.
    assert find_consent_key(consent.pk) == key


def test_a_field_that_drops_out_takes_the_key_with_it(cast: Cast) -> None:
    consent = cast.grant()
    request = cast.ask()
    old_key = find_consent_key(consent.pk)
    wrapped = bytes(ConsentKey.objects.get(consent_id=consent.pk).wrapped or b"")
    narrow(cast, consent, fields=[SIZE])
    old_row, row = ConsentKey.objects.filter(consent_id=consent.pk).order_by("generation")
    assert (old_row.generation, row.generation) == (1, 2)
    assert old_row.wrapped is None
    assert row.wrapped is not None
    assert bytes(row.wrapped) != wrapped
    new_key = find_consent_key(consent.pk)
    assert new_key != old_key
    items = list(SealedItem.objects.filter(consent=consent))
    assert [open_item(item, consent_key=new_key) for item in items] == [{SIZE: 3}]
    with pytest.raises(DoesNotOpen):
        open_item(items[0], consent_key=old_key)
    outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="key")
    assert outcome.released is None


def test_what_is_still_shared_is_still_released(cast: Cast) -> None:
    consent = cast.grant()
    narrow(cast, consent, fields=[SIZE])
    request = cast.ask(SIZE)
    outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="key")
    assert outcome.data_or_refusal().data == {SIZE: 3}


@pytest.mark.parametrize(
    ("wider", "pointer"),
    [
        ({"uses": 6}, "/terms/uses"),
        ({"fields": [SIZE, INCOME, "income#/year"]}, "/terms/fields"),
        ({"validUntil": (timezone.now() + timedelta(days=30)).isoformat()}, "/terms/validUntil"),
        ({"fields": [INCOME]}, "/terms/fields"),  # the purpose needs the other one
        ({"fields": ["income#/secret"]}, "/terms/fields"),
        ({"colour": "red"}, "/terms/colour"),
    ],
)
def test_wider_terms_are_refused_with_the_term_and_write_nothing(
    cast: Cast, wider: dict[str, Any], pointer: str
) -> None:
    consent = cast.grant(uses=5)
    before = Record.objects.count()
    with pytest.raises(InvalidConsent) as refused:
        narrow(cast, consent, **wider)
    assert pointer in {error.pointer for error in refused.value.errors}
    consent.refresh_from_db()
    assert (consent.version, consent.terms.uses_limit) == (1, 5)
    assert Record.objects.count() == before


def test_leaving_a_term_out_is_wider(cast: Cast) -> None:
    consent = cast.grant(uses=5)
    terms = {name: value for name, value in consent.conditions.items() if name != "uses"}
    with pytest.raises(InvalidConsent) as refused:
        narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=consent.version)
    assert [error.pointer for error in refused.value.errors] == ["/terms/uses"]


def test_a_stale_page_changes_nothing(cast: Cast) -> None:
    consent = cast.grant(uses=5)
    narrow(cast, consent, uses=3)
    with pytest.raises(ConsentChanged):
        narrow(cast, consent, uses=4)
    consent.refresh_from_db()
    assert consent.terms.uses_limit == 3


def test_said_twice_it_is_said_once(cast: Cast) -> None:
    consent = cast.grant(uses=5)
    first = narrow(cast, consent, fields=[SIZE])
    assert narrow(cast, consent, fields=[SIZE]).version == first.version
    assert Record.objects.filter(action="consent.narrowed").count() == 1
    assert ConsentKey.objects.living().get(consent_id=consent.pk).generation == 2


def test_a_paused_consent_is_narrowed_and_stays_paused(cast: Cast) -> None:
    consent = pause_consent(citizen=cast.anna, consent_id=cast.grant(uses=5).pk)
    assert narrow(cast, consent, uses=1).state == State.PAUSED


def test_under_a_newer_text_or_a_retired_purpose_less_is_still_less(cast: Cast) -> None:
    consent = cast.grant(uses=5)
    publish(cast, "energy-allowance")
    narrowed = narrow(cast, consent, uses=4)
    assert narrowed.purpose_version == cast.energy
    retire_purpose(purpose=cast.energy.purpose, officer=cast.gijs.account)
    narrowed.refresh_from_db()
    assert narrow(cast, narrowed, uses=3).terms.uses_limit == 3


def test_the_consent_of_another_is_not_there(cast: Cast) -> None:
    consent = cast.grant()
    for consent_id in (consent.pk, uuid4()):
        with pytest.raises(ConsentNotFound):
            narrow_consent(citizen=cast.bram, consent_id=consent_id, terms=consent.conditions, version=1)


def test_an_ended_consent_is_not_narrowed(cast: Cast) -> None:
    consent = cast.grant(uses=5)
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    consent.refresh_from_db()
    with pytest.raises(TransitionRefused):
        narrow(cast, consent, uses=1)


def test_copies_that_nobody_seals_anew_undo_the_change(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    consent = cast.grant()
    key = find_consent_key(consent.pk)
    monkeypatch.setattr("consent.signals.consent_narrowed.receivers", [])
    with pytest.raises(RuntimeError):
        narrow(cast, consent, fields=[SIZE])
    assert find_consent_key(consent.pk) == key
    assert not ConsentChange.objects.filter(consent=consent, version=2).exists()


def test_a_copy_that_cannot_be_sealed_undoes_the_change(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**signal: object) -> None:
        raise DomainError

    consent = cast.grant()
    key = find_consent_key(consent.pk)
    monkeypatch.setattr("sharing.receivers.reseal_copies", refuse)
    with pytest.raises(DomainError):
        narrow(cast, consent, fields=[SIZE])
    assert find_consent_key(consent.pk) == key
    consent.refresh_from_db()
    assert consent.terms.fields == {SIZE, INCOME}


def test_a_destroyed_key_is_not_replaced(cast: Cast) -> None:
    consent = cast.grant()
    ConsentKey.objects.filter(consent_id=consent.pk).update(wrapped=None, destroyed_at=timezone.now())
    with pytest.raises(KeyDestroyed):
        narrow(cast, consent, fields=[SIZE])
