"""The migration that moves the key tables into an app of their own keeps every key, and what it is for."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps

from consent.keys.epoch import start_epoch
from consent.keys.keystore import APART
from consent.keys.models import Epoch
from deploy.private_services import OWNER
from sharing.services.open_vault import open_vault
from tests.cast import ANNA_INCOME, Cast
from tests.conftest import TestDatabase, django_uses
from tests.consent.keys.apart import KEY_TABLES, keystore_is

BEFORE = [("consent", "0006_failed_mail"), ("keys", "0001_initial"), ("sharing", "0002_places_deletions_exports")]
AFTER = [("consent", "0007_keys_move_out"), ("keys", "0002_rows_of_consent")]
MADE = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def migrate(targets: list[tuple[str, str]]) -> StateApps:
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def as_owner(committed_db: TestDatabase) -> Iterator[None]:
    with django_uses(committed_db, role=OWNER):
        yield


@pytest.mark.slow
def test_every_key_is_there_under_its_own_id(as_owner: None) -> None:
    old = migrate(BEFORE)
    key_of = {name: old.get_model("consent", name).objects for name in ("Epoch", "PurposeKey", "PseudonymKey")}
    epoch = key_of["Epoch"].create(number=1, key_name="epoch-1")
    key_of["Epoch"].update(started_at=MADE)
    purpose_key = key_of["PurposeKey"].create(id=uuid4(), scope="vault", epoch=epoch, wrapped=b"p")
    key_of["PseudonymKey"].create(id=uuid4(), scope="log", epoch=epoch, wrapped=b"s")
    account = old.get_model("consent", "Account").objects.create(subject="citizen:1", password="")
    citizen = old.get_model("consent", "Citizen").objects.create(
        account=account, bsn_sealed=b"b", bsn_hmac=b"h" * 32, bsn_hmac_generation=1, log_subject="a" * 64
    )
    vault_key = old.get_model("consent", "VaultKey").objects.create(
        id=uuid4(), citizen=citizen, purpose_key=purpose_key, wrapped=b"v"
    )
    old.get_model("consent", "VaultKey").objects.update(created_at=MADE)
    new = migrate(AFTER)
    row = new.get_model("keys", "VaultKey").objects.get()
    assert (row.pk, row.citizen_id, row.purpose_key_id, bytes(row.wrapped), row.created_at) == (
        vault_key.pk,
        citizen.pk,
        purpose_key.pk,
        b"v",
        MADE,
    )
    assert new.get_model("keys", "Epoch").objects.values_list("number", "key_name", "started_at").get() == (
        1,
        "epoch-1",
        MADE,
    )
    assert bytes(new.get_model("keys", "PseudonymKey").objects.get().wrapped) == b"s"
    tables = connection.introspection.table_names()
    assert not {"consent_epoch", "consent_vaultkey", "consent_consentkey", "consent_purposekey"} & set(tables)
    assert "keys_consentkey" in tables


@pytest.mark.slow
def test_keys_that_were_not_copied_are_not_thrown_away(as_owner: None) -> None:
    old = migrate([*BEFORE[:1], ("keys", "0002_rows_of_consent"), BEFORE[2]])
    old.get_model("consent", "Epoch").objects.create(number=1, key_name="epoch-1")
    with pytest.raises(RuntimeError, match="migrate --database keystore"):
        migrate(AFTER)
    assert "consent_epoch" in connection.introspection.table_names()


@pytest.fixture
def empty_keystore(committed_db: TestDatabase) -> Iterator[TestDatabase]:
    """A database without tables, set as the keystore, which the owner is to migrate."""
    empty = TestDatabase(committed_db.postgres, f"{committed_db.name}_keystore")
    with committed_db.connect() as connection:
        connection.execute(f"CREATE DATABASE {empty.name}")
        try:
            with keystore_is(empty, USER=OWNER):
                yield empty
        finally:
            connection.execute(f"DROP DATABASE {empty.name} WITH (FORCE)")


@pytest.mark.slow
def test_one_command_takes_them_to_a_database_of_their_own(
    committed_cast: Cast, committed_db: TestDatabase, empty_keystore: TestDatabase
) -> None:
    cast = committed_cast
    with committed_db.connect() as main:
        before = {table: main.execute(f"TABLE keys_{table} ORDER BY 1").fetchall() for table in KEY_TABLES}
        call_command("migrate", database=APART, verbosity=0)
        call_command("grant_roles", database=APART, verbosity=0)
        with empty_keystore.connect("deelwijs_app") as service:
            service.execute("DELETE FROM keys_disclosurekey WHERE false")
        with empty_keystore.connect() as keystore:
            after = {table: keystore.execute(f"TABLE keys_{table} ORDER BY 1").fetchall() for table in KEY_TABLES}
            tables = keystore.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert after == before
        assert len(after["vaultkey"]) == 2
        assert {name for (name,) in tables} == {"django_migrations", *(f"keys_{table}" for table in KEY_TABLES)}
        for table in KEY_TABLES:
            main.execute(f"DROP TABLE keys_{table}")
    assert open_vault(cast.anna, {cast.income.pk}) == {cast.income.pk: {"amount": ANNA_INCOME, "year": 2025}}


def test_a_new_installation_makes_the_keystore_first(committed_db: TestDatabase, empty_keystore: TestDatabase) -> None:
    with committed_db.connect() as main:
        for table in KEY_TABLES:
            main.execute(f"DROP TABLE keys_{table}")
    # No more than its own app, with what that stands on.
    call_command("migrate", "keys", database=APART, verbosity=0)
    assert start_epoch().number == 1
    assert Epoch.objects.using(APART).count() == 1
