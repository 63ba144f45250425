"""The database refuses to change what was logged, and a change by its superuser is found.

`tests/audit/test_only_grows.py` and `test_verify_log.py` have every table and every kind of change.
"""

import psycopg
import pytest

from audit.services.verify import verify_log
from audit.signing.log_key import load_verifier
from sharing.services.release import release
from tests.audit.log import sequence
from tests.cast import Cast
from tests.conftest import TestDatabase


@pytest.fixture
def accessed(committed_cast: Cast) -> Cast:
    """A log in which Daan looked at Anna's data."""
    committed_cast.grant()
    request = committed_cast.ask()
    release(actor=committed_cast.daan.as_actor(), request_id=request.pk, idempotency_key="key-1")
    sequence()
    return committed_cast


@pytest.mark.parametrize("table", ["audit_entry", "audit_record", "audit_leaf", "audit_tile", "audit_checkpoint"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET {} = {}"])
def test_the_service_itself_cannot_change_the_log(
    accessed: Cast, database: TestDatabase, table: str, statement: str
) -> None:
    column = {"audit_entry": "id", "audit_record": "entry_id", "audit_leaf": "entry_id", "audit_tile": "level"}.get(
        table, "size"
    )
    with database.connect("deelwijs_app") as service, pytest.raises(psycopg.errors.InsufficientPrivilege):
        service.execute(statement.format(table, column, column))


def test_a_superuser_who_hides_an_access_is_found(accessed: Cast, database: TestDatabase) -> None:
    assert verify_log(verifier=load_verifier()).discrepancy is None
    with database.connect() as owner:
        owner.execute("ALTER TABLE audit_record DISABLE TRIGGER ALL")
        owner.execute("UPDATE audit_record SET outcome = 'refused' WHERE action = 'sharing.released'")
        owner.execute("ALTER TABLE audit_record ENABLE ALWAYS TRIGGER never_changes")
    discrepancy = verify_log(verifier=load_verifier()).discrepancy
    assert discrepancy is not None
