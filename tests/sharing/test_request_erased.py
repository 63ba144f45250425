"""Asking for the data of somebody who was erased: to who asks it is as if nobody ever was there (promise 7)."""

from typing import Any

import pytest
from django.utils import timezone

from audit.models import Record
from consent.models import Consent, Mail
from consent.services.ask import ask_for_consent
from consent.services.change import withdraw_consent
from sharing.models import Request
from sharing.services.erase import erase_citizen
from sharing.services.release import release
from sharing.services.request import create_request
from tests.cast import CARLA_BSN, SIZE, Cast

SECRET = "x" * 43


def test_nobody_is_asked_and_nothing_is_said(cast: Cast) -> None:
    erase_citizen(citizen=cast.anna, secret=SECRET)
    before = Record.objects.count()
    asked = ask_for_consent(
        citizen=cast.anna, purpose_version=cast.energy, actor=cast.daan.as_actor(), at=timezone.now()
    )
    assert asked is None
    assert not Consent.objects.exists()
    assert not Mail.objects.exists()
    assert Record.objects.count() == before


def test_erased_between_the_finding_and_the_asking(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = cast.ask(SIZE, bsn=CARLA_BSN)
    erase_citizen(citizen=cast.anna, secret=SECRET)
    monkeypatch.setattr("sharing.services.request.find_citizen", lambda **_: cast.anna)
    erased = cast.ask(SIZE)
    assert _refusal(cast, erased) == _refusal(cast, stranger)


def test_asked_by_a_pseudonym_from_before_it_is_as_for_who_only_stopped(cast: Cast) -> None:
    stopped, erased = cast.grant(citizen=cast.bram), cast.grant()
    withdraw_consent(citizen=cast.bram, consent_id=stopped.pk)
    erase_citizen(citizen=cast.anna, secret=SECRET)
    one, other = (
        create_request(
            actor=cast.daan.as_actor(),
            purpose="energy-allowance",
            fields=(SIZE,),
            case="Z-1",
            pseudonym=consent.pseudonym,
        )
        for consent in (stopped, erased)
    )
    assert _refusal(cast, other) == _refusal(cast, one)


def _refusal(cast: Cast, request: Request) -> list[dict[str, Any]]:
    """Return what staff get to see of why the data of a request is not released."""
    outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key=f"erased-{request.pk}")
    assert outcome.released is None
    return [verdict.as_dict() for verdict in outcome.verdicts]
