"""A yes or no instead of a value: the value itself never leaves the service."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from audit.models import Record
from consent.models import Citizen, Consent, PurposeVersion
from consent.services.answer import grant_consent
from consent.signals import preview_asked
from sharing.answers import answer_instead
from sharing.models import Release, Request
from sharing.services.request import create_request
from sharing.services.vault import store_record
from tests.api import token_for
from tests.cast import ANNA_BSN, BRAM_BSN, Cast
from tests.consent.answering import ADULT, BIRTH, age_check
from tests.pages import hidden_inputs, signed_in, text_of

BORN = "1980-02-03"


def grant(cast: Cast, version: PurposeVersion, citizen: Citizen) -> Consent:
    return grant_consent(
        citizen=citizen,
        purpose_version_id=version.pk,
        terms={
            "validUntil": (timezone.now() + timedelta(days=7)).isoformat(),
            "fields": [BIRTH],
            "recipients": [{"oin": cast.municipality.oin}],
            "answerOnly": {BIRTH: ADULT},
        },
        language="nl",
        notice_hash=version.notice_hashes["nl"],
    )


def ask(cast: Cast, bsn: str = ANNA_BSN) -> Request:
    return create_request(actor=cast.daan.as_actor(), purpose="age-check", fields=(BIRTH,), case="Z-1", bsn=bsn)


def call(cast: Cast, request: Request) -> dict[str, Any]:
    headers = {"idempotency-key": "key-1", "authorization": f"Bearer {token_for(cast.municipal_system)}"}
    body = {"requestId": str(request.pk)}
    answer = Browser().post("/api/v1/releases", body, content_type="application/json", headers=headers)
    assert answer.status_code in (200, 201), answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_the_answer_goes_out_and_the_value_stays(cast: Cast) -> None:
    grant(cast, age_check(cast), cast.anna)
    request = ask(cast)
    for _time in range(2):
        body = call(cast, request)
        assert body["answers"] == {BIRTH: {"derivation": ADULT, "answer": True}}
        assert (body["fields"], body["absent"]) == ({}, [])
        assert BORN not in str(body)
    for record in Record.objects.all():
        assert BORN.encode() not in bytes(record.canonical)


def test_the_desk_shows_the_question_and_the_answer_in_words(cast: Cast) -> None:
    grant(cast, age_check(cast), cast.anna)
    daan = signed_in(cast.daan.account)
    daan.cookies["language"] = "en"
    path = f"/desk/requests/{ask(cast).pk}/"
    answer = daan.post(path, hidden_inputs(daan.get(path)))
    assert "Date of birth 18 or older? Yes" in text_of(answer)
    assert BORN not in answer.content.decode()
    assert "1980" not in answer.content.decode()


def test_what_is_not_filled_in_is_absent(cast: Cast) -> None:
    grant(cast, age_check(cast), cast.bram)
    body = call(cast, ask(cast, BRAM_BSN))
    assert (body["fields"], body["answers"], body["absent"]) == ({}, {}, [BIRTH])


def test_what_cannot_be_answered_is_absent_and_never_the_value(cast: Cast) -> None:
    version = age_check(cast)
    dataset_version = version.fields.get().dataset_version
    store_record(citizen=cast.anna, dataset_version=dataset_version, content={"born": "in the war"})
    grant(cast, version, cast.anna)
    body = call(cast, ask(cast))
    assert (body["fields"], body["answers"], body["absent"]) == ({}, {}, [BIRTH])
    assert Release.objects.count() == 1


@pytest.mark.parametrize(("derivation", "expected"), [(ADULT, {BIRTH: False}), ("richer", {})])
def test_a_question_that_the_dataset_does_not_have_is_not_answered(
    cast: Cast, derivation: str, expected: dict[str, bool]
) -> None:
    dataset_version = age_check(cast).fields.get().dataset_version
    shared = answer_instead(
        {BIRTH: BORN, "other#/x": 1}, {BIRTH: derivation}, [dataset_version], today=date(1998, 2, 2)
    )
    assert (shared.values, shared.answers) == ({"other#/x": 1}, expected)


def test_a_preview_is_what_the_recipient_would_see(cast: Cast) -> None:
    version = age_check(cast)

    def preview(citizen: Citizen, answers: dict[str, str]) -> object:
        sent = preview_asked.send(
            sender=None, citizen=citizen, purpose_version=version, fields=[BIRTH], answers=answers
        )
        assert len(sent) == 1
        return sent[0][1]

    assert preview(cast.anna, {}) == {BIRTH: BORN}
    assert preview(cast.anna, {BIRTH: ADULT}) == {BIRTH: True}
    assert preview(cast.bram, {BIRTH: ADULT}) == {}
    grant(cast, version, cast.anna)
    assert call(cast, ask(cast))["answers"][BIRTH]["answer"] is True
