"""The forms of a receipt: from one record, by their schemas, and never with what was shared."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker

from consent.errors import ConsentNotFound
from consent.lifecycle import DPV_POSTPONED, DPV_STATUS, Event, State
from consent.models import ConsentChange, Mandate
from consent.receipts.consent_receipt import claims, signed_receipt
from consent.receipts.find import change_of_citizen
from consent.receipts.iso27560 import dpv_state, iso27560_receipt
from consent.receipts.kantara import kantara_receipt
from consent.receipts.record import ReceiptRecord, receipt_record
from consent.receipts.schema import schema_text
from consent.receipts.signing_key import public_keys
from consent.receipts.standalone_verifier import check_receipt, read_keys
from tests.cast import ANNA_BSN, ANNA_INCOME, BRAM_BSN, INCOME, SIZE, Cast
from tests.consent.receipts import last_change, record_of

KANTARA = Path(__file__).parent / "vectors" / "kantara-consent-receipt-v1.1.schema.json"
FORMATS = FormatChecker()
ISO = Draft202012Validator(json.loads(schema_text()), format_checker=FORMATS)


@pytest.fixture
def record(cast: Cast) -> ReceiptRecord:
    """The receipt of a yes with terms."""
    return record_of(cast.grant(uses=3))


def receipts(record: ReceiptRecord) -> dict[str, Any]:
    """Return what was signed, after holding every form against its schema and the signature."""
    ISO.validate(iso27560_receipt(record))
    kantara = kantara_receipt(record)
    if kantara is not None:
        Draft4Validator(json.loads(KANTARA.read_text(encoding="utf-8"))).validate(kantara)
    return check_receipt(
        signed_receipt(record), read_keys(json.dumps({"keys": public_keys()})), print, issuer=record.issuer
    )


def test_our_schema_is_a_json_schema_and_refuses_what_it_does_not_know(record: ReceiptRecord) -> None:
    Draft202012Validator.check_schema(json.loads(schema_text()))
    receipt = iso27560_receipt(record)
    for wrong in ({"extra": 1}, {"dct:created": "yesterday"}, {"dpv:hasIdentifier": "1"}):
        assert not ISO.is_valid({**receipt, **wrong})
    for required in ("dct:conformsTo", "dpv:hasIdentifier", "dpv:hasRecordOfActivity", "dct:created"):
        assert not ISO.is_valid({name: value for name, value in receipt.items() if name != required})


def test_all_forms_tell_one_story(record: ReceiptRecord, cast: Cast) -> None:
    signed = receipts(record)
    iso, kantara = signed["receipt"], signed["kantara"]
    inner = iso["dpv:hasRecordOfActivity"]
    assert iso["dpv:hasIdentifier"] == kantara["consentReceiptID"] == signed["jti"] == str(record.id)
    assert inner["pii_principal_id"] == kantara["piiPrincipalId"] == record.pseudonym
    assert kantara["consentTimestamp"] == signed["iat"] == int(record.at.timestamp())
    processing = inner["pii_processing"]
    assert processing["privacy_notice"]["sha256"] == cast.energy.notice_hashes["nl"]
    assert processing["purpose"]["title"] == kantara["services"][0]["purposes"][0]["purpose"] == "Energietoeslag"
    assert processing["terms"]["uses"] == 3
    assert [one["pii_type"] for one in processing["pii_information"]] == [SIZE, INCOME]
    assert processing["lawful_basis"] == "eu-gdpr:A6-1-a"
    assert {party["party_role"] for party in inner["parties"]} >= {"dpv:DataController", "dpv:DataSubject"}
    (event,) = inner["consent_events"]
    assert (event["event_type"], event["event_state"]) == ("grant", "dpv:ConsentGiven")
    assert 0 < int(event["validity_duration"][2:-1]) <= timedelta(days=7).total_seconds()
    assert event["entity_id"] == record.pseudonym


def test_the_receipt_names_the_same_entry_as_the_history(cast: Cast) -> None:
    consent = cast.grant()
    assert record_of(consent).entry == last_change(consent).entry


@pytest.mark.parametrize("event", Event)
def test_every_change_has_a_receipt_with_the_state_of_dpv(cast: Cast, event: Event) -> None:
    state = {
        Event.GRANT: State.GIVEN,
        Event.REFUSE: State.REFUSED,
        Event.POSTPONE: State.REQUESTED,
        Event.OFFER: State.REQUESTED,
        Event.PAUSE: State.PAUSED,
        Event.RESUME: State.GIVEN,
        Event.NARROW: State.GIVEN,
        Event.RENEW: State.PAUSED,
        Event.WITHDRAW: State.WITHDRAWN,
        Event.EXPIRE: State.EXPIRED,
        Event.REPLACE: State.REPLACED,
        Event.INVALIDATE: State.INVALIDATED,
    }[event]
    change = last_change(cast.grant())
    change.event, change.state = event, state
    record = receipt_record(change)
    assert dpv_state(record) == (DPV_POSTPONED if event == Event.POSTPONE else DPV_STATUS[state])
    signed = receipts(record)
    assert ("kantara" in signed) == (state in (State.GIVEN, State.PAUSED))
    assert signed["receipt"]["dpv:hasRecordOfActivity"]["consent_events"][0]["event_type"] == event


@pytest.mark.parametrize(
    ("event", "acting"), [(Event.EXPIRE, "service"), (Event.INVALIDATE, "staff"), (Event.WITHDRAW, "citizen")]
)
def test_it_says_when_the_citizen_did_not_act(cast: Cast, event: Event, acting: str) -> None:
    change = last_change(cast.grant())
    change.event = event
    record = receipt_record(change)
    entity = iso27560_receipt(record)["dpv:hasRecordOfActivity"]["consent_events"][0]["entity_id"]
    assert record.acting == acting
    assert entity == (record.pseudonym if acting == "citizen" else record.issuer)


def test_a_question_without_an_answer_has_a_receipt_of_what_was_asked(cast: Cast) -> None:
    change = last_change(cast.grant())
    change.event, change.state, change.conditions, change.language = Event.POSTPONE, State.REQUESTED, {}, ""
    change.consent.pseudonym = ""
    record = receipt_record(change)
    assert [one["name"] for one in record.fields] == [one["name"] for one in cast.energy.notices["nl"]["fields"]]
    assert receipts(record)["receipt"]["dpv:hasRecordOfActivity"]["pii_principal_id"] == record.pseudonym


def test_every_term_is_in_the_receipt(cast: Cast) -> None:
    change = last_change(cast.grant())
    change.conditions |= {
        "answerOnly": {INCOME: "below-30000"},
        "usesPerPeriod": {"limit": 1, "period": "week"},
        "window": [{"days": ["monday"], "from": "09:00", "until": "17:00"}],
        "area": ["89196953c07ffff"],
        "askMe": True,
        "keep": {"days": 10},
        "case": "Z-1",
    }
    processing = receipts(receipt_record(change))["receipt"]["dpv:hasRecordOfActivity"]["pii_processing"]
    assert processing["terms"] == change.conditions
    assert processing["retention_period"] == "P10D"
    assert processing["geographic_restrictions"] == ["89196953c07ffff"]
    assert [one.get("answer_only") for one in processing["pii_information"]] == [None, "below-30000"]


@pytest.mark.parametrize("kind", Mandate.Kind)
def test_under_a_mandate_it_says_who_acted_by_the_mandate_alone(cast: Cast, kind: Mandate.Kind) -> None:
    change = last_change(cast.grant())
    change.mandate = Mandate(
        kind=kind,
        citizen=cast.anna,
        holder=cast.bram,
        starts_at=timezone.now(),
        ends_at=timezone.now() + timedelta(days=1),
    )
    signed = receipts(receipt_record(change))
    record = signed["receipt"]["dpv:hasRecordOfActivity"]
    assert record["consent_events"][0]["entity_id"] == f"urn:uuid:{change.mandate.pk}"
    assert kind in {party["party_type"] for party in record["parties"]}
    assert kind in signed["kantara"]["collectionMethod"]
    assert no_person_in(signed, cast)


def test_a_mandate_reaches_the_receipts_of_its_purposes_alone(cast: Cast) -> None:
    consent = cast.grant()
    change = last_change(consent)
    wanted: dict[str, Any] = {"citizen": cast.anna, "consent_id": consent.pk, "change_id": change.pk}
    for purposes in ([], ["energy-allowance"], ["energy-allowance", "another"]):
        assert change_of_citizen(**wanted, mandate=Mandate(purposes=purposes)) == change
    with pytest.raises(ConsentNotFound):
        change_of_citizen(**wanted, mandate=Mandate(purposes=["another"]))


def no_person_in(signed: dict[str, Any], cast: Cast) -> bool:
    text = json.dumps(signed, ensure_ascii=False)
    people = (ANNA_BSN, BRAM_BSN, "Anna", "Bram", str(cast.anna.pk), str(cast.bram.pk), cast.anna.log_subject)
    return not any(one in text for one in people)


def test_what_was_shared_and_who_shared_it_is_in_no_form(record: ReceiptRecord, cast: Cast) -> None:
    signed = receipts(record)
    assert no_person_in(signed, cast)
    assert str(ANNA_INCOME) not in json.dumps(signed)


def test_an_older_change_keeps_the_text_and_terms_of_then(cast: Cast) -> None:
    consent = cast.grant(uses=3)
    before = claims(record_of(consent))
    consent.conditions = {**consent.conditions, "uses": 1}
    consent.uses_taken = 1
    consent.save()
    assert claims(record_of(consent)) == before


def test_the_same_change_gives_the_same_receipt(cast: Cast) -> None:
    consent = cast.grant()
    assert signed_receipt(record_of(consent)) == signed_receipt(record_of(consent))


def test_times_are_in_utc(record: ReceiptRecord) -> None:
    created = iso27560_receipt(record)["dct:created"]
    assert created.endswith("Z")
    assert datetime.fromisoformat(created) == record.at == ConsentChange.objects.get(pk=record.id).at
