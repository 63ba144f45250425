"""A release under each of the terms that look beyond fields and uses."""

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from unittest.mock import patch
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Record
from consent.models import Approval, Area, Consent, Mail
from consent.services.approval import answer_approval
from consent.services.change import pause_consent, resume_consent
from sharing.errors import IdempotencyKeyReused
from sharing.models import Deletion, Release, Request
from sharing.release_outcome import ReleaseOutcome
from sharing.services.deletion import confirm_deletion
from sharing.services.release import release
from sharing.services.request import create_request
from tests.cast import ANNA_BSN, ANNA_INCOME, INCOME, SIZE, Cast, make_cast

CELL, NEIGHBOUR = "89196953583ffff", "8919695358fffff"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def read(cast: Cast, request: Request, key: str = "key-1") -> ReleaseOutcome:
    return release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key=key)


def failing(outcome: ReleaseOutcome) -> list[str]:
    return [verdict.code for verdict in outcome.verdicts if not verdict.holds]


def at(moment: datetime) -> AbstractContextManager[object]:
    return patch("django.utils.timezone.now", return_value=moment)


def noon(days: int = 0) -> datetime:
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)


def test_a_day_has_its_own_number_of_uses(cast: Cast) -> None:
    consent = cast.grant(usesPerPeriod={"limit": 2, "period": "day"})
    request = cast.ask()
    with at(noon(1)):
        assert [failing(read(cast, request, f"1-{number}")) for number in range(3)] == [[], [], ["uses-per-period"]]
        # The same access once more is no access more.
        assert read(cast, request, "1-1").data_or_refusal().repeated
    with at(noon(2)):
        assert [failing(read(cast, request, f"2-{number}")) for number in range(3)] == [[], [], ["uses-per-period"]]
    consent.refresh_from_db()
    assert (consent.uses_taken, consent.period_uses) == (4, 2)
    assert consent.period_started_at == noon(2).replace(hour=0)


def test_a_clock_behind_another_never_starts_a_period_anew(cast: Cast) -> None:
    cast.grant(usesPerPeriod={"limit": 1, "period": "day"})
    request = cast.ask()
    with at(noon(2)):
        read(cast, request, "1").data_or_refusal()
    with at(noon(1)):
        assert failing(read(cast, request, "2")) == ["uses-per-period"]


def test_periods_and_answers_on_sqlite(sqlite_db: object) -> None:
    cast = make_cast()
    consent = cast.grant(usesPerPeriod={"limit": 1, "period": "day"}, keep={"days": 3}, tellMe=True)
    request = cast.ask()
    for day in (1, 2):
        with at(noon(day)):
            assert read(cast, request, f"{day}-1").data_or_refusal().data == {SIZE: 3, INCOME: ANNA_INCOME}
            assert failing(read(cast, request, f"{day}-2")) == ["uses-per-period"]
            assert read(cast, request, f"{day}-1").data_or_refusal().repeated
    consent.refresh_from_db()
    assert (consent.uses_taken, consent.period_uses) == (2, 1)
    assert Deletion.objects.count() == 2


def test_without_such_terms_reading_stays_two_statements_and_no_transaction(cast: Cast) -> None:
    cast.grant(usesPerPeriod={"limit": 50, "period": "week"}, uses=50, case="Z-2026-1")
    request = cast.ask()
    read(cast, request, "1")
    with CaptureQueriesContext(connection) as captured:
        read(cast, request, "2").data_or_refusal()
    assert len(captured) == 2
    assert not any("SAVEPOINT" in query["sql"] for query in captured)


def test_a_case_that_was_not_named_is_refused(cast: Cast) -> None:
    cast.grant(case="Z-1")
    assert failing(read(cast, cast.ask(case="Z-2"))) == ["case"]
    assert failing(read(cast, cast.ask(case="Z-1"), "key-2")) == []


def test_counting_only_gives_no_row(cast: Cast) -> None:
    cast.grant(aggregateOnly=True)
    assert failing(read(cast, cast.ask())) == ["aggregate-only"]
    assert not Release.objects.exists()


def test_a_place_outside_the_area_is_refused(cast: Cast) -> None:
    Area.objects.create(
        organisation=cast.municipality, slug="centre", title={"nl": "Centrum", "en": "Centre"}, cells=[CELL]
    )
    cast.grant(area=[CELL])
    for place, refused_by in (("", ["area"]), (NEIGHBOUR, ["area"]), (CELL, [])):
        asked = create_request(
            actor=cast.daan.as_actor(),
            purpose="energy-allowance",
            fields=(SIZE,),
            case="Z-1",
            bsn=ANNA_BSN,
            place=place,
        )
        assert failing(read(cast, asked, f"key-{place}")) == refused_by


def test_a_pause_refuses_and_a_repeat_too(cast: Cast) -> None:
    consent = cast.grant()
    request = cast.ask()
    read(cast, request, "1").data_or_refusal()
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    paused = read(cast, request, "1")
    assert failing(paused) == ["consent-given"]
    assert next(one for one in paused.verdicts if one.code == "consent-given").params == {"state": "paused"}
    resume_consent(citizen=cast.anna, consent_id=consent.pk)
    assert read(cast, request, "1").data_or_refusal().repeated


# --- Ask me ---


def allow(cast: Cast, *, allowed: bool = True) -> UUID:
    approval = Approval.objects.order_by("-id").first()
    assert approval is not None
    answer_approval(citizen=cast.anna, approval_id=approval.pk, allow=allowed)
    return approval.pk


def test_who_wants_to_be_asked_is_asked_once_and_allows_one_access(cast: Cast) -> None:
    cast.grant(askMe=True)
    request = cast.ask()
    assert failing(read(cast, request, "1")) == ["ask-me"]
    assert failing(read(cast, request, "2")) == ["ask-me"]
    asked = Approval.objects.get()
    assert (asked.request, asked.fields, asked.case) == (request.pk, [SIZE, INCOME], "Z-2026-1")
    assert Mail.objects.filter(kind=Mail.Kind.ASKED_TO_ALLOW).count() == 1
    allow(cast)
    assert read(cast, request, "3").data_or_refusal().data == {SIZE: 3, INCOME: ANNA_INCOME}
    asked.refresh_from_db()
    assert asked.state == Approval.State.USED
    # The lost answer comes once more; another access asks once more.
    assert read(cast, request, "3").data_or_refusal().repeated
    assert failing(read(cast, request, "4")) == ["ask-me"]
    assert Approval.objects.count() == 2


def test_an_approval_is_for_its_own_request_and_department(cast: Cast) -> None:
    cast.grant(askMe=True)
    request = cast.ask()
    read(cast, request)
    allow(cast)
    assert failing(read(cast, cast.ask(case="Z-9"), "other-request")) == ["ask-me"]
    cast.daan.department = "parking"
    assert failing(read(cast, request, "other-department")) == ["ask-me"]


def test_a_no_stays_a_no(cast: Cast) -> None:
    cast.grant(askMe=True)
    request = cast.ask()
    read(cast, request, "1")
    allow(cast, allowed=False)
    assert failing(read(cast, request, "2")) == ["ask-me"]
    assert Approval.objects.count() == 1


def test_nobody_is_asked_about_what_is_refused_anyway(cast: Cast) -> None:
    cast.grant(askMe=True, case="Z-1")
    assert failing(read(cast, cast.ask(case="Z-2"))) == ["case", "ask-me"]
    assert not Approval.objects.exists()


def test_an_approval_that_was_used_meanwhile_lets_nobody_through(cast: Cast) -> None:
    cast.grant(askMe=True)
    request = cast.ask()
    read(cast, request, "1")
    allow(cast)
    with patch("sharing.services.along.use_approval", return_value=False), pytest.raises(Exception, match="busy"):
        read(cast, request, "2")
    assert not Release.objects.exists()
    assert Consent.objects.get().uses_taken == 0


# --- Tell me ---


def test_who_wants_to_be_told_gets_one_message_an_access(cast: Cast) -> None:
    consent = cast.grant(tellMe=True)
    request = cast.ask()
    made = read(cast, request).data_or_refusal()
    read(cast, request)
    told = Mail.objects.get(kind=Mail.Kind.USED)
    assert (told.citizen, told.about, told.consent_id) == (cast.anna, str(made.id), consent.pk)


def test_a_message_that_cannot_be_written_undoes_the_release(cast: Cast) -> None:
    cast.grant(tellMe=True)
    request = cast.ask()
    with patch("sharing.services.along.post_mail", side_effect=RuntimeError), pytest.raises(RuntimeError):
        read(cast, request)
    assert not Release.objects.exists()
    assert Consent.objects.get().uses_taken == 0
    assert not Record.objects.filter(action="sharing.released").exists()


# --- Keep ---


def test_what_is_released_is_to_be_deleted_when_the_consent_says(cast: Cast) -> None:
    cast.grant(keep={"days": 3})
    request = cast.ask()
    made = read(cast, request).data_or_refusal()
    duty = Deletion.objects.get()
    assert made.delete_before == duty.due_at == made.released_at + timedelta(days=3)
    assert (duty.pk, duty.organisation) == (made.id, cast.municipality)
    assert read(cast, request).data_or_refusal().delete_before == duty.due_at


def test_what_was_deleted_does_not_come_again(cast: Cast) -> None:
    cast.grant(keep={"days": 3})
    request = cast.ask()
    made = read(cast, request).data_or_refusal()
    confirm_deletion(actor=cast.daan.as_actor(), release_id=made.id)
    with pytest.raises(IdempotencyKeyReused):
        read(cast, request)
