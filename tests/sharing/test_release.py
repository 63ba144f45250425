from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.models import Record
from consent.errors import DoesNotOpen
from consent.models import Consent
from consent.services.answer import refuse_consent
from consent.services.change import withdraw_consent
from consent.services.purposes import retire_purpose
from sharing.errors import IdempotencyKeyReused, InvalidRelease, ReleaseRefused, RequestNotFound
from sharing.models import Release, Request, SealedItem
from sharing.release_outcome import ReleaseOutcome
from sharing.services.release import release
from tests.api import actor_of
from tests.cast import ANNA_INCOME, BRAM_BSN, CARLA_BSN, INCOME, SIZE, YEAR, Cast, make_cast


def read(cast: Cast, request: Request, key: str = "key-1") -> ReleaseOutcome:
    return release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key=key)


def failing(outcome: ReleaseOutcome) -> list[str]:
    return [verdict.code for verdict in outcome.verdicts if not verdict.holds]


def test_staff_see_exactly_the_granted_fields(cast: Cast) -> None:
    cast.grant(fields=[SIZE, INCOME, YEAR])
    released = read(cast, cast.ask(SIZE, INCOME)).data_or_refusal()
    assert released.data == {SIZE: 3, INCOME: ANNA_INCOME}
    assert released.absent == ()
    assert released.pseudonym == Consent.objects.get().pseudonym


def test_a_granted_field_that_is_not_filled_in_is_answered_as_absent(cast: Cast) -> None:
    cast.grant(cast.bram)
    outcome = read(cast, cast.ask(SIZE, INCOME, bsn=BRAM_BSN))
    assert outcome.data_or_refusal().data == {}
    assert outcome.data_or_refusal().absent == (SIZE, INCOME)
    assert b'"absent":["household#/size","income#/amount"]' in bytes(Record.objects.get(pk=outcome.entry_id).canonical)


def test_a_field_that_was_not_granted_refuses_all(cast: Cast) -> None:
    cast.grant(fields=[SIZE])
    outcome = read(cast, cast.ask(SIZE, INCOME))
    assert failing(outcome) == ["fields"]
    assert outcome.released is None
    assert not Release.objects.exists()


def test_uses_run_out(cast: Cast) -> None:
    consent = cast.grant(uses=2)
    request = cast.ask()
    assert read(cast, request, "1").data_or_refusal().uses_left == 1
    assert read(cast, request, "2").data_or_refusal().uses_left == 0
    assert failing(read(cast, request, "3")) == ["uses"]
    consent.refresh_from_db()
    assert consent.uses_taken == 2


def test_the_same_key_gives_the_same_answer_without_a_use(cast: Cast) -> None:
    consent = cast.grant(uses=1)
    request = cast.ask()
    first = read(cast, request).data_or_refusal()
    again = read(cast, request).data_or_refusal()
    assert (again.id, again.data, again.uses_left) == (first.id, first.data, 0)
    assert again.repeated
    consent.refresh_from_db()
    assert consent.uses_taken == 1
    assert Release.objects.count() == 1
    assert Record.objects.filter(action="sharing.released").count() == 1
    assert Record.objects.filter(action="sharing.repeated").count() == 1


def test_a_repeat_after_the_withdrawal_is_refused(cast: Cast) -> None:
    consent = cast.grant()
    request = cast.ask()
    read(cast, request).data_or_refusal()
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    assert "consent-given" in failing(read(cast, request))


def test_a_key_belongs_to_one_request(cast: Cast) -> None:
    cast.grant()
    read(cast, cast.ask())
    with pytest.raises(IdempotencyKeyReused):
        read(cast, cast.ask())


def test_a_key_gives_nobody_else_the_answer(cast: Cast) -> None:
    cast.grant()
    request = cast.ask()
    read(cast, request)
    with pytest.raises(IdempotencyKeyReused):
        release(actor=actor_of(cast.municipal_system), request_id=request.pk, idempotency_key="key-1")


def test_a_lost_answer_is_not_repeated_for_ever(cast: Cast) -> None:
    cast.grant()
    request = cast.ask()
    read(cast, request)
    with (
        patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(hours=25)),
        pytest.raises(IdempotencyKeyReused),
    ):
        read(cast, request)


def test_an_old_key_after_a_withdrawal_is_a_logged_refusal(cast: Cast) -> None:
    consent = cast.grant()
    request = cast.ask()
    read(cast, request)
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    cast.ask()
    outcome = read(cast, request)
    assert outcome.released is None
    assert Record.objects.get(pk=outcome.entry_id).reason == "consent-given"


def test_a_copy_that_does_not_open_is_logged_as_failed(cast: Cast) -> None:
    consent = cast.grant()
    request = cast.ask()
    SealedItem.objects.filter(consent=consent).update(sealed=b"exchanged")
    with pytest.raises(DoesNotOpen) as caught:
        read(cast, request)
    assert caught.value.entry_id is not None
    record = Record.objects.get(pk=caught.value.entry_id)
    assert (record.outcome, record.reason) == ("failed", "does-not-open")
    consent.refresh_from_db()
    assert consent.uses_taken == 0


def test_nothing_shared_or_sealed_shows_in_a_trace(cast: Cast) -> None:
    cast.grant()
    outcome = read(cast, cast.ask())
    assert str(ANNA_INCOME) not in repr(outcome) + repr(outcome.released)


def test_a_key_belongs_to_one_consent(cast: Cast) -> None:
    consent = cast.grant()
    request = cast.ask()
    read(cast, request)
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    cast.grant()
    with pytest.raises(IdempotencyKeyReused):
        read(cast, request)


@pytest.mark.parametrize("key", ["", "x" * 101, "new\nline", "sleutel-é"])
def test_a_key_that_is_no_key_is_refused(cast: Cast, key: str) -> None:
    cast.grant()
    with pytest.raises(InvalidRelease):
        read(cast, cast.ask(), key)


def test_the_request_of_another_organisation_is_not_there(cast: Cast) -> None:
    cast.grant()
    request = cast.ask()
    for request_id in (request.pk, uuid4()):
        with pytest.raises(RequestNotFound):
            release(actor=cast.eva.as_actor(), request_id=request_id, idempotency_key="key-1")
    assert not Release.objects.exists()


def test_a_retired_purpose_releases_nothing(cast: Cast) -> None:
    cast.grant()
    request = cast.ask()
    retire_purpose(purpose=cast.energy.purpose, officer=cast.gijs.account)
    assert failing(read(cast, request)) == ["purpose-in-force"]


def test_a_department_that_was_not_named_is_refused(cast: Cast) -> None:
    cast.municipality.departments = [{"name": "parking", "title": {"nl": "Parkeren", "en": "Parking"}}]
    cast.municipality.save()
    cast.grant(recipients=[{"oin": cast.municipality.oin, "department": "parking"}])
    assert failing(read(cast, cast.ask())) == ["recipients"]


def test_every_decision_is_logged_with_all_its_verdicts(cast: Cast) -> None:
    cast.grant(fields=[SIZE], uses=2)
    allowed = read(cast, cast.ask(SIZE), "1")
    refused = read(cast, cast.ask(SIZE, INCOME), "2")
    assert Record.objects.get(pk=allowed.entry_id).outcome == "allowed"
    record = Record.objects.get(pk=refused.entry_id)
    assert (record.outcome, record.reason, record.subject) == ("refused", "fields", cast.anna.log_subject)
    for code in (b"valid-until", b"uses", b"recipients", b"purpose-in-force"):
        assert code in bytes(record.canonical)


def test_a_stranger_a_silence_and_a_no_get_one_answer(cast: Cast) -> None:
    stranger = read(cast, cast.ask(SIZE, bsn=CARLA_BSN))
    request = cast.ask(SIZE)
    silence = read(cast, request)
    refuse_consent(citizen=cast.anna, consent_id=Consent.objects.get().pk)
    refusal = read(cast, request)
    assert stranger.verdicts == silence.verdicts == refusal.verdicts
    assert failing(stranger) == ["not-available"]


def test_a_refusal_says_its_reason_in_a_sentence(cast: Cast) -> None:
    cast.grant(uses=1)
    request = cast.ask()
    read(cast, request, "1")
    with pytest.raises(ReleaseRefused) as caught:
        read(cast, request, "2").data_or_refusal()
    assert caught.value.detail
    assert caught.value.entry_id is not None


def test_reading_costs_two_statements(cast: Cast, django_assert_num_queries: pytest.FixtureRequest) -> None:
    cast.grant()
    request = cast.ask()
    read(cast, request, "1")
    with django_assert_num_queries(2):  # type: ignore[operator]  # pytest-django's context manager
        read(cast, request, "2")


def test_the_whole_line_on_sqlite(sqlite_db: object) -> None:
    cast = make_cast()
    consent = cast.grant(uses=2)
    request = cast.ask()
    assert read(cast, request, "1").data_or_refusal().data == {SIZE: 3, INCOME: ANNA_INCOME}
    assert read(cast, request, "1").data_or_refusal().repeated
    assert read(cast, request, "2").data_or_refusal().uses_left == 0
    assert failing(read(cast, request, "3")) == ["uses"]
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    assert "consent-given" in failing(read(cast, request, "4"))
