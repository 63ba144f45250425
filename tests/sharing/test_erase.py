"""Erase me: what was known is gone, what must stay is told, and nobody is found any more."""

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event
from typing import Any, TypeVar

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import Pending, Record
from consent.errors import CitizenErased, KeyDestroyed, MandateRefused
from consent.keys.consent_key import find_consent_key
from consent.keys.models import ConsentKey
from consent.keys.vault_key import open_vault_key
from consent.lifecycle import State
from consent.models import Account, Citizen, Consent, Mail, MailAddress, Mandate, Member, Offer, Role
from consent.services.citizens import find_citizen, find_or_register_citizen
from consent.services.mandates import record_guardian, record_representative
from consent.services.members import add_member
from consent.services.offer import make_offer
from sharing.errors import ErasureNotFound, ErasureRefused
from sharing.models import Erasure, Export, VaultRecord
from sharing.services.erase import erase_citizen, find_erasure
from sharing.services.export import ask_export, make_export
from sharing.services.open_vault import open_vault
from sharing.services.release import release
from sharing.services.vault import store_record
from tests.cast import ANNA_BSN, BRAM_BSN, CARLA_BSN, INCOME, SIZE, Cast

READS, THREADS = 120, 4
T = TypeVar("T")


def secret() -> str:
    return secrets.token_urlsafe(32)


@pytest.fixture
def registrar(cast: Cast) -> Member:
    return add_member(
        subject="rosa",
        display_name="Rosa Jansen",
        organisation=cast.municipality,
        role=Role.REGISTRAR,
        department="burgerzaken",
    )


def test_keys_are_destroyed_and_rows_are_gone(cast: Cast) -> None:
    consent = cast.grant()
    export, _new = ask_export(citizen=cast.anna, languages=["en"])
    make_export(export_id=export.pk)
    erase_citizen(citizen=cast.anna, secret=secret())
    with pytest.raises(KeyDestroyed):
        open_vault_key(cast.anna)
    with pytest.raises(KeyDestroyed):
        find_consent_key(consent.pk)
    assert ConsentKey.objects.get(consent_id=consent.pk).wrapped is None
    consent.refresh_from_db()
    assert consent.state == State.WITHDRAWN
    for model in (VaultRecord, Export, Mail, MailAddress):
        assert not model._default_manager.filter(citizen=cast.anna).exists(), model
    anna = Citizen.objects.select_related("account").get(pk=cast.anna.pk)
    assert anna.erased_at is not None
    assert bytes(anna.bsn_sealed) == b""
    assert (anna.account.display_name, anna.account.is_active) == ("", False)


def test_the_number_leads_to_nobody_and_a_new_sign_in_is_somebody_new(cast: Cast) -> None:
    cast.grant()
    erase_citizen(citizen=cast.anna, secret=secret())
    assert find_citizen(bsn=ANNA_BSN) is None
    anew = find_or_register_citizen(bsn=ANNA_BSN, display_name="Anna de Vries")
    assert anew.pk != cast.anna.pk
    assert anew.log_subject != cast.anna.log_subject
    assert anew.account_id != cast.anna.account_id
    assert not Consent.objects.of_citizen(anew).exists()
    assert open_vault(anew, {cast.income.pk}) == {}
    # And that one can be erased as well.
    erase_citizen(citizen=anew, secret=secret())
    assert find_citizen(bsn=ANNA_BSN) is None


def test_questions_and_offers_end(cast: Cast) -> None:
    cast.ask()
    asked = Consent.objects.of_citizen(cast.anna).get()
    terms = cast.terms(uses=1)
    make_offer(
        citizen=cast.anna,
        consent_id=asked.pk,
        terms=terms,
        language="nl",
        notice_hash=cast.energy.notice_hashes["nl"],
    )
    erase_citizen(citizen=cast.anna, secret=secret())
    assert Consent.objects.get().state == State.REFUSED
    assert Offer.objects.get().state == Offer.State.TAKEN_BACK


def test_mandates_end_on_both_sides_and_a_child_stays_known_as_one(cast: Cast, registrar: Member) -> None:
    child = record_guardian(
        member=registrar,
        child_bsn=CARLA_BSN,
        child_name="Carla de Vries",
        child_born_on=date(timezone.now().year - 10, 1, 1),
        guardian_bsn=ANNA_BSN,
        guardian_name="Anna de Vries",
        verification=Mandate.Verification.PERSONS_REGISTER,
        reference="BRP-1",
    )
    helper = record_representative(
        member=registrar,
        citizen_bsn=ANNA_BSN,
        citizen_name="Anna de Vries",
        holder_bsn=BRAM_BSN,
        holder_name="Bram Yilmaz",
        purposes=[],
        acts=["withdraw"],
        ends_at=timezone.now() + timedelta(days=30),
        verification=Mandate.Verification.IDENTITY_DOCUMENTS,
        reference="ID-1",
    )
    # Who is under 16 cannot leave the guardian behind by beginning anew.
    with pytest.raises(MandateRefused):
        erase_citizen(citizen=child.citizen, secret=secret())
    erase_citizen(citizen=cast.anna, secret=secret())
    child.refresh_from_db()
    helper.refresh_from_db()
    assert child.ended_at is not None
    assert helper.ended_at is not None
    assert child.ends_at > timezone.now() + timedelta(days=365)
    with pytest.raises(MandateRefused):
        erase_citizen(citizen=Citizen.objects.get(pk=child.citizen_id), secret=secret())


def test_the_log_keeps_its_lines_and_adds_one(cast: Cast) -> None:
    cast.grant()
    before = set(Record.objects.values_list("entry_id", flat=True))
    erase_citizen(citizen=cast.anna, secret=secret())
    after = Record.objects.values_list("entry_id", flat=True)
    assert before < set(after)
    assert Pending.objects.count() == len(after)
    line = Record.objects.get(action="sharing.erased")
    assert line.subject == cast.anna.log_subject
    assert line.entry.details["consentsWithdrawn"] == 1
    assert line.entry.details["vaultRecordsRemoved"] == 2


def test_the_receipt_is_signed_says_both_and_names_nobody(cast: Cast) -> None:
    cast.grant()
    key = secret()
    erasure = erase_citizen(citizen=cast.anna, secret=key)
    header, payload, _signature = erasure.receipt.split(".")
    assert _decoded(header)["typ"] == "vnd.deelwijs.erasure-receipt+jws"
    said = _decoded(payload)
    assert {one["code"] for one in said["erased"]} >= {"name", "vault", "consents"}
    assert all(one["text"]["nl"] and one["reason"]["en"] for one in said["kept"])
    assert said["logSubject"] == cast.anna.log_subject
    assert "Anna" not in json.dumps(said)
    assert ANNA_BSN not in json.dumps(said)
    assert find_erasure(secret=key).pk == erasure.pk
    for other in (secret(), "", key[:-1], f"{key}x"):
        with pytest.raises(ErasureNotFound):
            find_erasure(secret=other)
    assert key not in Erasure.objects.get().secret_hash


def test_said_twice_it_is_done_once(cast: Cast) -> None:
    key = secret()
    first = erase_citizen(citizen=cast.anna, secret=key)
    before = Record.objects.count()
    assert erase_citizen(citizen=cast.anna, secret=key).pk == first.pk
    with pytest.raises(CitizenErased):
        erase_citizen(citizen=cast.anna, secret=secret())
    with pytest.raises(ErasureRefused):
        erase_citizen(citizen=cast.anna, secret="short")
    assert Record.objects.count() == before


def test_afterwards_nothing_can_be_said_or_stored(cast: Cast) -> None:
    erase_citizen(citizen=cast.anna, secret=secret())
    for attempt in (
        lambda: cast.grant(),
        lambda: store_record(citizen=cast.anna, dataset_version=cast.income, content={"amount": 1}),
        lambda: ask_export(citizen=cast.anna, languages=["en"]),
    ):
        with pytest.raises(CitizenErased):
            attempt()


def test_who_also_works_here_ends_that_first(cast: Cast) -> None:
    Account.objects.filter(pk=cast.anna.account_id).update(subject="anna-at-work")
    add_member(
        subject="anna-at-work",
        display_name="Anna de Vries",
        organisation=cast.municipality,
        role=Role.REQUESTER,
        department="werk-en-inkomen",
    )
    with pytest.raises(ErasureRefused):
        erase_citizen(citizen=cast.anna, secret=secret())
    assert find_citizen(bsn=ANNA_BSN) == cast.anna


def test_a_file_in_the_making_is_not_left_behind(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    export, _new = ask_export(citizen=cast.anna, languages=["en"])

    def erased_meanwhile(*_: Any) -> Iterator[Any]:
        erase_citizen(citizen=cast.anna, secret=secret())
        return iter(())

    monkeypatch.setattr("sharing.export.parts.timeline", erased_meanwhile)
    with pytest.raises(CitizenErased):
        make_export(export_id=export.pk)
    assert not Export.objects.exists()


def test_raced_with_readings_nothing_opens_after_the_commit(committed_cast: Cast) -> None:
    cast = committed_cast
    cast.grant(uses=500)
    asked = cast.ask(SIZE, INCOME)
    half_way, erased = Event(), Event()

    def read(number: int) -> tuple[bool, bool]:
        """Return whether the erasure was committed before the reading began, and whether data was released."""
        if number == READS // 2:
            half_way.set()
        before = erased.is_set()
        outcome = release(actor=cast.daan.as_actor(), request_id=asked.pk, idempotency_key=f"race-{number}")
        return before, outcome.released is not None

    def erase() -> None:
        half_way.wait()
        erase_citizen(citizen=cast.anna, secret=secret())
        erased.set()

    with ThreadPoolExecutor(THREADS + 1) as pool:
        erasing = pool.submit(in_a_thread, erase)
        outcomes = list(pool.map(lambda number: in_a_thread(lambda: read(number)), range(READS)))
    erasing.result()
    assert (False, True) in outcomes
    assert (True, False) in outcomes
    assert (True, True) not in outcomes
    consent = Consent.objects.get()
    assert consent.state == State.WITHDRAWN
    assert consent.uses_taken == sum(released for _before, released in outcomes)


def in_a_thread(work: Callable[[], T]) -> T:
    """Run `work` and close the connection that Django opened for this thread."""
    try:
        return work()
    finally:
        connection.close()


def _decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found
