"""Each kind of entry has a class, each class a period and a ground; what is due is worked out by the calendar."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db.models import Q
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from uuid_utils.compat import uuid7

from audit import actions
from audit.actions import Action, all_actions, register
from audit.models import Record
from audit.retention.classes import CLASSES, CONSENT, OWN, SECURITY, SERVICE, period_in_words
from audit.retention.due import class_of_action, due_records, erasable_records, held_records
from audit.retention.holds import Holder, register_holder
from audit.retention.in_force import period_in_force
from audit.retention.periods import months_before, read_months
from deploy.environment import Environment, SettingError
from deploy.retention import periods
from tests.audit.log import HAPPENED, append
from tests.audit.retention import ACCOUNTED, AGREED, NOW, OWN_DOING, SIGNED_IN, STOPPED, YEAR, append_ago


def due(name: str) -> set[object]:
    return set(due_records(CLASSES[name], now=NOW).values_list("entry_id", flat=True))


class TestCalendar:
    @pytest.mark.parametrize(
        ("moment", "months", "before"),
        [
            (datetime(2028, 2, 29, 12, tzinfo=UTC), 12, datetime(2027, 2, 28, 12, tzinfo=UTC)),
            (datetime(2028, 2, 29, 12, tzinfo=UTC), 48, datetime(2024, 2, 29, 12, tzinfo=UTC)),
            (datetime(2026, 3, 31, tzinfo=UTC), 1, datetime(2026, 2, 28, tzinfo=UTC)),
            (datetime(2026, 1, 15, tzinfo=UTC), 1, datetime(2025, 12, 15, tzinfo=UTC)),
            (datetime(2026, 12, 31, tzinfo=UTC), 60, datetime(2021, 12, 31, tzinfo=UTC)),
            # In Amsterdam the month has begun, in UTC it has not.
            (
                datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
                1,
                datetime(2026, 1, 28, 23, 30, tzinfo=UTC),
            ),
        ],
    )
    def test_months_go_back_by_the_calendar(self, moment: datetime, months: int, before: datetime) -> None:
        assert months_before(moment, months) == before

    @given(st.integers(1, 1200), st.integers(0, 30_000_000_000))
    def test_longer_is_never_later(self, months: int, milliseconds: int) -> None:
        moment = datetime(2101, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
        assert months_before(moment, months) < months_before(moment, months - 1) <= moment

    @pytest.mark.parametrize(("text", "months"), [("18m", 18), ("5y", 60), ("1m", 1), ("100y", 1200)])
    def test_a_period_is_read(self, text: str, months: int) -> None:
        assert read_months(text) == months

    @pytest.mark.parametrize("text", ["", "0m", "5", "y", "5 y", "101y", "-1y", "1.5y", "5d"])
    def test_nonsense_is_no_period(self, text: str) -> None:
        with pytest.raises(ValueError, match="century"):
            read_months(text)


class TestClasses:
    def test_every_action_has_one(self) -> None:
        assert {action.retention_class.name for action in all_actions()} == set(CLASSES)

    def test_what_says_nothing_is_kept_as_an_access_is(self) -> None:
        assert HAPPENED.retention_class is CLASSES["access"]
        assert actions.ERASED.retention_class is CLASSES[SERVICE], "and what the service did, for ever"

    def test_an_unknown_one_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no retention class"):
            register(Action(name="test.kept-oddly", title="Kept oddly", retention="oddly"))
        assert class_of_action("test.kept-oddly") is None

    def test_each_says_why(self) -> None:
        assert all(one.ground and one.title for one in CLASSES.values())
        assert {one.name for one in CLASSES.values() if not one.required} == {OWN, SECURITY}

    def test_periods_in_words(self) -> None:
        with override("nl"):
            said = [period_in_words(months) for months in (12, 60, 18, None)]
        assert said == [
            "1 jaar",
            "5 jaar",
            "18 maanden",
            "altijd",
        ]


class TestSetting:
    def read(self, text: str) -> dict[str, int]:
        return periods(Environment({"LOG_RETENTION": text}))

    def test_it_changes_a_period(self, settings: Settings) -> None:
        settings.RETENTION_PERIODS = self.read("access=7y, security=6m")
        assert period_in_force(CLASSES["access"]) == 84
        assert period_in_force(CLASSES[SECURITY]) == 6
        assert period_in_force(CLASSES[OWN]) == 24

    @pytest.mark.parametrize("text", ["nothing=5y", "service=5y", "own", "own=", "own=5", "own=1y,own=2y", "access=1y"])
    def test_a_wrong_one_stops_the_start(self, text: str) -> None:
        with pytest.raises(SettingError, match="LOG_RETENTION"):
            self.read(text)

    def test_none_is_fine(self) -> None:
        assert self.read("") == {}


@pytest.mark.usefixtures("db")
class TestDue:
    def test_only_what_is_older_than_its_period(self) -> None:
        old = append_ago(YEAR + timedelta(days=2))
        append_ago(timedelta(days=300))
        append_ago(YEAR + timedelta(days=2), OWN_DOING)
        assert due(SECURITY) == {old}
        assert due(OWN) == set()

    def test_to_the_moment(self) -> None:
        before = months_before(NOW, 12)
        append(1, action=SIGNED_IN.name, at=before)
        (earlier,) = append(1, action=SIGNED_IN.name, at=before - timedelta(microseconds=1))
        assert due(SECURITY) == {earlier.id}

    def test_what_is_kept_for_ever_is_never_due(self) -> None:
        append_ago(50 * YEAR, ACCOUNTED)
        assert due(SERVICE) == set()

    def test_nor_what_nobody_knows_the_rule_of(self) -> None:
        gone = append_ago(50 * YEAR)
        known = Record.objects.get(entry_id=gone)
        Record.objects.create(
            **{field.attname: getattr(known, field.attname) for field in Record._meta.fields}
            | {"entry_id": uuid7(), "action": "test.of-an-earlier-version"}
        )
        assert [due(name) for name in CLASSES if name != SECURITY] == [set()] * (len(CLASSES) - 1)
        assert due(SECURITY) == {gone}

    def test_a_consent_is_kept_while_it_stands(self) -> None:
        consent = uuid7()
        append_ago(20 * YEAR, AGREED, consent=consent)
        assert due(CONSENT) == set()

    def test_and_for_its_period_after_its_end(self) -> None:
        consent = uuid7()
        agreed = append_ago(20 * YEAR, AGREED, consent=consent)
        append_ago(4 * YEAR, STOPPED, consent=consent)
        assert due(CONSENT) == set()
        other = uuid7()
        ended = [append_ago(20 * YEAR, AGREED, consent=other)]
        append_ago(6 * YEAR, STOPPED, consent=other)
        assert due(CONSENT) == set(ended)
        assert agreed not in due(CONSENT)

    def test_what_says_that_it_ended_goes_last(self) -> None:
        end = append_ago(6 * YEAR, STOPPED, consent=uuid7())
        assert due(CONSENT) == {end}

    def test_an_end_that_was_refused_is_none(self) -> None:
        consent = uuid7()
        append_ago(20 * YEAR, AGREED, consent=consent)
        append_ago(6 * YEAR, STOPPED, consent=consent, outcome="refused", reason="forbidden")
        assert due(CONSENT) == set()

    def test_without_a_consent_the_period_runs_from_the_entry(self) -> None:
        old = append_ago(6 * YEAR, AGREED)
        append_ago(4 * YEAR, AGREED)
        assert due(CONSENT) == {old}


def test_whoever_has_a_reason_can_hold_records(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.retention.holds._registered", {})
    register_holder(Holder("test", "A test", lambda _now: Q(case="Z-1")))
    held = append_ago(2 * YEAR, case="Z-1")
    free = append_ago(2 * YEAR, case="Z-2")
    of_class = CLASSES[SECURITY]
    assert [one.entry_id for one in erasable_records(of_class, now=NOW)] == [free]
    assert [one.entry_id for one in held_records(of_class, now=NOW)] == [held]
    with pytest.raises(ValueError, match="twice"):
        register_holder(Holder("test", "Another", lambda _now: Q(case="Z-2")))
