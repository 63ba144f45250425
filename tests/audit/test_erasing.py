"""The eraser destroys records by rule or by order and nothing else; it is logged, and every proof still verifies."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from audit.actions import ERASED
from audit.api.serializers import EntryProofSerializer
from audit.models import Alarm, Erasure, ErasureOrder, Hold, Leaf, LoggedEntry, Pending, Record
from audit.retention.commitment import commit_to_list
from audit.roles import APP, ERASER, OVERSIGHT, SEQUENCER
from audit.services import erase as erasing
from audit.services.erasure_order import approve_erasure, order_erasure
from audit.services.legal_hold import lift_hold, place_hold
from audit.services.verify import verify_log
from audit.services.watch_erasing import LATE
from audit.signing.log_key import load_verifier
from audit.tasks import watch_erasing as watch_erasing_task
from audit.tree.inclusion import prove_entry
from tests.audit.log import BRAM, append, sequence, signed_in_as
from tests.audit.people import AS_HANNA, AS_PIET
from tests.audit.retention import AGREED, NOW, OWN_DOING, STOPPED, YEAR, append_ago, erase
from tests.conftest import TestDatabase

OLD = YEAR + timedelta(days=30)


@pytest.fixture
def old(committed_db: TestDatabase) -> list[UUID]:
    """Three records that are due, among others that are not; all have their places."""
    append(2)
    found = [append_ago(OLD) for _ in range(3)]
    append_ago(timedelta(days=3))
    sequence()
    return found


def kept() -> set[UUID]:
    return set(Record.objects.values_list("entry_id", flat=True))


def test_what_is_due_goes_and_nothing_else(old: list[UUID]) -> None:
    before = kept()
    (done,) = erase()
    assert (done.rule, done.records) == ("security", 3)
    told = Record.objects.get(action=ERASED.name)
    assert kept() == before - set(old) | {told.entry_id}
    assert LoggedEntry.objects.count() == len(before) + 1
    assert set(Erasure.objects.values_list("entry_id", "erased_by")) == {(one, told.entry_id) for one in old}
    assert erase() == [], "safe to run twice"


def test_the_entry_says_how_many_and_why_and_never_what(old: list[UUID]) -> None:
    said = [Record.objects.get(entry_id=one) for one in old]
    erase()
    entry = Record.objects.get(action=ERASED.name).entry
    assert entry.details == {
        "rule": "security",
        "ground": "period",
        "months": 12,
        "erased": 3,
        "commitment": commit_to_list(old),
    }
    text = bytes(Record.objects.get(action=ERASED.name).canonical)
    for record in said:
        assert record.subject.encode() not in text
        assert str(record.entry_id).encode() not in text
        assert record.organisation.encode() not in text


def test_every_proof_still_verifies(old: list[UUID], tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    kept_before = EntryProofSerializer(prove_entry(Record.objects.get(entry_id=old[1]))).data
    proof.write_text(json.dumps(kept_before), encoding="utf-8")
    erase()
    sequence()
    result = verify_log(verifier=load_verifier())
    assert (result.discrepancy, result.erased, result.leaves) == (None, 3, Leaf.objects.count())
    key = Client().get("/audit/log/key").content.decode().strip()
    checked = subprocess.run(
        [sys.executable, "audit/standalone_verifier.py", "proof", proof, "--key", key],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_killed_half_way_nothing_is_half(old: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    before = kept()
    steps = ["audit.services.erase.append_entry", "django.db.models.query.QuerySet.bulk_create"]
    for step in [*steps, "django.db.models.query.QuerySet.delete"]:
        with monkeypatch.context() as broken:
            broken.setattr(step, _interrupt)
            with pytest.raises(KeyboardInterrupt):
                erase()
    assert kept() == before
    assert not Erasure.objects.exists()
    assert LoggedEntry.objects.count() == len(before)
    assert not Pending.objects.exists()
    (done,) = erase()
    assert done.records == 3, "and the next run goes on"


def _interrupt(*args: object, **kwargs: object) -> None:
    raise KeyboardInterrupt


def test_a_batch_at_a_time(old: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "BATCH", 2)
    told: list[tuple[str, int]] = []
    with signed_in_as(ERASER):
        erasing.erase_due(progress=lambda rule, records: told.append((rule, records)))
    assert told == [("security", 2), ("security", 1)]
    assert Record.objects.filter(action=ERASED.name).count() == 2
    assert verify_log(verifier=load_verifier()).discrepancy is None


def test_a_consent_goes_with_what_ended_it_last(committed_db: TestDatabase) -> None:
    consent = UUID(int=7)
    append_ago(9 * YEAR, AGREED, consent=consent)
    append_ago(6 * YEAR, STOPPED, consent=consent)
    assert sum(one.records for one in erase()) == 2
    assert not Record.objects.filter(consent=consent).exists()


class TestHolds:
    def test_what_is_held_stays_until_it_is_not(self, old: list[UUID]) -> None:
        hold = place_hold(viewer=AS_HANNA, ground="Inquiry 7", until=timezone.now() + YEAR / 2, entry_id=old[0])
        (done,) = erase()
        assert done.records == 2
        assert old[0] in kept()
        lift_hold(viewer=AS_HANNA, hold_id=hold.id)
        (done,) = erase()
        assert done.records == 1

    @pytest.mark.parametrize("target", [{"subject": BRAM}, {"case": "Z-1"}, {"consent": UUID(int=9)}])
    def test_all_of_a_resident_a_case_or_a_consent(self, committed_db: TestDatabase, target: dict[str, Any]) -> None:
        held = append_ago(OLD, **target)
        of_resident = append_ago(OLD, organisation="", **target)
        elsewhere = append_ago(OLD, organisation="0" * 20, **target)
        free = append_ago(OLD)
        place_hold(viewer=AS_HANNA, ground="Inquiry 7", until=timezone.now() + YEAR / 2, **target)
        erase()
        assert kept() >= {held, of_resident}
        assert not kept() & {elsewhere, free}, "another organisation's cases are not ours to hold"

    def test_one_that_is_past_its_end_holds_nothing(self, old: list[UUID]) -> None:
        hold = place_hold(viewer=AS_HANNA, ground="Inquiry 7", until=timezone.now() + YEAR / 2, entry_id=old[0])
        Hold.objects.filter(pk=hold.pk).update(
            placed_at=timezone.now() - timedelta(days=9), until=timezone.now() - timedelta(days=1)
        )
        (done,) = erase()
        assert done.records == 3

    def test_one_that_comes_while_it_is_erased_is_heeded(
        self, old: list[UUID], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = kept()
        monkeypatch.setattr(erasing, "commit_to_list", _hold_meanwhile(old[1]))
        with pytest.raises(erasing.RecordsChanged):
            erase()
        # The entry of the hold itself came in between.
        assert before <= kept()
        assert not Erasure.objects.exists()


def _hold_meanwhile(entry_id: UUID) -> Callable[[list[UUID]], str]:
    def commit(entry_ids: list[UUID]) -> str:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as other:
            other.execute(
                "INSERT INTO audit_hold VALUES (gen_random_uuid(), %s, %s, '', '', NULL, 'Inquiry', %s, %s, NULL)",
                ["00000001001234567000", entry_id, NOW, NOW + YEAR / 2],
            )
        return commit_to_list(entry_ids)

    return commit


class TestOrders:
    @pytest.fixture
    def own(self, committed_db: TestDatabase) -> list[UUID]:
        """What Bram did himself, lately, beside an access to his data."""
        append(1, subject=BRAM)
        found = [append_ago(timedelta(days=4 + day), OWN_DOING, subject=BRAM, organisation="") for day in range(3)]
        append_ago(timedelta(days=4), OWN_DOING, organisation="")
        return found

    def order(self) -> ErasureOrder:
        return order_erasure(
            viewer=AS_PIET,
            ground=ErasureOrder.Ground.REQUEST,
            reference="GDPR, article 17, paragraph 1, point d",
            subject=BRAM,
        )

    def test_it_is_carried_out_once_a_second_person_approved(self, own: list[UUID]) -> None:
        order = self.order()
        assert order.kept == {"access": 1}
        assert erase() == [], "not before"
        approve_erasure(viewer=AS_HANNA, order_id=order.id)
        before = kept()
        (done,) = erase()
        assert (done.rule, done.records) == ("order", 3)
        told = Record.objects.get(action=ERASED.name)
        assert kept() == before - set(own) | {told.entry_id}
        order.refresh_from_db()
        assert (order.state, order.erased, order.chosen) == (ErasureOrder.State.CARRIED_OUT, 3, 3)
        assert (order.subject, order.entries) == ("", []), "nothing that leads to Bram is left in it"
        assert told.entry.related == order.decided_entry
        assert told.entry.details["commitment"] == order.commitment
        sequence()
        assert verify_log(verifier=load_verifier()).discrepancy is None

    def test_what_is_held_waits(self, own: list[UUID]) -> None:
        order = self.order()
        approve_erasure(viewer=AS_HANNA, order_id=order.id)
        hold = place_hold(viewer=AS_HANNA, ground="Inquiry 7", until=timezone.now() + YEAR / 2, entry_id=own[0])
        (done,) = erase()
        assert done.records == 2
        order.refresh_from_db()
        assert (order.state, order.erased) == (ErasureOrder.State.APPROVED, 2)
        assert erase() == []
        lift_hold(viewer=AS_HANNA, hold_id=hold.id)
        erase()
        order.refresh_from_db()
        assert (order.state, order.erased) == (ErasureOrder.State.CARRIED_OUT, 3)

    @pytest.mark.parametrize("forge", ["list", "approval"])
    def test_one_that_nobody_approved_is_not_carried_out(
        self, own: list[UUID], forge: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Whoever can write the table but not the log cannot make the eraser work."""
        order = self.order()
        if forge == "list":
            approve_erasure(viewer=AS_HANNA, order_id=order.id)
            theirs = Record.objects.exclude(entry_id__in=own).values_list("entry_id", flat=True)
            ErasureOrder.objects.update(entries=[str(one) for one in theirs])
        else:
            ErasureOrder.objects.update(state="approved", decided_by="hanna", decided_entry=order.ordered_entry)
        before = kept()
        assert erase() == []
        assert kept() == before
        assert str(order.id) in caplog.text

    def test_what_a_rule_erased_meanwhile_ends_it_too(self, own: list[UUID]) -> None:
        order = self.order()
        approve_erasure(viewer=AS_HANNA, order_id=order.id)
        other = order_erasure(
            viewer=AS_PIET, ground=ErasureOrder.Ground.RULING, reference="C/16/2026", entry_ids=own[:1]
        )
        approve_erasure(viewer=AS_HANNA, order_id=other.id)
        erase()
        assert set(ErasureOrder.objects.values_list("state", "erased")) == {("carried-out", 3), ("carried-out", 0)}


class TestWhoMay:
    @pytest.mark.parametrize("role", [APP, SEQUENCER, OVERSIGHT])
    def test_no_other_role_deletes_or_says_so(self, old: list[UUID], committed_db: TestDatabase, role: str) -> None:
        for statement in (
            "DELETE FROM audit_record",
            "INSERT INTO audit_erasure SELECT id, id, 'order', now() FROM audit_entry",
            "SET ROLE deelwijs_eraser",
        ):
            with committed_db.connect(role) as other, pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(statement)
        assert set(old) <= kept()

    def test_the_service_itself_is_told_so(self, old: list[UUID]) -> None:
        with pytest.raises(CommandError, match="deelwijs_eraser"):
            call_command("erase_records")
        assert set(old) <= kept()
        assert not Erasure.objects.exists()

    def test_nobody_deletes_an_entry(self, old: list[UUID], committed_db: TestDatabase) -> None:
        with committed_db.connect(ERASER) as eraser:
            eraser.execute("SET ROLE deelwijs_eraser")
            for statement in (
                "DELETE FROM audit_entry",
                "UPDATE audit_record SET salt = salt",
                "DELETE FROM audit_erasure",
                "DELETE FROM audit_leaf",
                "UPDATE audit_hold SET lifted_at = now()",
            ):
                with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.RestrictViolation)):
                    eraser.execute(statement)

    def test_sqlite_erases_nothing(self, sqlite_db: Path) -> None:
        entry_id = append_ago(OLD)
        with pytest.raises(CommandError, match="SQLite"):
            call_command("erase_records")
        assert kept() == {entry_id}


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        with signed_in_as(ERASER):
            call_command("erase_records", *arguments, stdout=out)
        return out.getvalue()

    def test_it_says_what_it_did(self, old: list[UUID]) -> None:
        assert self.run() == "security: 3 records erased\n"
        assert self.run() == "Nothing is due.\n"

    def test_a_dry_run_erases_nothing(self, old: list[UUID]) -> None:
        place_hold(viewer=AS_HANNA, ground="Inquiry 7", until=timezone.now() + YEAR / 2, entry_id=old[0])
        assert "security: 2 records are due, 1 more are held" in self.run("--dry-run")
        assert set(old) <= kept()


class TestWatch:
    def test_an_eraser_that_does_not_come_raises_the_alarm(self, old: list[UUID]) -> None:
        assert watch_erasing_task() == ["security"]
        alarm = Alarm.objects.going().get()
        assert (alarm.kind, alarm.where) == (LATE, "security")
        erase()
        assert watch_erasing_task() == []
        assert not Alarm.objects.going().exists()

    def test_it_is_given_some_days(self, committed_db: TestDatabase) -> None:
        append_ago(YEAR + timedelta(days=2))
        assert watch_erasing_task() == []

    def test_an_order_too(self, committed_db: TestDatabase) -> None:
        own = append_ago(timedelta(days=4), OWN_DOING)
        order = order_erasure(
            viewer=AS_PIET, ground=ErasureOrder.Ground.REQUEST, reference="Article 17", entry_ids=[own]
        )
        approve_erasure(viewer=AS_HANNA, order_id=order.id)
        assert watch_erasing_task() == []
        ErasureOrder.objects.update(decided_at=timezone.now() - timedelta(days=8))
        assert watch_erasing_task() == ["order"]
        place_hold(viewer=AS_HANNA, ground="Inquiry 7", until=timezone.now() + YEAR / 2, entry_id=own)
        assert watch_erasing_task() == [], "it waits with reason"


def test_an_erased_entry_of_another_month_than_it_speaks_of(committed_db: TestDatabase) -> None:
    """Rules look at the moment that an entry speaks of, and partitions at its id."""
    append_ago(OLD, id=UUID(int=(int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000) << 80) | 7 << 76 | 2 << 62))
    (done,) = erase()
    assert done.records == 1
