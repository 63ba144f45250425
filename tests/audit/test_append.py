"""Appending writes an entry, its record and its pending row, all or none, in the caller's transaction."""

# ruff: noqa: S608 the parts of the statement are written below
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.entry import commit_to_entry, seal_entry
from audit.errors import LogNotWritable
from audit.models import LoggedEntry, Pending, Record
from audit.search_columns import SEARCH_COLUMNS
from audit.services.append import append_clauses, append_entry
from audit.tree.merkle import hash_leaf
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, an_entry
from tests.conftest import TestDatabase


@pytest.mark.usefixtures("either_db")
def test_it_writes_entry_record_and_pending_row() -> None:
    entry = an_entry(case="Z-1")
    appended = append_entry(entry)

    logged, record, pending = LoggedEntry.objects.get(), Record.objects.get(), Pending.objects.get()
    assert logged.id == record.entry_id == pending.entry_id == entry.id == appended.id
    assert bytes(logged.commitment) == bytes(pending.commitment) == appended.commitment
    assert commit_to_entry(bytes(record.salt), bytes(record.canonical)) == appended.commitment
    assert appended.leaf_hash == hash_leaf(appended.commitment)


@pytest.mark.usefixtures("either_db")
def test_the_columns_say_what_the_text_says() -> None:
    entry = an_entry(case="Z-1 «ü»", reason="uses-spent")
    append_entry(entry)
    record = Record.objects.get()
    assert {name: getattr(record, name) for name in SEARCH_COLUMNS} == {
        name: getattr(entry, name) for name in SEARCH_COLUMNS
    }
    assert bytes(record.user_sealed) == entry.user_sealed
    assert record.entry.case == entry.case


@pytest.mark.usefixtures("either_db")
def test_it_rolls_back_with_what_it_stands_for() -> None:
    with transaction.atomic():
        append_entry(an_entry())
        transaction.set_rollback(True)
    assert not LoggedEntry.objects.exists()
    assert not Record.objects.exists()
    assert not Pending.objects.exists()


@pytest.mark.usefixtures("either_db")
def test_an_entry_is_logged_once() -> None:
    entry = an_entry()
    append_entry(entry)
    with pytest.raises(LogNotWritable):
        append_entry(entry)
    assert LoggedEntry.objects.count() == Record.objects.count() == Pending.objects.count() == 1


def test_it_is_one_statement(db: None) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        append_entry(an_entry())
    assert len(captured) == 1


def test_a_log_that_cannot_be_written_is_unavailable(committed_db: TestDatabase) -> None:
    with committed_db.connect() as owner:
        owner.execute("REVOKE INSERT ON audit_pending FROM deelwijs_app")
    with pytest.raises(LogNotWritable) as refused:
        append_entry(an_entry())
    assert (refused.value.status, refused.value.code) == (503, "log-not-writable")
    assert not LoggedEntry.objects.exists()
    assert not Record.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"subject": "999990342"}, {"organisation": "a town"}, {"outcome": "perhaps"}], ids=str
)
@pytest.mark.usefixtures("either_db")
def test_the_database_refuses_what_no_entry_may_say(changes: dict[str, str]) -> None:
    with pytest.raises(LogNotWritable):
        append_entry(an_entry(**changes))
    assert not LoggedEntry.objects.exists()


class TestClauses:
    """`append_clauses` makes logging a part of the caller's own statement."""

    def test_nothing_is_logged_if_nothing_was_taken(self, db: None) -> None:
        assert self._take("FALSE") == []
        assert not LoggedEntry.objects.exists()
        assert not Record.objects.exists()
        assert not Pending.objects.exists()

    def test_what_was_taken_is_logged(self, db: None) -> None:
        (taken,) = self._take("TRUE")
        assert Record.objects.about(BRAM).get().entry_id == taken == Pending.objects.get().entry_id

    def test_the_statement_is_the_same_for_every_entry(self, db: None) -> None:
        one, _ = append_clauses(seal_entry(an_entry(subject=ANNA)), source="taken")
        other, _ = append_clauses(seal_entry(an_entry(subject=BRAM, case="'; DROP")), source="taken")
        assert one == other

    def test_all_parameters_carry_the_prefix(self, db: None) -> None:
        _, params = append_clauses(seal_entry(an_entry()), source="taken")
        assert all(name.startswith("audit_") for name in params)

    def _take(self, condition: str) -> list[object]:
        clauses, params = append_clauses(seal_entry(an_entry(subject=BRAM)), source="taken")
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH taken AS (SELECT 1 WHERE {condition}), {clauses} SELECT entry_id FROM pending_row", params
            )
            return [entry_id for (entry_id,) in cursor.fetchall()]


@pytest.mark.usefixtures("either_db")
def test_an_organisation_is_kept_by_its_oin() -> None:
    append_entry(an_entry())
    assert Record.objects.of_organisations([MUNICIPALITY]).exists()
