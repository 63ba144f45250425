"""Key tables in a database of their own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connections

from consent.keys.keystore import APART
from tests.cast import Cast, make_cast
from tests.conftest import TestDatabase, cloned

KEY_TABLES = ("consentkey", "vaultkey", "disclosurekey", "pseudonymkey", "purposekey", "epoch")


@pytest.fixture
def keystore_apart(committed_db: TestDatabase) -> Iterator[TestDatabase]:
    """A second database that alone holds the key tables; in the test's own there are none."""
    with committed_db.connect() as connection:
        for table in KEY_TABLES:
            connection.execute(f"DROP TABLE keys_{table}")
    with cloned(committed_db.postgres) as keystore, keystore_is(keystore):
        yield keystore


@contextmanager
def keystore_is(database: TestDatabase, **changes: str) -> Iterator[None]:
    """Set the keystore, as KEYSTORE_DATABASE_URL does; its role is that of the main database without another USER."""
    entry = {**connections.settings["default"], "NAME": database.name, **changes}
    connections.settings[APART] = settings.DATABASES[APART] = entry
    os.environ["KEYSTORE_DATABASE_URL"] = database.url()
    try:
        yield
    finally:
        del os.environ["KEYSTORE_DATABASE_URL"]
        connections[APART].close()
        del connections.settings[APART]
        settings.DATABASES.pop(APART, None)
        del connections[APART]


@pytest.fixture
def apart_cast(keystore_apart: TestDatabase) -> Cast:
    """The cast, whose keys are apart."""
    return make_cast()
