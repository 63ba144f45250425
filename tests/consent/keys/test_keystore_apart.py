"""Key tables in a database of their own: the consent commits first, its key ends right after, whatever crashes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from audit.models import Record
from consent.errors import KeyDestroyed, KeySuspended
from consent.keys import orders
from consent.keys.consent_key import find_consent_key, make_consent_key
from consent.keys.keystore import APART
from consent.keys.models import ConsentKey
from consent.keys.orders import SWEPT_AFTER, carry_out_orders, sweep_keys
from consent.keys.vault_key import make_vault_key, open_vault_key
from consent.models import Citizen, Consent, KeyOrder
from consent.services.change import narrow_consent, pause_consent, resume_consent, withdraw_consent
from consent.tasks import carry_out_key_orders
from sharing import standing
from sharing.models import SealedItem
from sharing.services.copies import open_item
from sharing.services.erase import erase_citizen
from sharing.services.release import release
from tests.cast import ANNA_INCOME, INCOME, SIZE, Cast
from tests.conftest import TestDatabase
from tests.consent.keys.epochs import destroy, rotate


class Crash(Exception):
    """The process ends here."""


def crash(*_: object) -> None:
    raise Crash


def undone(work: Callable[[], object]) -> None:
    """Do `work` in a transaction that fails after it."""

    def fail() -> None:
        with transaction.atomic():
            work()
            crash()

    with pytest.raises(Crash):
        fail()


def crash_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "_carry_out_soon", crash)


def test_the_main_database_holds_no_key(apart_cast: Cast, keystore_apart: TestDatabase) -> None:
    consent = apart_cast.grant()
    row = ConsentKey.objects.get(consent_id=consent.pk)
    assert row._state.db == APART
    with keystore_apart.connect() as keystore:
        assert keystore.execute("SELECT count(*) FROM keys_consentkey").fetchone() == (1,)
        assert keystore.execute("SELECT count(*) FROM consent_consent").fetchone() == (0,)


def test_a_life_goes_as_it_does_together(apart_cast: Cast) -> None:
    cast = apart_cast
    consent = cast.grant()
    request = cast.ask()
    outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="first")
    assert outcome.released is not None
    assert outcome.released.data == {SIZE: 3, INCOME: ANNA_INCOME}
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    with pytest.raises(KeySuspended):
        find_consent_key(consent.pk)
    resumed = resume_consent(citizen=cast.anna, consent_id=consent.pk)
    terms = {**resumed.conditions, "fields": [SIZE]}
    narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=resumed.version)
    (item,) = SealedItem.objects.filter(consent=consent)
    assert open_item(item, consent_key=find_consent_key(consent.pk)) == {SIZE: 3}
    destroy(rotate())
    assert open_item(item, consent_key=find_consent_key(consent.pk)) == {SIZE: 3}
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    assert not ConsentKey.objects.living().exists()
    assert not KeyOrder.objects.exists()


def test_a_crash_after_the_withdrawal_leaves_an_order_that_is_carried_out(
    apart_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = apart_cast
    consent = cast.grant()
    request = cast.ask()
    with monkeypatch.context() as broken:
        crash_after_the_commit(broken)
        with pytest.raises(Crash):
            withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    # The key is still there, and nothing is read: the withdrawal has committed.
    assert find_consent_key(consent.pk)
    outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="late")
    assert outcome.released is None
    assert carry_out_key_orders() == 1
    assert carry_out_orders() == 0
    with pytest.raises(KeyDestroyed):
        find_consent_key(consent.pk)
    assert not KeyOrder.objects.exists()


def test_a_withdrawal_between_the_reading_of_consent_and_key_is_a_refusal(
    apart_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = apart_cast
    consent = cast.grant()
    request = cast.ask()
    read_rows = standing._rows

    def withdrawn_since(statement: str, **params: Any) -> list[tuple[Any, ...]]:
        rows = read_rows(statement, **params)
        withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
        return rows

    monkeypatch.setattr(standing, "_rows", withdrawn_since)
    outcome = release(actor=cast.daan.as_actor(), request_id=request.pk, idempotency_key="late")
    assert outcome.released is None
    assert [verdict.code for verdict in outcome.verdicts if not verdict.holds] == ["consent-given"]
    assert Record.objects.get(action="sharing.released").outcome == "refused"


def test_a_keystore_that_is_away_keeps_nobody_from_withdrawing(
    apart_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = apart_cast.grant()

    def away(*_: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(orders, "_carry_out", away)
        assert withdraw_consent(citizen=apart_cast.anna, consent_id=consent.pk).state == "withdrawn"
    assert KeyOrder.objects.count() == 1
    carry_out_orders()
    assert not ConsentKey.objects.living().exists()


def test_a_crash_in_the_middle_of_narrowing_leaves_the_new_key_in_use(
    apart_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = apart_cast
    consent = cast.grant()
    terms = {**consent.conditions, "fields": [SIZE]}
    with monkeypatch.context() as broken:
        crash_after_the_commit(broken)
        with pytest.raises(Crash):
            narrow_consent(citizen=cast.anna, consent_id=consent.pk, terms=terms, version=consent.version)
    assert ConsentKey.objects.living().count() == 2
    (item,) = SealedItem.objects.filter(consent=consent)
    assert open_item(item, consent_key=find_consent_key(consent.pk)) == {SIZE: 3}
    carry_out_orders()
    assert ConsentKey.objects.living().get().generation == 2


def test_a_withdrawal_that_fails_destroys_nothing(apart_cast: Cast) -> None:
    consent = apart_cast.grant()
    undone(lambda: withdraw_consent(citizen=apart_cast.anna, consent_id=consent.pk))
    assert find_consent_key(consent.pk)
    assert not KeyOrder.objects.exists()


def test_a_key_without_its_consent_is_swept_up(apart_cast: Cast) -> None:
    consent = apart_cast.grant()
    undone(lambda: make_consent_key(consent))
    now = timezone.now()
    assert ConsentKey.objects.living().count() == 2
    assert sweep_keys(now) == 0
    assert sweep_keys(now + SWEPT_AFTER + timedelta(seconds=1)) == 1
    assert ConsentKey.objects.living().get().generation == 1
    # A grant after it takes the next number, not the one that was swept.
    withdraw_consent(citizen=apart_cast.anna, consent_id=consent.pk)
    assert find_consent_key(apart_cast.grant().pk)


def test_the_vault_key_of_a_sign_in_that_failed_is_swept_up(apart_cast: Cast) -> None:
    carla = Citizen(bsn_hmac=b"h" * 32, bsn_hmac_generation=1)
    undone(lambda: make_vault_key(carla))
    assert len(open_vault_key(carla)) == 32
    later = timezone.now() + SWEPT_AFTER + timedelta(seconds=1)
    assert (sweep_keys(timezone.now()), sweep_keys(later), sweep_keys(later)) == (0, 1, 0)
    with pytest.raises(KeyDestroyed):
        open_vault_key(carla)
    assert len(open_vault_key(apart_cast.anna)) == 32


def test_a_resuming_that_failed_leaves_no_key_in_use(apart_cast: Cast) -> None:
    consent = apart_cast.grant()
    pause_consent(citizen=apart_cast.anna, consent_id=consent.pk)
    undone(lambda: resume_consent(citizen=apart_cast.anna, consent_id=consent.pk))
    assert Consent.objects.get(pk=consent.pk).state == "paused"
    assert sweep_keys(timezone.now() + SWEPT_AFTER + timedelta(seconds=1)) == 1
    with pytest.raises(KeySuspended):
        find_consent_key(consent.pk)


def test_who_resumes_while_keys_are_swept_has_the_key_in_use(apart_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the consent is given and its key is set aside, and nothing would ever take it into use again."""
    consent = apart_cast.grant()
    pause_consent(citizen=apart_cast.anna, consent_id=consent.pk)
    undone(lambda: resume_consent(citizen=apart_cast.anna, consent_id=consent.pk))
    read_states = orders._states

    def resumed_since(consent_ids: set[UUID]) -> dict[UUID, tuple[str, int]]:
        states = read_states(consent_ids)
        resume_consent(citizen=apart_cast.anna, consent_id=consent.pk)
        return states

    monkeypatch.setattr(orders, "_states", resumed_since)
    assert sweep_keys(timezone.now() + SWEPT_AFTER + timedelta(seconds=1)) == 0
    assert find_consent_key(consent.pk)


def test_narrowing_in_a_pause_that_the_keystore_has_not_heard_of_sets_the_new_key_aside(
    apart_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = apart_cast.grant()
    with monkeypatch.context() as broken:
        broken.setattr(orders, "_carry_out_soon", lambda _owner: None)
        paused = pause_consent(citizen=apart_cast.anna, consent_id=consent.pk)
        terms = {**paused.conditions, "fields": [SIZE]}
        narrow_consent(citizen=apart_cast.anna, consent_id=consent.pk, terms=terms, version=paused.version)
    carry_out_orders()
    assert ConsentKey.objects.living().get().suspended_at is not None
    with pytest.raises(KeySuspended):
        find_consent_key(consent.pk)


def test_an_erasure_destroys_the_vault_key_apart(apart_cast: Cast) -> None:
    erase_citizen(citizen=apart_cast.anna, secret="s" * 43)
    with pytest.raises(KeyDestroyed):
        open_vault_key(apart_cast.anna)
    assert not KeyOrder.objects.exists()


def test_together_nothing_is_swept(cast: Cast) -> None:
    consent = cast.grant()
    assert sweep_keys(timezone.now() + 2 * SWEPT_AFTER) == 0
    assert find_consent_key(consent.pk)
    assert APART not in connections.settings
