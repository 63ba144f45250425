from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError
from django.utils import timezone

from audit.errors import DomainError
from audit.models import Record
from consent.errors import (
    AlreadyGranted,
    InvalidConsent,
    PurposeNotFound,
    PurposeNotInForce,
    TextChanged,
)
from consent.keys.consent_key import find_consent_key
from consent.keys.models import ConsentKey
from consent.lifecycle import State
from consent.models import Consent
from consent.services.answer import grant_consent
from consent.services.ask import ask_for_consent
from consent.services.purposes import retire_purpose
from sharing.models import SealedItem
from tests.cast import INCOME, SIZE, Cast


def nothing_is_stored() -> bool:
    return not (Consent.objects.exists() or ConsentKey.objects.exists() or SealedItem.objects.exists())


def test_a_grant_keeps_the_version_the_language_and_the_text(cast: Cast) -> None:
    consent = cast.grant(uses=2)
    consent.refresh_from_db()
    assert consent.state == State.GIVEN
    assert consent.purpose_version == cast.energy
    assert consent.language == "nl"
    assert consent.notice_hash == cast.energy.notice_hashes["nl"]
    assert consent.terms.uses_limit == 2
    assert consent.ends_at == consent.terms.valid_until.moment


def test_a_grant_makes_a_key_and_seals_the_copies(cast: Cast) -> None:
    consent = cast.grant()
    assert len(find_consent_key(consent.pk)) == 32
    assert SealedItem.objects.filter(consent=consent).count() == 2


def test_a_grant_is_logged_with_the_names_of_the_fields(cast: Cast) -> None:
    consent = cast.grant()
    record = Record.objects.get(action="consent.granted")
    assert record.consent == consent.pk
    assert record.subject == cast.anna.log_subject


def test_the_same_yes_twice_is_one_consent(cast: Cast) -> None:
    terms = cast.terms()
    assert cast.grant(terms=terms).pk == cast.grant(terms=terms).pk
    assert Consent.objects.count() == 1
    assert Record.objects.filter(action="consent.granted").count() == 1


def test_another_yes_while_one_stands_is_refused(cast: Cast) -> None:
    first = cast.grant()
    with pytest.raises(AlreadyGranted):
        cast.grant(fields=[SIZE])
    first.refresh_from_db()
    assert first.terms.fields == {SIZE, INCOME}


def test_a_question_becomes_the_consent(cast: Cast) -> None:
    question = ask_for_consent(
        citizen=cast.anna, purpose_version=cast.energy, actor=cast.daan.as_actor(), at=timezone.now()
    )
    assert question is not None
    assert cast.grant().pk == question.pk


@pytest.mark.parametrize("notice_hash", ["", "0" * 64])
def test_another_text_than_the_one_on_the_screen_is_refused(cast: Cast, notice_hash: str) -> None:
    with pytest.raises(TextChanged):
        grant_consent(
            citizen=cast.anna,
            purpose_version_id=cast.energy.pk,
            terms=cast.terms(),
            language="nl",
            notice_hash=notice_hash,
        )
    assert nothing_is_stored()


def test_the_text_of_another_language_is_another_text(cast: Cast) -> None:
    with pytest.raises(TextChanged):
        grant_consent(
            citizen=cast.anna,
            purpose_version_id=cast.energy.pk,
            terms=cast.terms(),
            language="en",
            notice_hash=cast.energy.notice_hashes["nl"],
        )


def test_a_purpose_that_is_not_there_is_not_found(cast: Cast) -> None:
    with pytest.raises(PurposeNotFound):
        grant_consent(
            citizen=cast.anna, purpose_version_id=uuid4(), terms=cast.terms(), language="nl", notice_hash="0" * 64
        )


def test_a_retired_purpose_is_refused(cast: Cast) -> None:
    retire_purpose(purpose=cast.energy.purpose, officer=cast.gijs.account)
    with pytest.raises(PurposeNotInForce):
        cast.grant()
    assert nothing_is_stored()


@pytest.mark.parametrize("wrong", [{"fields": ["income#/secret"]}, {"uses": 0}, {"validUntil": "2020-01-01T00:00:00Z"}])
def test_wrong_terms_store_nothing(cast: Cast, wrong: dict[str, Any]) -> None:
    before = Record.objects.count()
    with pytest.raises(InvalidConsent):
        cast.grant(**wrong)
    assert nothing_is_stored()
    assert Record.objects.count() == before


def test_a_copy_that_cannot_be_sealed_undoes_the_grant(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**signal: object) -> None:
        raise DomainError

    monkeypatch.setattr("sharing.receivers.seal_copies", refuse)
    with pytest.raises(DomainError):
        cast.grant()
    assert nothing_is_stored()


def test_a_grant_that_nobody_seals_fails(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consent.signals.consent_granted.receivers", [])
    with pytest.raises(RuntimeError):
        cast.grant()
    assert nothing_is_stored()


def test_the_database_refuses_a_given_consent_without_its_text(cast: Cast) -> None:
    consent = cast.grant()
    with pytest.raises(DatabaseError):
        Consent.objects.filter(pk=consent.pk).update(notice_hash="")
