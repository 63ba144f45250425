"""An erasure before its time takes a privacy officer and a second person; what the law requires stays, and says why."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.actions import ERASURE_APPROVED, ERASURE_DECLINED, ERASURE_ORDERED, HOLD_LIFTED, HOLD_PLACED
from audit.errors import Forbidden
from audit.models import ErasureOrder, Hold, LoggedEntry, Record
from audit.people import Viewer
from audit.retention.commitment import commit_to_list
from audit.services import erasure_order
from audit.services.erasure_order import (
    ErasureOrderDecided,
    ErasureOrderNotFound,
    NothingToErase,
    TooManyEntries,
    approve_erasure,
    decline_erasure,
    order_erasure,
)
from audit.services.legal_hold import LONGEST_HOLD, HoldNotFound, HoldOver, InvalidHold, lift_hold, place_hold
from tests.audit.log import ANNA, BRAM, MUNICIPALITY, POLICE, append
from tests.audit.people import AS_ANNA, AS_DAAN, AS_HANNA, AS_PIET, AS_POLICE_SYSTEM
from tests.audit.retention import ACCOUNTED, AGREED, NOW, OWN_DOING, SIGNED_IN, append_ago

pytestmark = pytest.mark.usefixtures("db")

REQUEST, RULING = ErasureOrder.Ground.REQUEST, ErasureOrder.Ground.RULING
OF_POLICE = Viewer(
    kind="auditor", organisations=frozenset({POLICE}), organisation=POLICE, role="privacy-officer", person="petra"
)
BAD_VIEWERS = [AS_ANNA, AS_DAAN, AS_POLICE_SYSTEM]


def ask(viewer: Viewer = AS_PIET, ground: ErasureOrder.Ground = REQUEST, **chosen: object) -> ErasureOrder:
    return order_erasure(viewer=viewer, ground=ground, reference="Article 17", **(chosen or {"subject": ANNA}))  # type: ignore[arg-type]


def own(days: int = 1, **changes: object) -> UUID:
    return append_ago(timedelta(days=days), OWN_DOING, organisation="", **changes)


def said(action: str) -> Record:
    return Record.objects.get(action=action)


class TestOrdering:
    def test_it_names_a_list_and_what_stays(self) -> None:
        mine = {own(), own(), append_ago(timedelta(days=1), SIGNED_IN, organisation="")}
        append(2)
        append_ago(timedelta(days=1), AGREED)
        own(subject=BRAM)
        order = ask()
        assert set(order.entry_ids) == mine
        assert order.kept == {"access": 2, "consent": 1}
        entry = said(ERASURE_ORDERED.name).entry
        assert entry.details == {
            "order": str(order.id),
            "ground": "request",
            "reference": "Article 17",
            "entries": 3,
            "commitment": commit_to_list(mine),
            "kept": {"access": 2, "consent": 1},
        }
        assert entry.organisation == MUNICIPALITY
        assert entry.subject == "", "the entry stays for ever, and says of nobody that they were here"
        assert ANNA not in bytes(said(ERASURE_ORDERED.name).canonical).decode()

    def test_a_ruling_goes_before_periods_but_not_before_the_account(self) -> None:
        access = append(1)[0].id
        append_ago(timedelta(days=1), ACCOUNTED)
        order = ask(ground=RULING)
        assert order.entry_ids == [access]
        assert order.kept == {"service": 1}

    def test_a_period_of_days(self) -> None:
        own(days=30)
        inside = own(days=20)
        own(days=1)
        order = ask(subject=ANNA, since=NOW - timedelta(days=25), until=NOW - timedelta(days=10))
        assert order.entry_ids == [inside]

    def test_given_entries(self) -> None:
        chosen, other = own(), own()
        assert ask(entry_ids=[chosen, uuid7()]).entry_ids == [chosen]
        assert other not in ask(entry_ids=[chosen]).entry_ids

    def test_what_another_organisation_did_is_not_ours_to_erase(self) -> None:
        theirs = append_ago(timedelta(days=1), SIGNED_IN, organisation=POLICE)
        with pytest.raises(NothingToErase):
            ask(entry_ids=[theirs])
        assert ask(OF_POLICE, entry_ids=[theirs]).entry_ids == [theirs]

    def test_nothing_left_is_refused_with_what_stays(self) -> None:
        append(3)
        with pytest.raises(NothingToErase) as refused:
            ask()
        assert refused.value.kept == {"access": 3}
        assert nothing_was_written(entries=3)

    def test_too_many_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(erasure_order, "MOST_ENTRIES", 1)
        own()
        own()
        with pytest.raises(TooManyEntries):
            ask()
        assert nothing_was_written(entries=2)

    @pytest.mark.parametrize("viewer", [*BAD_VIEWERS, AS_HANNA, replace(AS_PIET, person="")])
    def test_only_a_privacy_officer_orders(self, viewer: Viewer) -> None:
        own()
        with pytest.raises(Forbidden):
            ask(viewer)
        assert nothing_was_written(entries=1)


class TestDeciding:
    @pytest.fixture
    def order(self) -> ErasureOrder:
        own()
        return ask()

    def test_a_second_person_approves(self, order: ErasureOrder) -> None:
        approved = approve_erasure(viewer=AS_HANNA, order_id=order.id)
        assert approved.state == ErasureOrder.State.APPROVED
        entry = said(ERASURE_APPROVED.name).entry
        assert (entry.related, entry.details["commitment"]) == (order.ordered_entry, order.commitment)

    def test_the_same_person_does_not(self, order: ErasureOrder) -> None:
        also_auditor = replace(AS_PIET, role="auditor")
        for viewer in (AS_PIET, also_auditor):
            with pytest.raises(Forbidden):
                approve_erasure(viewer=viewer, order_id=order.id)
        order.refresh_from_db()
        assert order.state == ErasureOrder.State.ORDERED
        assert not Record.objects.filter(action=ERASURE_APPROVED.name).exists()

    def test_the_database_holds_that_too(self, order: ErasureOrder) -> None:
        with pytest.raises(IntegrityError, match="erasure_order_second_person"):
            ErasureOrder.objects.update(state="approved", decided_by="piet")

    @pytest.mark.parametrize("viewer", [AS_HANNA, AS_PIET])
    def test_anyone_who_oversees_it_declines(self, order: ErasureOrder, viewer: Viewer) -> None:
        declined = decline_erasure(viewer=viewer, order_id=order.id)
        assert (declined.state, declined.subject, declined.entries) == ("declined", "", [])
        assert said(ERASURE_DECLINED.name).entry.related == order.ordered_entry

    def test_what_was_decided_stays_decided(self, order: ErasureOrder) -> None:
        decline_erasure(viewer=AS_HANNA, order_id=order.id)
        for decide in (approve_erasure, decline_erasure):
            with pytest.raises(ErasureOrderDecided):
                decide(viewer=AS_HANNA, order_id=order.id)

    def test_an_order_of_others_is_not_there(self, order: ErasureOrder) -> None:
        for decide in (approve_erasure, decline_erasure):
            with pytest.raises(ErasureOrderNotFound):
                decide(viewer=OF_POLICE, order_id=order.id)

    @pytest.mark.parametrize("viewer", BAD_VIEWERS)
    def test_who_oversees_nothing_decides_nothing(self, order: ErasureOrder, viewer: Viewer) -> None:
        with pytest.raises(Forbidden):
            approve_erasure(viewer=viewer, order_id=order.id)


class TestHolds:
    UNTIL = NOW + timedelta(days=90)

    def place(self, viewer: Viewer = AS_HANNA, **changes: object) -> Hold:
        arguments = {"ground": "Case 7", "until": self.UNTIL, "subject": ANNA} | changes
        return place_hold(viewer=viewer, **arguments)  # type: ignore[arg-type]

    def test_it_is_logged_without_naming_whom(self) -> None:
        hold = self.place()
        entry = said(HOLD_PLACED.name).entry
        assert entry.details == {
            "hold": str(hold.id),
            "target": "subject",
            "ground": "Case 7",
            "until": self.UNTIL.isoformat(),
        }
        assert ANNA not in bytes(said(HOLD_PLACED.name).canonical).decode()

    @pytest.mark.parametrize(
        "changes",
        [
            {"ground": ""},
            {"subject": ""},
            {"case": "Z-1"},
            {"until": timezone.now() - timedelta(seconds=1)},
            {"until": timezone.now() + LONGEST_HOLD + timedelta(days=1)},
        ],
    )
    def test_one_without_ground_target_or_end_is_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(InvalidHold):
            self.place(**changes)
        assert nothing_was_written(entries=0)

    @pytest.mark.parametrize("viewer", BAD_VIEWERS)
    def test_only_who_oversees_places_one(self, viewer: Viewer) -> None:
        with pytest.raises(Forbidden):
            self.place(viewer)
        assert nothing_was_written(entries=0)

    def test_it_is_lifted_once(self) -> None:
        hold = self.place()
        lift_hold(viewer=AS_PIET, hold_id=hold.id)
        assert said(HOLD_LIFTED.name).entry.details == {"hold": str(hold.id)}
        with pytest.raises(HoldOver):
            lift_hold(viewer=AS_PIET, hold_id=hold.id)

    def test_not_by_others(self) -> None:
        hold = self.place()
        with pytest.raises(HoldNotFound):
            lift_hold(viewer=OF_POLICE, hold_id=hold.id)
        hold.refresh_from_db()
        assert hold.lifted_at is None


def nothing_was_written(*, entries: int) -> bool:
    return not ErasureOrder.objects.exists() and not Hold.objects.exists() and LoggedEntry.objects.count() == entries
