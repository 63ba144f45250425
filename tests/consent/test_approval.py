"""Ask me: one look at a time."""

from collections.abc import Callable
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from audit.models import Record
from consent.errors import ApprovalNotFound, TransitionRefused
from consent.models import Approval, Consent, Mail
from consent.services.approval import answer_approval, ask_approval, use_approval
from consent.services.change import pause_consent, withdraw_consent
from tests.cast import SIZE, Cast

Ask = Callable[[UUID], Approval | None]


@pytest.fixture
def consent(cast: Cast) -> Consent:
    return cast.grant(askMe=True)


@pytest.fixture
def ask(cast: Cast, consent: Consent) -> Ask:
    def asked(request_id: UUID) -> Approval | None:
        return ask_approval(
            consent_id=consent.pk,
            request_id=request_id,
            fields=(SIZE,),
            case="Z-1",
            actor=cast.daan.as_actor(),
            at=timezone.now(),
        )

    return asked


@pytest.fixture
def approval(ask: Ask) -> Approval:
    asked = ask(uuid4())
    assert asked is not None
    return asked


def test_the_citizen_is_asked_once(cast: Cast, ask: Ask) -> None:
    request_id = uuid4()
    first, second = ask(request_id), ask(request_id)
    assert first is not None
    assert first == second
    assert (first.state, first.fields, first.oin) == (Approval.State.WAITING, [SIZE], cast.municipality.oin)
    assert Record.objects.filter(action="consent.approval-asked").count() == 1
    assert Mail.objects.filter(citizen=cast.anna, kind=Mail.Kind.ASKED_TO_ALLOW).count() == 1


def test_who_did_not_say_ask_me_is_not_asked(cast: Cast) -> None:
    consent = cast.grant(cast.bram)
    asked = ask_approval(
        consent_id=consent.pk,
        request_id=uuid4(),
        fields=(SIZE,),
        case="Z-1",
        actor=cast.daan.as_actor(),
        at=timezone.now(),
    )
    assert asked is None
    assert not Approval.objects.exists()


def test_what_is_allowed_is_used_once(cast: Cast, approval: Approval, ask: Ask) -> None:
    assert not use_approval(approval.pk, timezone.now())
    answer_approval(citizen=cast.anna, approval_id=approval.pk, allow=True)
    assert ask(approval.request) == approval
    assert use_approval(approval.pk, timezone.now())
    assert not use_approval(approval.pk, timezone.now())
    again = ask(approval.request)
    assert again is not None
    assert again != approval


def test_a_no_stays_a_no_however_often_it_is_asked(cast: Cast, approval: Approval, ask: Ask) -> None:
    answer_approval(citizen=cast.anna, approval_id=approval.pk, allow=False)
    assert ask(approval.request) is None
    assert not use_approval(approval.pk, timezone.now())


def test_until_it_is_used_the_citizen_can_say_the_other(cast: Cast, approval: Approval) -> None:
    for allow in (True, False, True):
        answer_approval(citizen=cast.anna, approval_id=approval.pk, allow=allow)
    assert use_approval(approval.pk, timezone.now())
    with pytest.raises(TransitionRefused):
        answer_approval(citizen=cast.anna, approval_id=approval.pk, allow=False)


def test_said_twice_it_is_said_once(cast: Cast, approval: Approval) -> None:
    for _time in range(2):
        answer_approval(citizen=cast.anna, approval_id=approval.pk, allow=True)
    assert Record.objects.filter(action="consent.approval-allowed").count() == 1


def test_the_end_of_the_consent_ends_what_was_allowed(cast: Cast, consent: Consent, approval: Approval) -> None:
    answer_approval(citizen=cast.anna, approval_id=approval.pk, allow=True)
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    assert not use_approval(approval.pk, timezone.now())
    with pytest.raises(TransitionRefused):
        answer_approval(citizen=cast.anna, approval_id=approval.pk, allow=True)


def test_during_a_pause_nobody_asks(cast: Cast, consent: Consent, ask: Ask) -> None:
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    assert ask(uuid4()) is None


def test_the_question_to_another_is_not_there(cast: Cast, approval: Approval) -> None:
    for approval_id in (approval.pk, uuid4()):
        with pytest.raises(ApprovalNotFound):
            answer_approval(citizen=cast.bram, approval_id=approval_id, allow=True)
    approval.refresh_from_db()
    assert approval.state == Approval.State.WAITING


def test_an_end_that_has_come_allows_nothing(cast: Cast, consent: Consent, approval: Approval) -> None:
    assert consent.ends_at is not None
    with patch("django.utils.timezone.now", return_value=consent.ends_at), pytest.raises(TransitionRefused):
        answer_approval(citizen=cast.anna, approval_id=approval.pk, allow=True)
