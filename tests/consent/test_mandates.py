"""Mandates: who may act for whom, until when, and what the log says of it."""

import threading
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit.models import Record
from consent.errors import (
    CodeRefused,
    InvalidMandate,
    MandateNotFound,
    MandateRefused,
    MandateRequired,
    RoleRequired,
    TooManyCodes,
)
from consent.lifecycle import State
from consent.models import Act, Citizen, Consent, Mail, Mandate, Member, Role
from consent.services.answer import grant_consent, refuse_purpose
from consent.services.change import withdraw_consent
from consent.services.coming_of_age import end_mandates
from consent.services.end_mandate import end_mandate
from consent.services.expire import expire_consents
from consent.services.mandate_code import accept_mandate, give_mandate
from consent.services.mandates import (
    acting_for_text,
    check_mandate,
    record_guardian,
    record_representative,
    refuse_record,
    sixteenth_birthday,
)
from consent.services.members import add_member
from tests.cast import ANNA_BSN, BRAM_BSN, Cast

ALL = list(Act)
SLUG = "energy-allowance"


def registrar(cast: Cast) -> Member:
    return add_member(
        subject="iris",
        display_name="Iris Jansen",
        organisation=cast.municipality,
        role=Role.REGISTRAR,
        department="burgerzaken",
    )


def ten_years_old() -> date:
    return timezone.localdate() - timedelta(days=3700)


def guardian_of_anna(cast: Cast, **other: object) -> Mandate:
    """Let Bram be Anna's guardian; Anna is ten."""
    given: dict[str, object] = {
        "member": registrar(cast),
        "child_bsn": ANNA_BSN,
        "child_name": "Anna",
        "child_born_on": ten_years_old(),
        "guardian_bsn": BRAM_BSN,
        "guardian_name": "Bram",
        "verification": "persons-register",
        "reference": "BRP-1",
        **other,
    }
    return record_guardian(**given)  # type: ignore[arg-type]


def representative_of_anna(cast: Cast, **limits: object) -> Mandate:
    given: dict[str, object] = {
        "purposes": [],
        "acts": ALL,
        "ends_at": timezone.now() + timedelta(days=30),
        **limits,
    }
    _, code = give_mandate(citizen=cast.anna, **given)  # type: ignore[arg-type]
    return accept_mandate(holder=cast.bram, code=code)


def grant(cast: Cast, citizen: Citizen, mandate: Mandate | None, **terms: object) -> Consent:
    return grant_consent(
        citizen=citizen,
        purpose_version_id=cast.energy.pk,
        terms=cast.terms(**terms),
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
        mandate=mandate,
    )


def test_a_guardian_says_yes_for_a_child_and_the_log_says_so(cast: Cast) -> None:
    mandate = guardian_of_anna(cast)
    consent = grant(cast, cast.anna, mandate)
    entry = Record.objects.about(cast.anna.log_subject).get(action="consent.granted").entry
    assert entry.acting_for == acting_for_text(mandate) == f"guardian:{mandate.pk}"
    assert consent.mandate_id == mandate.pk


def test_a_child_cannot_say_yes_alone_but_can_refuse(cast: Cast) -> None:
    guardian_of_anna(cast)
    with pytest.raises(MandateRequired):
        grant(cast, cast.anna, None)
    assert refuse_purpose(citizen=cast.anna, purpose_version_id=cast.energy.pk).state == State.REFUSED


def test_a_child_can_stop_what_its_guardian_agreed_to(cast: Cast) -> None:
    consent = grant(cast, cast.anna, guardian_of_anna(cast))
    assert withdraw_consent(citizen=cast.anna, consent_id=consent.pk).state == State.WITHDRAWN


def test_a_child_whose_guardian_stopped_is_still_a_child(cast: Cast) -> None:
    mandate = guardian_of_anna(cast)
    end_mandate(member=registrar(cast), mandate_id=mandate.pk)
    with pytest.raises(MandateRequired):
        grant(cast, cast.anna, None)
    with pytest.raises(MandateRefused):
        grant(cast, cast.anna, mandate)


def test_a_child_cannot_have_somebody_else_say_yes(cast: Cast) -> None:
    mandate = representative_of_anna(cast)
    guardian_of_anna(cast)
    with pytest.raises(MandateRequired):
        grant(cast, cast.anna, mandate)
    with pytest.raises(MandateRequired):
        give_mandate(citizen=cast.anna, purposes=[], acts=ALL, ends_at=timezone.now() + timedelta(days=1))


def test_a_guardian_recorded_twice_is_one(cast: Cast) -> None:
    assert guardian_of_anna(cast).pk == guardian_of_anna(cast).pk
    assert Mandate.objects.count() == 1


def test_recording_says_every_fault_and_repeats_no_number(cast: Cast) -> None:
    with pytest.raises(InvalidMandate) as refused:
        guardian_of_anna(
            cast,
            child_bsn="123456789",
            guardian_bsn="x",
            verification="given-online",
            reference=" ",
            child_born_on=date(1990, 1, 1),
        )
    faults = refused.value.errors
    assert {fault.pointer for fault in faults} == {
        "/citizenBsn",
        "/holderBsn",
        "/verification",
        "/reference",
        "/childBornOn",
    }
    assert "123456789" not in str([str(fault.detail) for fault in faults])
    assert not Mandate.objects.exists()


def test_nobody_is_their_own_guardian(cast: Cast) -> None:
    with pytest.raises(InvalidMandate):
        guardian_of_anna(cast, guardian_bsn=ANNA_BSN)


def test_only_a_registrar_records(cast: Cast) -> None:
    with pytest.raises(RoleRequired):
        guardian_of_anna(cast, member=cast.daan)
    with pytest.raises(RoleRequired):
        refuse_record(member=cast.daan, kind="guardian", citizen_bsn=ANNA_BSN, reference="")


def test_a_mandate_that_was_not_verified_stands_in_the_log(cast: Cast) -> None:
    refuse_record(member=registrar(cast), kind="guardian", citizen_bsn=ANNA_BSN, reference="no papers")
    entry = Record.objects.about(cast.anna.log_subject).get(action="consent.mandate-recorded").entry
    assert (entry.outcome, entry.reason) == ("refused", "not-verified")
    assert not Mandate.objects.exists()


@pytest.mark.parametrize(
    ("born_on", "birthday"),
    [
        (date(2012, 7, 1), datetime(2028, 7, 1, tzinfo=ZoneInfo("Europe/Amsterdam"))),
        (date(2012, 2, 29), datetime(2028, 2, 29, tzinfo=ZoneInfo("Europe/Amsterdam"))),
        (date(2084, 2, 29), datetime(2100, 3, 1, tzinfo=ZoneInfo("Europe/Amsterdam"))),
    ],
)
def test_a_guardian_acts_until_the_sixteenth_birthday(born_on: date, birthday: datetime) -> None:
    assert sixteenth_birthday(born_on) == birthday


def test_a_code_opens_a_mandate_once(cast: Cast) -> None:
    mandate, code = give_mandate(
        citizen=cast.anna, purposes=[SLUG], acts=ALL, ends_at=timezone.now() + timedelta(days=30)
    )
    assert code.replace("-", "") not in mandate.code_hash
    accepted = accept_mandate(holder=cast.bram, code=code.lower().replace("-", " "))
    assert (accepted.pk, accepted.holder_id) == (mandate.pk, cast.bram.pk)
    with pytest.raises(CodeRefused):
        accept_mandate(holder=cast.bram, code=code)


def test_a_code_is_of_no_use_after_two_weeks_or_to_oneself(cast: Cast) -> None:
    mandate, code = give_mandate(citizen=cast.anna, purposes=[], acts=ALL, ends_at=timezone.now() + timedelta(days=30))
    with pytest.raises(CodeRefused):
        accept_mandate(holder=cast.anna, code=code)
    Mandate.objects.filter(pk=mandate.pk).update(code_ends_at=timezone.now())
    with pytest.raises(CodeRefused):
        accept_mandate(holder=cast.bram, code=code)


def test_five_wrong_codes_close_the_way_even_for_the_right_one(cast: Cast) -> None:
    _, code = give_mandate(citizen=cast.anna, purposes=[], acts=ALL, ends_at=timezone.now() + timedelta(days=30))
    for _attempt in range(5):
        with pytest.raises(CodeRefused):
            accept_mandate(holder=cast.bram, code="AAAA-AAAA-AAAA-AAAA")
    with pytest.raises(TooManyCodes):
        accept_mandate(holder=cast.bram, code=code)


def test_the_button_pressed_twice_gives_one_mandate(cast: Cast) -> None:
    once = cast.energy.pk
    ends_at = timezone.now() + timedelta(days=30)
    first, code = give_mandate(citizen=cast.anna, purposes=[], acts=ALL, ends_at=ends_at, mandate_id=once)
    second, none = give_mandate(citizen=cast.anna, purposes=[], acts=ALL, ends_at=ends_at, mandate_id=once)
    assert first.pk == second.pk
    assert code
    assert not none
    with pytest.raises(InvalidMandate):
        give_mandate(citizen=cast.bram, purposes=[], acts=ALL, ends_at=ends_at, mandate_id=once)


def test_a_mandate_is_limited_to_its_acts_and_purposes(cast: Cast) -> None:
    mandate = representative_of_anna(cast, purposes=[SLUG], acts=[Act.ANSWER])
    now = timezone.now()
    check_mandate(mandate, citizen=cast.anna, act=Act.ANSWER, purpose=SLUG, now=now)
    with pytest.raises(MandateRefused):
        check_mandate(mandate, citizen=cast.anna, act=Act.WITHDRAW, purpose=SLUG, now=now)
    with pytest.raises(MandateRefused):
        check_mandate(mandate, citizen=cast.anna, act=Act.ANSWER, purpose="street-works", now=now)
    with pytest.raises(MandateRefused):
        check_mandate(mandate, citizen=cast.bram, act=Act.ANSWER, purpose=SLUG, now=now)
    with pytest.raises(MandateRefused):
        check_mandate(mandate, citizen=cast.anna, act=Act.ANSWER, purpose=SLUG, now=mandate.ends_at)


@pytest.mark.parametrize(
    "wrong",
    [{"purposes": ["no-such"]}, {"acts": []}, {"acts": ["read"]}, {"ends_at": timezone.now() - timedelta(days=1)}],
)
def test_limits_must_make_sense(cast: Cast, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidMandate):
        representative_of_anna(cast, **wrong)


def test_a_registrar_records_a_representative_once(cast: Cast) -> None:
    member = registrar(cast)
    ends_at = timezone.now() + timedelta(days=30)

    def record() -> Mandate:
        return record_representative(
            member=member,
            citizen_bsn=ANNA_BSN,
            citizen_name="Anna",
            holder_bsn=BRAM_BSN,
            holder_name="Bram",
            purposes=[SLUG],
            acts=[Act.WITHDRAW],
            ends_at=ends_at,
            verification="court-order",
            reference="C/1",
        )

    assert record().pk == record().pk


def test_either_side_ends_a_representatives_mandate_and_nobody_else(cast: Cast) -> None:
    mandate = representative_of_anna(cast)
    with pytest.raises(MandateNotFound):
        end_mandate(member=registrar(cast), mandate_id=mandate.pk)
    ended = end_mandate(citizen=cast.bram, mandate_id=mandate.pk)
    assert end_mandate(citizen=cast.anna, mandate_id=mandate.pk).ended_at == ended.ended_at
    assert Record.objects.about(cast.anna.log_subject).filter(action="consent.mandate-ended").count() == 1


def test_a_child_cannot_end_the_mandate_of_its_guardian(cast: Cast) -> None:
    mandate = guardian_of_anna(cast)
    with pytest.raises(MandateRefused):
        end_mandate(citizen=cast.anna, mandate_id=mandate.pk)


def test_what_was_agreed_under_a_wrong_mandate_is_invalidated(cast: Cast) -> None:
    mandate = guardian_of_anna(cast)
    consent = grant(cast, cast.anna, mandate)
    end_mandate(member=registrar(cast), mandate_id=mandate.pk, invalid=True)
    consent.refresh_from_db()
    assert consent.state == State.INVALIDATED
    # It was no child after all.
    assert grant(cast, cast.anna, None).state == State.GIVEN


def become_sixteen(mandate: Mandate, consent: Consent) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Mandate.objects.filter(pk=mandate.pk).update(ends_at=past, starts_at=past - timedelta(days=9))
    Consent.objects.filter(pk=consent.pk).update(ends_at=past)


@pytest.mark.parametrize("expired_first", [True, False])
def test_at_sixteen_the_child_is_asked_once(cast: Cast, expired_first: bool) -> None:
    mandate = guardian_of_anna(cast)
    consent = grant(cast, cast.anna, mandate)
    become_sixteen(mandate, consent)
    if expired_first:
        expire_consents()
    assert end_mandates() == 1
    assert end_mandates() == 0
    assert list(Consent.objects.of_citizen(cast.anna).order_by("id").values_list("state", flat=True)) == [
        State.EXPIRED,
        State.REQUESTED,
    ]
    assert Mail.objects.filter(citizen=cast.anna, kind=Mail.Kind.ASKED).count() == 1
    assert grant(cast, cast.anna, None).state == State.GIVEN


def test_what_ended_before_the_birthday_is_not_asked_anew(cast: Cast) -> None:
    mandate = guardian_of_anna(cast)
    consent = grant(cast, cast.anna, mandate)
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    become_sixteen(mandate, consent)
    end_mandates()
    assert not Consent.objects.of_citizen(cast.anna).still_open().exists()


def test_a_guardians_yes_ends_at_the_latest_on_the_birthday(cast: Cast) -> None:
    almost = timezone.localdate().replace(year=timezone.localdate().year - 16) + timedelta(days=3)
    mandate = guardian_of_anna(cast, child_born_on=almost)
    consent = grant(cast, cast.anna, mandate, validUntil=mandate.ends_at.isoformat())
    assert consent.ends_at == mandate.ends_at
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    with pytest.raises(Exception, match="invalid-consent"):
        grant(cast, cast.anna, mandate)


def test_an_ended_mandate_never_acts(committed_cast: Cast) -> None:
    """The mandate is ended in one connection while the other has begun to act under it, and waits."""
    cast = committed_cast
    mandate = representative_of_anna(cast)
    failures: list[Exception] = []

    def act() -> None:
        try:
            grant(cast, cast.anna, mandate)
        except MandateRefused as refused:
            failures.append(refused)
        finally:
            connection.close()

    with transaction.atomic():
        end_mandate(citizen=cast.anna, mandate_id=mandate.pk)
        other = threading.Thread(target=act)
        other.start()
        other.join(timeout=0.5)
        assert other.is_alive()
        assert not failures
    other.join(timeout=10)
    assert len(failures) == 1
    assert not Consent.objects.filter(citizen=cast.anna).exists()


def test_ending_waits_for_what_is_being_done(committed_cast: Cast) -> None:
    cast = committed_cast
    mandate = representative_of_anna(cast)

    def end() -> None:
        try:
            end_mandate(citizen=cast.anna, mandate_id=mandate.pk)
        finally:
            connection.close()

    with transaction.atomic():
        grant(cast, cast.anna, mandate)
        other = threading.Thread(target=end)
        other.start()
        other.join(timeout=0.5)
        assert other.is_alive()
    other.join(timeout=10)
    ended_at = Mandate.objects.get(pk=mandate.pk).ended_at
    given_at = Consent.objects.get(citizen=cast.anna).given_at
    assert ended_at
    assert given_at
    assert given_at < ended_at
