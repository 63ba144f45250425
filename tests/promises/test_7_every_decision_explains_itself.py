"""Each condition leaves a verdict, in words for its reader; staff learn nothing of who never gave them access."""

import json
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone
from django.utils.translation import override

from audit.models import Record
from consent.models import Consent
from consent.services.answer import grant_consent, refuse_consent
from consent.terms import KINDS
from consent.verdict_sentences import sentence
from sharing.services.release import release
from sharing.services.request import create_request
from tests.api import token_for
from tests.cast import ANNA_BSN, BRAM_BSN, CARLA_BSN, SIZE, Cast
from tests.purposes import publish


def test_every_condition_leaves_a_verdict_in_the_log(cast: Cast) -> None:
    days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    consent = cast.grant(
        validFrom=(timezone.now() - timedelta(days=1)).isoformat(),
        uses=1,
        usesPerPeriod={"limit": 1, "period": "day"},
        window=[{"days": days, "from": "00:00", "until": "24:00"}],
        case="Z-2026-1",
        askMe=True,
        tellMe=True,
        keep={"days": 3},
    )
    outcome = release(actor=cast.daan.as_actor(), request_id=cast.ask().pk, idempotency_key="key-1")
    logged = json.loads(bytes(Record.objects.get(pk=outcome.entry_id).canonical))["verdicts"]
    terms = {KINDS[name].code for name in consent.conditions}
    assert len(terms) == 11
    assert {verdict["code"] for verdict in logged} == terms | {"purpose-in-force", "purpose-recipient", "consent-given"}


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("code", [kind.code for kind in KINDS.values()])
def test_every_verdict_has_a_sentence_in_the_readers_language(language: str, code: str) -> None:
    params = {"until": "2026-12-01T12:00:00Z", "notGranted": [SIZE], "limit": 2, "taken": 2}
    with override(language):
        yes, no = sentence(code, True, params), sentence(code, False, params)
    with override("en" if language == "nl" else "nl"):
        assert sentence(code, False, params) != no
    assert yes != no
    assert code not in (yes, no)


def test_staff_cannot_tell_a_stranger_from_a_silence_or_a_no(cast: Cast) -> None:
    headers = {"authorization": f"Bearer {token_for(cast.municipal_system)}"}

    def answer(request_id: object, key: str) -> dict[str, object]:
        body = Browser().post(
            "/api/v1/releases",
            {"requestId": str(request_id)},
            content_type="application/json",
            headers={**headers, "idempotency-key": key},
        )
        assert body.status_code == 403
        return {name: value for name, value in body.json().items() if name not in {"entryId", "promise", "traceId"}}

    stranger = answer(cast.ask(SIZE, bsn=CARLA_BSN).pk, "1")
    request = cast.ask(SIZE)
    silence = answer(request.pk, "2")
    refuse_consent(citizen=cast.anna, consent_id=Consent.objects.get().pk)
    refusal = answer(request.pk, "3")
    assert stranger == silence == refusal


def test_a_yes_to_others_looks_like_a_no(cast: Cast) -> None:
    """The purpose has two recipients; Anna names the municipality alone, and the police learn nothing."""
    version = publish(cast, "safety", recipients=[cast.municipality.oin, cast.police.oin])
    grant_consent(
        citizen=cast.anna,
        purpose_version_id=version.pk,
        terms=cast.terms(fields=[SIZE]),
        language="nl",
        notice_hash=version.notice_hashes["nl"],
    )
    police = cast.eva.as_actor()
    answers = [
        release(
            actor=police,
            request_id=create_request(actor=police, purpose="safety", fields=[SIZE], case="Z-1", bsn=bsn).pk,
            idempotency_key=f"key-{bsn}",
        ).verdicts
        for bsn in (ANNA_BSN, BRAM_BSN, CARLA_BSN)
    ]
    assert answers[0] == answers[1] == answers[2]


def test_the_citizen_reads_why_in_the_timeline(cast: Cast) -> None:
    cast.grant(uses=1)
    request = cast.ask()
    for key in ("1", "2"):
        release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key=key)
    anna = Browser()
    anna.force_login(cast.anna.account)
    entries = anna.get("/api/v1/entries").json()["results"]
    refused = next(entry for entry in entries if entry["outcome"] == "refused")
    assert refused["reason"] == "uses"
    assert "Daan" not in str(entries)
