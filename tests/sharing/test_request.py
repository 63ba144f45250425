from typing import Any

import pytest

from audit.models import Record
from consent.lifecycle import State
from consent.models import Consent
from consent.services.answer import refuse_consent
from sharing.errors import InvalidRequest, RequestRefused
from sharing.models import Request
from sharing.services.request import create_request
from tests.cast import ANNA_BSN, CARLA_BSN, SIZE, Cast

GOOD: dict[str, Any] = {"purpose": "energy-allowance", "fields": (SIZE,), "case": "Z-1", "bsn": ANNA_BSN}


def test_a_request_asks_the_citizen_who_has_not_answered(cast: Cast) -> None:
    request = cast.ask(SIZE)
    assert request.citizen == cast.anna
    assert Consent.objects.get(citizen=cast.anna).state == State.REQUESTED
    cast.ask(SIZE)
    assert Consent.objects.count() == 1


def test_a_request_about_a_stranger_looks_the_same(cast: Cast) -> None:
    request = cast.ask(SIZE, bsn=CARLA_BSN)
    assert request.citizen is None
    assert not Consent.objects.exists()
    assert Record.objects.get(action="sharing.requested").outcome == "allowed"


def test_who_said_no_is_not_asked_again(cast: Cast) -> None:
    cast.ask(SIZE)
    refuse_consent(citizen=cast.anna, consent_id=Consent.objects.get().pk)
    cast.ask(SIZE)
    assert Consent.objects.get().state == State.REFUSED


def test_a_citizen_can_be_named_by_the_purposes_pseudonym(cast: Cast) -> None:
    pseudonym = cast.grant().pseudonym
    request = create_request(actor=cast.daan.as_actor(), **{**GOOD, "bsn": "", "pseudonym": pseudonym})
    assert request.citizen == cast.anna


def test_every_request_is_logged_without_values(cast: Cast) -> None:
    request = cast.ask(SIZE)
    record = Record.objects.get(action="sharing.requested")
    assert record.request == request.pk
    assert record.case == "Z-2026-1"
    assert ANNA_BSN.encode() not in bytes(record.canonical)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"purpose": "no-such-purpose"}, "/purpose"),
        ({"fields": ()}, "/fields"),
        ({"fields": (SIZE, "income#/secret")}, "/fields/1"),
        ({"fields": (SIZE, SIZE)}, "/fields/1"),
        ({"case": " "}, "/case"),
        ({"case": "x" * 101}, "/case"),
        ({"case": "Z-1\nforged line"}, "/case"),
        ({"case": f"about {ANNA_BSN}"}, "/case"),
        ({"bsn": "123456789"}, "/subject/bsn"),
        ({"bsn": ""}, "/subject"),
        ({"pseudonym": "ab"}, "/subject"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(cast: Cast, change: dict[str, Any], pointer: str) -> None:
    before = Record.objects.count()
    with pytest.raises(InvalidRequest) as caught:
        create_request(actor=cast.daan.as_actor(), **{**GOOD, **change})
    assert pointer in {error.pointer for error in caught.value.errors}
    assert not Request.objects.exists()
    assert Record.objects.count() == before


@pytest.mark.parametrize(("who", "reason"), [("eva", "purpose-recipient"), ("hanna", "role-required")])
def test_who_may_not_ask_is_refused_and_the_refusal_is_logged(cast: Cast, who: str, reason: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        create_request(actor=getattr(cast, who).as_actor(), **GOOD)
    assert not Request.objects.exists()
    record = Record.objects.get(action="sharing.requested")
    assert (record.outcome, record.reason) == ("refused", reason)
    assert caught.value.entry_id == record.entry_id
