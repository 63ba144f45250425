"""What a citizen changes in the vault reaches the consents that are kept up to date, and only those."""

import importlib
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from audit.models import Record
from consent.errors import CitizenErased, DoesNotOpen, InvalidConsent
from consent.keys.consent_key import find_consent_key
from consent.lifecycle import State
from consent.models import Consent, ConsentChange, DatasetVersion, PurposeVersion
from consent.services.answer import grant_consent
from consent.services.change import narrow_consent, pause_consent, renew_consent, resume_consent, withdraw_consent
from consent.services.purposes import AskedField
from sharing.errors import IdempotencyKeyReused
from sharing.models import SealedItem, VaultRecord
from sharing.release_outcome import Released
from sharing.sealed_record import SealedRecord, open_record
from sharing.services.copies import item_place
from sharing.services.erase import erase_citizen
from sharing.services.open_vault import open_vault
from sharing.services.release import release
from sharing.services.request import create_request
from sharing.services.vault import store_record
from tests.cast import ANNA_BSN, ANNA_INCOME, INCOME, SIZE, YEAR, Cast, make_cast
from tests.consent.answering import ADULT, BIRTH, age_check, english
from tests.consent.test_mandates import guardian_of_anna
from tests.pages import text_of
from tests.purposes import publish

NEW_INCOME = 31_000
REASON = {"nl": "r", "en": "r"}
SECRET = "Z" * 43


def earn(cast: Cast, amount: int = NEW_INCOME, **whose: Any) -> VaultRecord:
    """Change Anna's income; the year stays what it was."""
    content = {"amount": amount, "year": 2025}
    return store_record(**{"citizen": cast.anna, "dataset_version": cast.income, "content": content, **whose})


def read(cast: Cast, *fields: str, key: str = "key") -> Released:
    request = cast.ask(*fields)
    return release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key=key).data_or_refusal()


def another_consent(cast: Cast, **terms: Any) -> Consent:
    """Let Anna share her income for one purpose more."""
    version = publish(cast, "street-works", fields=[AskedField(cast.income, "/amount", required=False, reason=REASON)])
    return grant(cast, version, fields=[INCOME], **terms)


def grant(cast: Cast, version: PurposeVersion, **terms: Any) -> Consent:
    return grant_consent(
        citizen=cast.anna,
        purpose_version_id=version.pk,
        terms=cast.terms(**terms),
        language="nl",
        notice_hash=version.notice_hashes["nl"],
    )


def copies(consent: Consent) -> list[tuple[Any, ...]]:
    """Return every byte of the copies of a consent."""
    rows = SealedItem.objects.filter(consent=consent).order_by("pk")
    return [tuple(map(_plain, row)) for row in rows.values_list()]


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def entries(consent: Consent) -> list[Record]:
    return list(Record.objects.filter(consent=consent.pk, action="sharing.kept-current").order_by("at", "entry_id"))


def test_the_change_is_read_and_the_log_said_so_before(cast: Cast) -> None:
    consent = cast.grant(keepUpToDate=True)
    earn(cast)
    (entry,) = entries(consent)
    assert entry.entry.fields == (INCOME,)
    assert str(NEW_INCOME) not in bytes(entry.canonical).decode()
    changed = Record.objects.get(action="sharing.vault-changed", at__gt=consent.given_at)
    assert entry.entry.related == changed.entry_id
    consent.refresh_from_db()
    assert (consent.version, entry.entry.consent_version) == (2, 2)
    assert read(cast).data == {SIZE: 3, INCOME: NEW_INCOME}
    released = Record.objects.get(action="sharing.released")
    assert entry.at < released.at
    verdicts = {verdict["code"]: verdict["holds"] for verdict in released.entry.verdicts}
    assert verdicts["keep-up-to-date"] is True
    # The word of the citizen is what it was: there is nothing new to have a receipt of.
    assert ConsentChange.objects.filter(consent=consent).count() == 1


def test_only_those_are_brought_up_to_date(cast: Cast) -> None:
    kept, plain = cast.grant(keepUpToDate=True), another_consent(cast)
    store_record(citizen=cast.bram, dataset_version=cast.income, content={"amount": 1, "year": 2025})
    brams = cast.grant(cast.bram, keepUpToDate=True)
    before = {consent.pk: copies(consent) for consent in (kept, plain, brams)}
    earn(cast)
    assert copies(plain) == before[plain.pk]
    assert copies(brams) == before[brams.pk]
    # Of the one that is, only the copy of what changed.
    assert len(set(copies(kept)) & set(before[kept.pk])) == 1
    for consent in (plain, brams):
        consent.refresh_from_db()
        assert (consent.version, entries(consent)) == (1, [])


def test_another_s_change_reaches_nobody_else(cast: Cast) -> None:
    consent = cast.grant(keepUpToDate=True)
    before = copies(consent)
    earn(cast, citizen=cast.bram)
    assert copies(consent) == before


def test_the_old_copy_is_gone(cast: Cast) -> None:
    consent = cast.grant(keepUpToDate=True)
    key = find_consent_key(consent.pk)
    old = SealedItem.objects.get(consent=consent, dataset_version=cast.income)
    earn(cast)
    new = SealedItem.objects.get(pk=old.pk)
    assert (old.version, new.version) == (1, 2)
    assert bytes(new.wrapped_data_key) != bytes(old.wrapped_data_key)
    assert new.values_at > old.values_at
    with pytest.raises(DoesNotOpen):
        # What a backup has of it does not fit in the place of the new one.
        open_record(SealedRecord(bytes(old.wrapped_data_key), bytes(old.sealed)), key=key, place=item_place(new))


def test_what_is_not_shared_changes_nothing(cast: Cast) -> None:
    consent = cast.grant(keepUpToDate=True)
    before = copies(consent)
    store_record(citizen=cast.anna, dataset_version=cast.income, content={"amount": ANNA_INCOME, "year": 2026})
    consent.refresh_from_db()
    assert (consent.version, copies(consent), entries(consent)) == (1, before, [])


def test_what_was_taken_out_is_absent(cast: Cast) -> None:
    consent = cast.grant(fields=[SIZE, INCOME, YEAR], keepUpToDate=True)
    store_record(citizen=cast.anna, dataset_version=cast.income, content={"year": 2026})
    answer = read(cast, SIZE, INCOME, YEAR)
    assert (answer.data, answer.absent) == ({SIZE: 3, YEAR: 2026}, (INCOME,))
    assert entries(consent)[0].entry.fields == (INCOME, YEAR)


def test_what_is_filled_in_later_is_shared(cast: Cast) -> None:
    cast.grant(cast.bram, keepUpToDate=True)
    earn(cast, citizen=cast.bram)
    request = cast.ask(INCOME, bsn="999993653")
    outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="key")
    assert outcome.data_or_refusal().data == {INCOME: NEW_INCOME}


def test_a_value_of_another_kind_is_another_value(db: None) -> None:
    """To Python 1 and true are the same."""
    cast = make_cast(household={"size": {}})
    store_record(citizen=cast.anna, dataset_version=cast.household, content={"size": 1})
    cast.grant(keepUpToDate=True)
    store_record(citizen=cast.anna, dataset_version=cast.household, content={"size": True})
    assert read(cast, SIZE).data[SIZE] is True


def test_an_answer_follows_and_one_that_cannot_be_given_is_absent(cast: Cast) -> None:
    version = age_check(cast)
    person = version.fields.get().dataset_version
    grant(cast, version, fields=[BIRTH], answerOnly={BIRTH: ADULT}, keepUpToDate=True)
    request = create_request(actor=cast.daan.as_actor(), purpose="age-check", fields=[BIRTH], case="Z-1", bsn=ANNA_BSN)
    answers = []
    for number, born in enumerate((timezone.localdate().isoformat(), "I would rather not say")):
        store_record(citizen=cast.anna, dataset_version=person, content={"born": born})
        answer = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key=f"key-{number}")
        answers.append((answer.data_or_refusal().answers, answer.data_or_refusal().absent))
    assert answers == [({BIRTH: False}, ()), ({}, (BIRTH,))]


def test_nothing_is_written_when_a_copy_cannot_be_sealed(cast: Cast) -> None:
    first, second = cast.grant(keepUpToDate=True), another_consent(cast, keepUpToDate=True)
    assert first.pk < second.pk
    SealedItem.objects.filter(consent=second).update(sealed=b"exchanged")
    before = (copies(first), Record.objects.count(), VaultRecord.objects.get(dataset_version=cast.income).version)
    with pytest.raises(DoesNotOpen):
        earn(cast)
    after = (copies(first), Record.objects.count(), VaultRecord.objects.get(dataset_version=cast.income).version)
    assert after == before
    assert open_vault(cast.anna, {cast.income.pk})[cast.income.pk]["amount"] == ANNA_INCOME
    first.refresh_from_db()
    assert first.version == 1


def test_the_button_pressed_twice_is_one_change(cast: Cast) -> None:
    consent = cast.grant(keepUpToDate=True)
    for _time in range(2):
        earn(cast, expected_version=1)
    assert len(entries(consent)) == 1


def test_a_pause_is_caught_up_with_when_it_ends(cast: Cast) -> None:
    consent = pause_consent(citizen=cast.anna, consent_id=cast.grant(keepUpToDate=True).pk)
    before = copies(consent)
    earn(cast)
    store_record(citizen=cast.anna, dataset_version=cast.household, content={"size": 4})
    assert (copies(consent), entries(consent)) == (before, [])
    for _time in range(2):
        resume_consent(citizen=cast.anna, consent_id=consent.pk)
    (entry,) = entries(consent)
    assert entry.entry.fields == (SIZE, INCOME)
    assert read(cast).data == {SIZE: 4, INCOME: NEW_INCOME}


def test_a_pause_without_a_change_or_without_the_term_ends_as_it_began(cast: Cast) -> None:
    kept, plain = cast.grant(keepUpToDate=True), another_consent(cast)
    for consent in (kept, plain):
        pause_consent(citizen=cast.anna, consent_id=consent.pk)
        before = copies(consent)
        if consent is plain:
            earn(cast)
        assert resume_consent(citizen=cast.anna, consent_id=consent.pk).version == 3
        assert copies(consent) == before


def test_what_cannot_be_caught_up_with_stays_paused(cast: Cast) -> None:
    consent = pause_consent(citizen=cast.anna, consent_id=cast.grant(keepUpToDate=True).pk)
    earn(cast)
    before = Record.objects.count()
    with patch("sharing.services.keep_current.seal_record", side_effect=DoesNotOpen), pytest.raises(DoesNotOpen):
        resume_consent(citizen=cast.anna, consent_id=consent.pk)
    consent.refresh_from_db()
    assert (consent.state, consent.version, Record.objects.count()) == (State.PAUSED, 2, before)


def test_an_answer_of_before_does_not_come_again_with_new_values(cast: Cast) -> None:
    """With the same key and without a use it would be a reading that nobody counted."""
    consent = cast.grant(uses=1, fields=[SIZE, INCOME, YEAR], keepUpToDate=True)
    request = cast.ask(INCOME)

    def again() -> Released:
        outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="key")
        return outcome.data_or_refusal()

    assert again().data == {INCOME: ANNA_INCOME}
    assert again().repeated
    earn(cast)
    before = Record.objects.count()
    with pytest.raises(IdempotencyKeyReused):
        again()
    consent.refresh_from_db()
    assert Record.objects.count() == before
    # Not after the copies were sealed to another key either.
    terms = {**consent.conditions, "fields": [INCOME, SIZE]}
    narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=consent.version)
    assert Consent.objects.get(pk=consent.pk).version == 3
    with pytest.raises(IdempotencyKeyReused):
        again()
    assert Consent.objects.get(pk=consent.pk).uses_taken == 1


def test_narrowing_keeps_when_the_values_were_taken(cast: Cast) -> None:
    consent = cast.grant(fields=[SIZE, INCOME, YEAR])
    taken = set(SealedItem.objects.filter(consent=consent).values_list("values_at", flat=True))
    request = cast.ask(SIZE)
    actor = cast.daan.as_actor()
    assert release(actor=actor, request_id=request.pk, idempotency_key="key").released
    terms = {**consent.conditions, "fields": [SIZE, INCOME]}
    narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=consent.version)
    assert release(actor=actor, request_id=request.pk, idempotency_key="key").data_or_refusal().repeated
    assert set(SealedItem.objects.filter(consent=consent).values_list("values_at", flat=True)) == taken


def test_it_can_be_turned_off_and_not_on(cast: Cast) -> None:
    consent = cast.grant(keepUpToDate=True)
    earn(cast)
    consent.refresh_from_db()
    on = consent.conditions
    off = {name: value for name, value in on.items() if name != "keepUpToDate"}
    narrowed = narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=off, version=consent.version)
    before = copies(narrowed)
    earn(cast, 1)
    assert copies(narrowed) == before
    assert read(cast).data[INCOME] == NEW_INCOME
    with pytest.raises(InvalidConsent) as refused:
        narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=on, version=narrowed.version)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [
        ("/terms/keepUpToDate", "wider-than-agreed")
    ]
    # A new yes can.
    replaced = cast.grant(keepUpToDate=True, replaces=consent.pk)
    assert replaced.terms.keeps_up_to_date
    assert read(cast, key="anew").data[INCOME] == 1


def test_a_renewed_consent_is_still_kept_up_to_date(cast: Cast) -> None:
    consent = cast.grant(keepUpToDate=True)
    renew_consent(
        citizen=cast.anna,
        consent_id=consent.pk,
        valid_until=timezone.now() + timedelta(days=30),
        more_uses=None,
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
        version=consent.version,
    )
    earn(cast)
    assert read(cast).data[INCOME] == NEW_INCOME


@pytest.mark.parametrize("how", ["withdrawn", "overdue"])
def test_what_has_ended_is_left_alone(cast: Cast, how: str) -> None:
    consent = cast.grant(keepUpToDate=True)
    if how == "withdrawn":
        withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    else:
        Consent.objects.filter(pk=consent.pk).update(ends_at=timezone.now())
    before = copies(consent)
    earn(cast)
    assert (copies(consent), entries(consent)) == (before, [])


def test_a_record_of_another_version_of_the_dataset_is_another_record(cast: Cast) -> None:
    consent = cast.grant(keepUpToDate=True)
    newer = DatasetVersion.objects.create(
        dataset=cast.income.dataset,
        number=2,
        title=cast.income.title,
        schema=cast.income.schema,
        fields=cast.income.fields,
    )
    before = copies(consent)
    earn(cast, dataset_version=newer)
    assert (copies(consent), entries(consent)) == (before, [])


def test_a_guardian_s_change_says_who_acted(cast: Cast) -> None:
    mandate = guardian_of_anna(cast)
    consent = grant_consent(
        citizen=cast.anna,
        purpose_version_id=cast.energy.pk,
        terms=cast.terms(keepUpToDate=True),
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
        mandate=mandate,
    )
    earn(cast, mandate=mandate)
    assert entries(consent)[0].entry.acting_for.startswith("guardian:")
    assert read(cast).data[INCOME] == NEW_INCOME


def test_who_was_erased_changes_nothing(cast: Cast) -> None:
    consent = cast.grant(keepUpToDate=True)
    erase_citizen(citizen=cast.anna, secret=SECRET)
    before = copies(consent)
    with pytest.raises(CitizenErased):
        earn(cast)
    assert (copies(consent), entries(consent)) == (before, [])


def test_the_timeline_says_it_in_plain_words(cast: Cast) -> None:
    consent = cast.grant(keepUpToDate=True)
    earn(cast)
    anna = english(cast)
    for path in (f"/my/consents/{consent.pk}/", "/my/history/"):
        assert (
            "An organisation can now see what you changed Gemeente Voorbeeldstad Purpose: Energy allowance Data: Amount"
            in text_of(anna.get(path))
        )
    anna.cookies["language"] = "nl"
    assert "Een organisatie kan nu zien wat u hebt veranderd" in text_of(anna.get("/my/history/"))


def test_on_sqlite_too(sqlite_db: object) -> None:
    cast = make_cast()
    consent, plain = cast.grant(keepUpToDate=True), another_consent(cast)
    before = copies(plain)
    earn(cast)
    assert read(cast).data[INCOME] == NEW_INCOME
    assert (len(entries(consent)), copies(plain)) == (1, before)


def test_copies_from_before_have_values_of_when_they_were_sealed(cast: Cast) -> None:
    migration = importlib.import_module("sharing.migrations.0005_kept_up_to_date")
    cast.grant()
    SealedItem.objects.update(values_at=timezone.now() + timedelta(days=1))
    with connection.schema_editor() as editor:
        migration.write_values_at(apps, editor)
    assert all(item.values_at == item.sealed_at for item in SealedItem.objects.all())
