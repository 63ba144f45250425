"""Past the horizon a withdrawn item opens for nobody, whatever backup was kept."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.test import Client
from psycopg import sql
from pytest_django import Settings

from consent.errors import DomainError
from consent.keys import consent_key
from consent.keys.binding import binding
from consent.keys.envelope import unseal
from consent.keys.models import Epoch
from consent.keys.ring import random_key_binding
from consent.keys.rotation.horizon import Gone, destruction_due, gone_from_backups, horizon_is_kept
from consent.keys.service import key_service
from consent.models import Consent
from consent.services.change import withdraw_consent
from deploy.private_services import postgres_programs
from sharing.models import SealedItem
from sharing.sealed_record import Place, SealedRecord, open_record
from tests.cast import ANNA_INCOME, INCOME, Cast
from tests.conftest import TestDatabase
from tests.consent.keys.epochs import destroy, rotate
from tests.pages import signed_in, text_of

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def backup(database: TestDatabase, tmp_path: Path) -> Path:
    return tmp_path / "backup.dump"


def run(program: str, database: TestDatabase, *arguments: object) -> None:
    url = f"--dbname={database.url('deelwijs_owner')}"
    command: list[str | Path] = [postgres_programs() / program, url, *(str(argument) for argument in arguments)]
    subprocess.run(command, check=True, env={"PATH": os.defpath}, timeout=60)


@contextmanager
def restored(database: TestDatabase, backup: Path) -> "Iterator[psycopg.Connection[Any]]":
    """Restore a backup beside the live database, as a thief would, with all rights in it."""
    name = f"{database.name}_stolen"
    with database.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            stolen = TestDatabase(database.postgres, name)
            run("pg_restore", stolen, "--no-owner", "--no-privileges", backup)
            with stolen.connect() as thief:
                yield thief
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def purpose_keys(database: "psycopg.Connection[Any]") -> dict[object, bytes]:
    """Open every purpose key in a database with whatever the live key service still has."""
    rows = database.execute(
        "SELECT p.id, p.scope, p.epoch_id, p.wrapped, e.key_name FROM keys_purposekey p"
        " JOIN keys_epoch e ON e.number = p.epoch_id"
    )
    opened = {}
    for key_id, scope, epoch, wrapped, name in rows.fetchall():
        try:
            opened[key_id] = key_service().unwrap(name, wrapped, binding("purpose-key", scope, epoch, key_id))
        except DomainError:
            continue
    return opened


def loot(databases: "list[psycopg.Connection[Any]]", consent: Consent) -> list[dict[str, Any]]:
    """Try every wrap of the consent's key, in every database, with every purpose key, on every copy."""
    purposes = {key_id: key for database in databases for key_id, key in purpose_keys(database).items()}
    keys = []
    for database in databases:
        rows = database.execute("SELECT wrapped, generation FROM keys_consentkey WHERE consent_id = %s", [consent.pk])
        for wrapped, generation in rows.fetchall():
            for purpose_id, purpose in purposes.items():
                associated = random_key_binding(consent_key.LEVEL, consent.pk, purpose_id, generation)  # type: ignore[arg-type]  # a UUID
                try:
                    keys.append(unseal(purpose, wrapped, associated))
                except (DomainError, TypeError):
                    continue  # another key's wrap, or none
    found = []
    for item in SealedItem.objects.filter(consent=consent):
        place = Place("consent", consent.pk, item.pk, item.dataset_version_id, item.version)
        record = SealedRecord(bytes(item.wrapped_data_key), bytes(item.sealed))
        found += [open_record(record, key=key, place=place) for key in keys]
    return found


def test_a_backup_from_before_the_withdrawal_is_a_heap_of_useless_wraps(
    committed_cast: Cast, database: TestDatabase, backup: Path
) -> None:
    consent = committed_cast.grant()
    run("pg_dump", database, "--format=custom", f"--file={backup}")
    withdraw_consent(citizen=committed_cast.anna, consent_id=consent.pk)
    with restored(database, backup) as stolen, database.connect() as live:
        # Until the horizon the backup does open it: that is what the published number is about.
        assert {INCOME: ANNA_INCOME} in loot([stolen, live], consent)
        epoch = rotate()
        assert {INCOME: ANNA_INCOME} in loot([stolen, live], consent)
        destroy(epoch)
        assert loot([stolen, live], consent) == []
        # The thief's tools are not broken: what nobody withdrew opens with the live database, and from no backup.
        standing = committed_cast.grant(committed_cast.bram)
        assert loot([stolen], standing) == []
        assert loot([live], standing) != []


def epochs(*destroyed: datetime | None) -> list[Epoch]:
    """Return epochs of 30 days from BEGUN on, each with when its key was destroyed."""
    return [
        Epoch(number=number, started_at=BEGUN + timedelta(days=30 * (number - 1)), destroyed_at=at)
        for number, at in enumerate(destroyed, 1)
    ]


@pytest.mark.parametrize(
    ("ended_on_day", "destroyed_on_day", "gone"),
    [
        (10, [None], Gone(BEGUN + timedelta(days=70), certain=False)),
        (10, [None, None], Gone(BEGUN + timedelta(days=70), certain=False)),
        (10, [59, None], Gone(BEGUN + timedelta(days=59), certain=True)),
        (40, [59, None], Gone(BEGUN + timedelta(days=100), certain=False)),
        (40, [59, 89, None], Gone(BEGUN + timedelta(days=89), certain=True)),
    ],
)
def test_the_day_from_which_no_backup_opens_it(
    settings: Settings, ended_on_day: int, destroyed_on_day: list[int | None], gone: Gone
) -> None:
    settings.ERASURE_HORIZON = timedelta(days=60)
    destroyed = [None if day is None else BEGUN + timedelta(days=day) for day in destroyed_on_day]
    assert gone_from_backups(BEGUN + timedelta(days=ended_on_day), epochs(*destroyed)) == gone


def test_everybody_reads_the_number(cast: Cast, settings: Settings) -> None:
    settings.ERASURE_HORIZON = timedelta(days=59, hours=1)
    assert "Hoogstens 60 dagen later" in text_of(Client().get("/register/"))
    assert Client().get("/register/data.json").json()["erasureHorizonDays"] == 60


def test_the_citizen_reads_from_when_no_backup_opens_it(cast: Cast) -> None:
    consent = cast.grant()
    browser = signed_in(cast.anna.account)
    address = f"/my/consents/{consent.pk}/"
    assert "Hoogstens 60 dagen later kan niemand ze nog openen" in text_of(browser.get(address))
    withdraw_consent(citizen=cast.anna, consent_id=consent.pk)
    assert "kan niemand nog openen wat u deelde, ook niet uit een oude reservekopie" in text_of(browser.get(address))
    destroy(rotate())
    assert "de hoofdsleutel van toen is vernietigd" in text_of(browser.get(address))


def test_a_question_says_nothing_of_backups(cast: Cast) -> None:
    cast.ask()
    question = Consent.objects.get(citizen=cast.anna)
    assert "reservekopie" not in text_of(signed_in(cast.anna.account).get(f"/my/consents/{question.pk}/"))


def test_a_key_is_due_before_the_horizon_and_no_later(settings: Settings) -> None:
    (epoch,) = epochs(None)
    for horizon in (timedelta(hours=1), timedelta(days=60)):
        settings.ERASURE_HORIZON = horizon
        assert horizon * 0.9 < destruction_due(epoch) - epoch.started_at < horizon


def test_a_horizon_that_is_not_kept_shows(db: None, settings: Settings) -> None:
    Epoch.objects.create(number=1, key_name="epoch-1", started_at=BEGUN)
    assert horizon_is_kept(BEGUN + settings.ERASURE_HORIZON)
    assert not horizon_is_kept(BEGUN + settings.ERASURE_HORIZON + timedelta(seconds=1))
