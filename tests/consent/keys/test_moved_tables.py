"""The migration that moves the key tables into an app of their own keeps every key, and what it is for."""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps

from consent.keys.consent_key import find_consent_key
from consent.keys.keystore import APART
from consent.keys.models import ConsentKey
from deploy.private_services import OWNER
from tests.cast import Cast
from tests.conftest import TestDatabase, cloned, django_uses
from tests.consent.keys.apart import django_has_keystore

rows_of_consent = importlib.import_module("consent.keys.migrations.0002_rows_of_consent")

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


def test_keys_that_were_not_copied_are_not_thrown_away(as_owner: None) -> None:
    old = migrate([*BEFORE[:1], ("keys", "0002_rows_of_consent"), BEFORE[2]])
    old.get_model("consent", "Epoch").objects.create(number=1, key_name="epoch-1")
    with pytest.raises(RuntimeError, match="migrate --database keystore"):
        migrate(AFTER)
    assert "consent_epoch" in connection.introspection.table_names()


def test_keys_go_to_a_keystore_that_is_set_up_later(committed_cast: Cast, committed_db: TestDatabase) -> None:
    consent = committed_cast.grant()
    key = find_consent_key(consent.pk)
    with cloned(committed_db.postgres) as keystore, django_has_keystore(keystore):
        with connections[APART].schema_editor() as editor:
            rows_of_consent.copy_rows(apps, editor)
        assert ConsentKey.objects.get().consent_id == consent.pk
        assert ConsentKey.objects.get()._state.db == APART
        assert find_consent_key(consent.pk) == key
