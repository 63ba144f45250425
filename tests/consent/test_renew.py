from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.models import Record
from consent.errors import (
    ConsentChanged,
    ConsentNotFound,
    InvalidConsent,
    PurposeNotInForce,
    TextChanged,
    TransitionRefused,
)
from consent.keys.consent_key import find_consent_key
from consent.lifecycle import State
from consent.models import Consent
from consent.services.change import pause_consent, renew_consent, withdraw_consent
from consent.services.purposes import retire_purpose
from sharing.services.release import release
from tests.cast import Cast
from tests.purposes import publish


def in_days(days: int) -> datetime:
    return timezone.now().astimezone(UTC) + timedelta(days=days)


def renew(cast: Cast, consent: Consent, until: datetime, **other: Any) -> Consent:
    values: dict[str, Any] = {
        "citizen": cast.anna,
        "consent_id": consent.pk,
        "valid_until": until,
        "more_uses": None,
        "language": "nl",
        "notice_hash": cast.energy.notice_hashes["nl"],
        "version": consent.version,
    }
    return renew_consent(**{**values, **other})


def test_a_consent_lasts_longer_under_the_same_key(cast: Cast) -> None:
    consent = cast.grant(uses=2)
    key = find_consent_key(consent.pk)
    until = in_days(60)
    renewed = renew(cast, consent, until)
    renewed.refresh_from_db()
    assert (renewed.pk, renewed.state, renewed.version) == (consent.pk, State.GIVEN, 2)
    assert renewed.ends_at == renewed.terms.valid_until.moment == until
    assert (renewed.terms.uses_limit, renewed.purpose_version) == (2, cast.energy)
    assert find_consent_key(consent.pk) == key


def test_more_uses_come_on_top_of_those_that_were_taken(cast: Cast) -> None:
    consent = cast.grant(uses=1)
    request = cast.ask()
    assert release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="1").released
    assert release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="2").released is None
    renewed = renew(cast, consent, in_days(60), more_uses=2)
    assert (renewed.uses_taken, renewed.terms.uses_limit) == (1, 3)
    assert release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="3").released


def test_what_was_used_before_does_not_eat_the_limit_of_the_purpose(cast: Cast) -> None:
    consent = cast.grant()
    Consent.objects.filter(pk=consent.pk).update(uses_taken=4000)
    renewed = renew(cast, consent, in_days(30), more_uses=5000)
    assert renewed.terms.uses_limit == 9000
    # And the next renewal is not refused for what this one agreed.
    assert renew(cast, renewed, in_days(40)).terms.uses_limit == 9000


@pytest.mark.parametrize(
    ("days", "more", "pointer", "code"),
    [
        (400, None, "/validUntil", "end-too-late"),
        (3, None, "/validUntil", "end-not-later"),
        (30, 5001, "/moreUses", "too-many-uses"),
        (30, 0, "/moreUses", "invalid-term"),
    ],
)
def test_beyond_the_purpose_is_refused_with_the_member(
    cast: Cast, days: int, more: int | None, pointer: str, code: str
) -> None:
    consent = cast.grant(uses=2)
    before = Record.objects.count()
    with pytest.raises(InvalidConsent) as refused:
        renew(cast, consent, in_days(days), more_uses=more)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(pointer, code)]
    consent.refresh_from_db()
    assert consent.version == 1
    assert Record.objects.count() == before


def test_a_moment_without_a_zone_is_refused(cast: Cast) -> None:
    consent = cast.grant()
    with pytest.raises(InvalidConsent) as refused:
        renew(cast, consent, in_days(30).replace(tzinfo=None))
    assert [error.pointer for error in refused.value.errors] == ["/validUntil"]


def test_a_newer_text_takes_another_consent(cast: Cast) -> None:
    consent = cast.grant()
    publish(cast, "energy-allowance")
    with pytest.raises(TextChanged):
        renew(cast, consent, in_days(30))


def test_a_retired_purpose_is_not_renewed(cast: Cast) -> None:
    consent = cast.grant()
    retire_purpose(purpose=cast.energy.purpose, officer=cast.gijs.account)
    with pytest.raises(PurposeNotInForce):
        renew(cast, consent, in_days(30))


def test_another_text_than_the_one_on_the_screen_is_refused(cast: Cast) -> None:
    consent = cast.grant()
    with pytest.raises(TextChanged):
        renew(cast, consent, in_days(30), notice_hash="0" * 64)


def test_said_twice_it_is_said_once(cast: Cast) -> None:
    consent = cast.grant(uses=2)
    until = in_days(30)
    first = renew(cast, consent, until, more_uses=3)
    second = renew(cast, consent, until, more_uses=3)
    assert (second.version, second.terms.uses_limit) == (first.version, 3)
    assert Record.objects.filter(action="consent.renewed").count() == 1


def test_a_stale_page_changes_nothing(cast: Cast) -> None:
    consent = cast.grant(uses=2)
    renew(cast, consent, in_days(30))
    with pytest.raises(ConsentChanged):
        renew(cast, consent, in_days(40))


def test_a_paused_consent_is_renewed_and_stays_paused(cast: Cast) -> None:
    consent = pause_consent(citizen=cast.anna, consent_id=cast.grant().pk)
    assert renew(cast, consent, in_days(30)).state == State.PAUSED


def test_what_ended_is_not_renewed(cast: Cast) -> None:
    consent = withdraw_consent(citizen=cast.anna, consent_id=cast.grant().pk)
    with pytest.raises(TransitionRefused):
        renew(cast, consent, in_days(30))


def test_the_consent_of_another_is_not_there(cast: Cast) -> None:
    consent = cast.grant()
    for consent_id in (consent.pk, uuid4()):
        with pytest.raises(ConsentNotFound):
            renew(cast, consent, in_days(30), citizen=cast.bram, consent_id=consent_id)
