"""Each role may do what its work needs on the log, and not more; running `grant_roles` again brings that back."""

from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.roles import APP, ERASER, OVERSIGHT, ROLES, SEQUENCER
from deploy.private_services import OWNER
from tests.audit.log import signed_in_as
from tests.conftest import TestDatabase

LOG = {
    "audit_entry": {
        APP: {"SELECT", "INSERT"},
        SEQUENCER: {"SELECT"},
        ERASER: {"SELECT", "INSERT"},
        OVERSIGHT: {"SELECT"},
    },
    "audit_record": {APP: {"SELECT", "INSERT"}, ERASER: {"SELECT", "INSERT", "DELETE"}, OVERSIGHT: {"SELECT"}},
    "audit_pending": {
        APP: {"SELECT", "INSERT"},
        SEQUENCER: {"SELECT", "DELETE"},
        ERASER: {"SELECT", "INSERT"},
        OVERSIGHT: {"SELECT"},
    },
    "audit_erasure": {APP: {"SELECT"}, ERASER: {"SELECT", "INSERT"}, OVERSIGHT: {"SELECT"}},
    "audit_erasure_order": {
        APP: {"SELECT", "INSERT", "UPDATE"},
        ERASER: {"SELECT", "UPDATE"},
        OVERSIGHT: {"SELECT"},
    },
    "audit_hold": {APP: {"SELECT", "INSERT", "UPDATE"}, ERASER: {"SELECT"}, OVERSIGHT: {"SELECT"}},
    "audit_leaf": {APP: {"SELECT"}, SEQUENCER: {"SELECT", "INSERT"}, OVERSIGHT: {"SELECT"}},
    "audit_tile": {APP: {"SELECT"}, SEQUENCER: {"SELECT", "INSERT"}, OVERSIGHT: {"SELECT"}},
    "audit_checkpoint": {APP: {"SELECT"}, SEQUENCER: {"SELECT", "INSERT"}, OVERSIGHT: {"SELECT"}},
    "audit_log_head": {APP: {"SELECT"}, SEQUENCER: {"SELECT", "UPDATE"}, OVERSIGHT: {"SELECT"}},
    "audit_deferral": {APP: {"SELECT", "INSERT", "UPDATE"}, OVERSIGHT: {"SELECT"}},
    "audit_cosignature": {APP: {"SELECT"}, SEQUENCER: {"SELECT", "INSERT"}, OVERSIGHT: {"SELECT"}},
    "audit_publication": {APP: {"SELECT"}, SEQUENCER: {"SELECT", "INSERT"}, OVERSIGHT: {"SELECT"}},
    "audit_watched_log": {APP: {"SELECT", "INSERT", "UPDATE"}, OVERSIGHT: {"SELECT"}},
    "audit_shown_fork": {APP: {"SELECT", "INSERT"}, OVERSIGHT: {"SELECT"}},
    "audit_ended_log": {APP: {"SELECT"}, SEQUENCER: {"SELECT"}, OVERSIGHT: {"SELECT"}},
    "audit_timestamp": {APP: {"SELECT", "INSERT"}, SEQUENCER: {"SELECT"}, OVERSIGHT: {"SELECT"}},
    "audit_monitor_place": {APP: {"SELECT", "INSERT", "UPDATE"}, OVERSIGHT: {"SELECT"}},
    "audit_verification_run": {APP: {"SELECT", "INSERT", "UPDATE"}, OVERSIGHT: {"SELECT"}},
    "audit_alarm": {
        APP: {"SELECT", "INSERT", "UPDATE"},
        SEQUENCER: {"SELECT", "INSERT", "UPDATE"},
        OVERSIGHT: {"SELECT"},
    },
    "audit_contest": {APP: {"SELECT", "INSERT", "UPDATE"}, ERASER: {"SELECT"}, OVERSIGHT: {"SELECT"}},
    "audit_finding": {APP: {"SELECT", "INSERT", "UPDATE"}, OVERSIGHT: {"SELECT"}},
    "audit_finding_note": {APP: {"SELECT", "INSERT"}, OVERSIGHT: {"SELECT"}},
    "audit_pattern_rule": {APP: {"SELECT", "INSERT", "UPDATE"}, OVERSIGHT: {"SELECT"}},
}
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def rights(database: TestDatabase, role: str, table: str) -> set[str]:
    with database.connect() as owner:
        held = owner.execute(
            "SELECT verb FROM unnest(%s::text[]) AS verb WHERE has_table_privilege(%s, %s, verb)",
            [list(VERBS), role, table],
        )
        return {verb for (verb,) in held.fetchall()}


@pytest.mark.parametrize("table", LOG)
@pytest.mark.parametrize("role", ROLES)
def test_the_rights_on_the_log_are_these(db: None, database: TestDatabase, role: str, table: str) -> None:
    assert rights(database, role, table) == LOG[table].get(role, set())


def test_the_service_does_its_daily_work_on_every_other_table(db: None, database: TestDatabase) -> None:
    others = set(connection.introspection.table_names()) - set(LOG) - {"django_migrations"}
    assert others
    for table in others:
        assert rights(database, APP, table) == {"SELECT", "INSERT", "UPDATE", "DELETE"}, table
        for role in (SEQUENCER, ERASER, OVERSIGHT):
            assert rights(database, role, table) == set(), f"{role} on {table}"


def test_running_it_again_takes_back_what_was_given_by_hand(committed_db: TestDatabase) -> None:
    with committed_db.connect() as owner:
        owner.execute("GRANT ALL ON audit_entry TO deelwijs_app, deelwijs_oversight")
    with signed_in_as(OWNER):
        call_command("grant_roles", stdout=StringIO())
    assert rights(committed_db, APP, "audit_entry") == {"SELECT", "INSERT"}
    assert rights(committed_db, OVERSIGHT, "audit_entry") == {"SELECT"}


def test_who_may_not_create_roles_is_told_what_to_ask_for(
    committed_db: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.services.grant.ROLES", (*ROLES, "deelwijs_missing"))
    with pytest.raises(CommandError, match="CREATE ROLE deelwijs_missing NOLOGIN;"):
        call_command("grant_roles")


def test_sqlite_has_no_roles(sqlite_db: object) -> None:
    with pytest.raises(CommandError, match="PostgreSQL"):
        call_command("grant_roles")


def test_the_roles_are_groups_without_a_login(db: None, database: TestDatabase) -> None:
    with database.connect() as owner:
        found = owner.execute("SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname = ANY(%s)", [list(ROLES)])
        assert dict(found.fetchall()) == dict.fromkeys(ROLES, False)


def test_the_service_cannot_remove_a_record(db: None, database: TestDatabase) -> None:
    with database.connect(APP) as service, pytest.raises(psycopg.errors.InsufficientPrivilege):
        service.execute("DELETE FROM audit_record")
