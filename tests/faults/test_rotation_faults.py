"""Epochs that turn while processes die: no key is lost or doubled, no epoch key dies too early, and work goes on."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings
from uuid_utils.compat import uuid7

from audit.models import Record
from consent.errors import KeyServiceUnavailable
from consent.keys import consent_key, ring
from consent.keys.consent_key import find_consent_key
from consent.keys.memory import memory
from consent.keys.models import ConsentKey, Epoch, PurposeKey
from consent.keys.pseudonym import purpose_pseudonym
from consent.keys.ring import open_random_key, wrap_random_key
from consent.keys.rotation import rewrap
from consent.keys.rotation.destroy import FORGOTTEN_AFTER, empty_epoch
from consent.keys.rotation.horizon import destruction_due
from consent.keys.rotation.rewrap import keys_to_rewrap, rewrap_keys
from consent.keys.rotation.start import start_next_epoch
from consent.keys.rotation.turn import turn_epochs
from consent.keys.scope import purpose_scope
from consent.keys.service import key_service
from consent.models import Consent
from consent.services.change import narrow_consent, withdraw_consent
from tests.cast import SIZE, Cast
from tests.conftest import TestDatabase
from tests.consent.keys.epochs import destroy, rotate
from tests.faults.processes import Fork, locked, until, until_alone, waits
from tests.faults.test_races import in_a_thread

KEYS = 200


@pytest.fixture(autouse=True)
def long_epochs(settings: Settings) -> None:
    """Epoch 2 goes on while the tests let the time go by after which the key of epoch 1 is destroyed."""
    settings.KEY_EPOCH_LENGTH = 2 * settings.ERASURE_HORIZON


def many_keys(cast: Cast) -> dict[UUID, bytes]:
    """Make KEYS consent keys; return them by their consent."""
    rows, keys = [], {}
    with transaction.atomic():
        for _number in range(KEYS):
            row = ConsentKey(consent_id=uuid7())
            scope = purpose_scope(cast.energy.purpose_id)
            keys[row.consent_id] = wrap_random_key(row, scope=scope, level=consent_key.LEVEL, owner=row.consent_id)
            rows.append(row)
        ConsentKey.objects.bulk_create(rows)
    return keys


def living_keys() -> dict[UUID, bytes]:
    """Open every living consent key, with nothing remembered; each consent has one."""
    memory.forget()
    rows = list(ConsentKey.objects.living())
    opened = {row.consent_id: open_random_key(row, level=consent_key.LEVEL, owner=row.consent_id) for row in rows}
    assert len(opened) == len(rows)
    return opened


def said(action: str) -> list[int]:
    """Return the epochs that the entries with this action tell of."""
    records = Record.objects.filter(action=f"consent.epoch-{action}")
    return [json.loads(bytes(row.canonical))["details"]["epoch"] for row in records]


# --- Rewrapping ---------------------------------------------------------------------------------------------------


@contextmanager
def stopped_at(database: TestDatabase, key: UUID) -> "Iterator[psycopg.Connection[Any]]":
    """Have the database stop whoever writes this key anew, until the block ends."""
    with database.connect() as owner:
        owner.execute(
            "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END $$"
        )
        owner.execute(
            "CREATE TRIGGER stop BEFORE UPDATE ON keys_consentkey FOR EACH ROW"
            f" WHEN (OLD.id = '{key}') EXECUTE FUNCTION stop()"
        )
    with locked(database, "SELECT pg_advisory_xact_lock(7)") as connection:
        yield connection


def test_a_rewrapper_killed_in_the_middle_of_a_batch(
    committed_cast: Cast, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = many_keys(committed_cast)
    start_next_epoch(now=timezone.now())
    monkeypatch.setattr(rewrap, "BATCH", 40)
    third_batch = ConsentKey.objects.order_by("pk")[100]
    with stopped_at(database, third_batch.pk) as connection:
        worker = Fork(rewrap_keys)
        until(lambda: waits(connection))
        worker.kill()
    until_alone(database)
    # Two batches are whole, and of the third there is nothing.
    assert ConsentKey.objects.filter(purpose_key__epoch=2).count() == 80
    assert ConsentKey.objects.filter(purpose_key__epoch=1).count() == KEYS - 80
    assert living_keys() == keys
    left = keys_to_rewrap()
    assert rewrap_keys() == left >= KEYS - 80
    assert (keys_to_rewrap(), living_keys()) == (0, keys)


def test_two_rewrappers_while_citizens_grant_narrow_and_withdraw(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = committed_cast
    keys = many_keys(cast)
    monkeypatch.setattr(rewrap, "BATCH", 7)

    def turn() -> None:
        for _round in range(3):
            start_next_epoch(now=timezone.now())
            rewrap_keys()

    workers = [Fork(turn), Fork(turn)]
    withdrawn = []
    while any(worker.runs() for worker in workers):
        anna, bram = cast.grant(), cast.grant(cast.bram)
        terms = {**anna.conditions, "fields": [SIZE]}
        narrow_consent(citizen=cast.anna, consent_id=anna.pk, terms=terms, version=anna.version)
        for consent in (anna, bram):
            withdraw_consent(citizen=consent.citizen, consent_id=consent.pk)
            withdrawn.append(consent.pk)
    for worker in workers:
        worker.finish()
    assert len(withdrawn) > 2
    last = cast.grant()
    rewrap_keys()
    # The parent never looked at it before.
    keys[last.pk] = find_consent_key(last.pk)
    assert (keys_to_rewrap(), living_keys()) == (0, keys)
    ended = ConsentKey.objects.filter(consent_id__in=withdrawn)
    assert ended.count() == ended.filter(wrapped=None, destroyed_at__isnull=False).count() == 3 * len(withdrawn) // 2
    for epoch in Epoch.objects.retired():
        destroy(epoch)
    current = Epoch.objects.get(destroyed_at=None)
    assert key_service().names() == [current.key_name]
    assert sorted(said("destroyed")) == list(range(1, current.number))
    assert living_keys() == keys


# --- Destroying ---------------------------------------------------------------------------------------------------


@pytest.fixture
def keys(committed_cast: Cast) -> dict[UUID, bytes]:
    """The keys of two consents that survived epoch 1, which has retired."""
    granted = [committed_cast.grant(), committed_cast.grant(committed_cast.bram)]
    found = {consent.pk: find_consent_key(consent.pk) for consent in granted}
    rotate()
    return found


def when_destroyed() -> datetime:
    return destruction_due(Epoch.objects.get(number=1))


def turn_until_destroyed() -> None:
    """Turn epochs as the beat does, until the key of epoch 1 is to be gone, and see that it went once."""
    for _beat in range(2):
        turn_epochs(now=when_destroyed() + FORGOTTEN_AFTER)
    assert key_service().names() == ["epoch-2"]
    assert (said("emptied"), said("destroyed")) == ([1], [1])
    assert Epoch.objects.get(number=1).destroyed_at is not None


EPOCH_1 = "SELECT FROM keys_epoch WHERE number = 1 FOR NO KEY UPDATE"


def test_killed_while_it_empties_an_epoch(keys: dict[UUID, bytes], database: TestDatabase) -> None:
    purpose_keys = PurposeKey.objects.filter(epoch=1).count()
    with locked(database, EPOCH_1) as connection:
        worker = Fork(lambda: turn_epochs(now=when_destroyed()))
        until(lambda: waits(connection))
        worker.kill()
    until_alone(database)
    assert Epoch.objects.get(number=1).emptied_at is None
    assert PurposeKey.objects.filter(epoch=1).count() == purpose_keys > 0
    assert (said("emptied"), key_service().names()) == ([], ["epoch-1", "epoch-2"])
    turn_epochs(now=when_destroyed() - FORGOTTEN_AFTER)
    turn_until_destroyed()
    assert living_keys() == keys


def test_killed_between_destroying_a_key_and_saying_so(keys: dict[UUID, bytes], database: TestDatabase) -> None:
    turn_epochs(now=when_destroyed() - FORGOTTEN_AFTER)
    with locked(database, EPOCH_1) as connection:
        worker = Fork(lambda: turn_epochs(now=when_destroyed()))
        until(lambda: waits(connection))
        worker.kill()
    until_alone(database)
    assert key_service().names() == ["epoch-2"]
    assert (Epoch.objects.get(number=1).destroyed_at, said("destroyed")) == (None, [])
    turn_until_destroyed()
    assert living_keys() == keys


def test_without_the_key_service_nothing_claims_to_be_destroyed(keys: dict[UUID, bytes]) -> None:
    turn_epochs(now=when_destroyed() - FORGOTTEN_AFTER)
    folder = Path(settings.KEY_SERVICE_FOLDER)
    away = folder.rename(folder.with_name("away"))
    with pytest.raises(KeyServiceUnavailable):
        turn_epochs(now=when_destroyed())
    assert (Epoch.objects.get(number=1).destroyed_at, said("destroyed")) == (None, [])
    away.rename(folder)
    assert key_service().names() == ["epoch-1", "epoch-2"]
    turn_until_destroyed()
    assert living_keys() == keys


# --- A grant at the last moment of an epoch -----------------------------------------------------------------------


class Pause:
    """A function whose first call has its result and then waits."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.reached, self.over = Event(), Event()

    def __call__(self, *args: Any) -> Any:
        result = self._function(*args)
        if not self.reached.is_set():
            self.reached.set()
            assert self.over.wait(30)
        return result


def grant_meanwhile(cast: Cast, pause: Pause) -> Consent:
    """Grant as Anna; end and empty epoch 1 during the pause in it."""
    with ThreadPoolExecutor(1) as pool:
        granting = pool.submit(in_a_thread, cast.grant)
        assert pause.reached.wait(30)
        try:
            empty_epoch(rotate(), now=timezone.now() - FORGOTTEN_AFTER)
        finally:
            pause.over.set()
        return granting.result()


def test_a_grant_whose_purpose_key_goes_takes_the_next(committed_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    bram = committed_cast.grant(committed_cast.bram)
    pause = Pause(ring.purpose_key)
    monkeypatch.setattr(ring, "purpose_key", pause)
    anna = grant_meanwhile(committed_cast, pause)
    turn_epochs(now=when_destroyed())
    assert key_service().names() == ["epoch-2"]
    assert living_keys().keys() == {anna.pk, bram.pk}
    assert keys_to_rewrap() == 0


def test_a_purpose_key_that_comes_late_does_not_lose_its_keys(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    purpose_pseudonym(committed_cast.energy.purpose_id, committed_cast.anna.pk)
    wrap = Pause(key_service().wrap)
    monkeypatch.setattr(key_service(), "wrap", wrap)
    anna = grant_meanwhile(committed_cast, wrap)
    assert ConsentKey.objects.filter(consent_id=anna.pk, purpose_key__epoch=1).exists()
    # Turning it by the beat, its key goes only after what came late has been wrapped anew.
    assert turn_epochs(now=when_destroyed())
    assert (key_service().names(), said("destroyed")) == (["epoch-1", "epoch-2"], [])
    assert rewrap_keys() == 1
    turn_until_destroyed()
    assert living_keys().keys() == {anna.pk}
