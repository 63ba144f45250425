"""A long log is verified in the background: the page shows how far it is, and then what came of it."""

from datetime import timedelta
from unittest import mock
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from kombu.exceptions import OperationalError
from pytest_django.fixtures import Settings

from audit import tasks
from audit.models import LoggedEntry, Record, VerificationRun
from audit.pages import oversight
from audit.pages.discrepancy_words import MEANINGS, describe_discrepancy
from audit.services import verification_run, verify
from audit.verification.discrepancy import Discrepancy
from audit.verification.verified_part import VerifiedPart
from tests.audit.conftest import LookAs
from tests.audit.log import MUNICIPALITY, all_powerful, append, grow
from tests.audit.people import AS_DAAN, AS_HANNA
from tests.audit.test_verify_log import TAMPERINGS

PAGE = "/oversight/verification/"


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> mock.Mock:
    """Stands in for the queue of tasks, which a test run has no worker for."""
    queue = mock.Mock()
    monkeypatch.setattr("audit.pages.start_verification.current_app", queue)
    monkeypatch.setattr(tasks.verify_further, "delay", queue.delay)
    return queue


@pytest.fixture
def long_log(monkeypatch: pytest.MonkeyPatch, look_as: LookAs, queue: mock.Mock) -> None:
    monkeypatch.setattr(oversight, "MOST_LEAVES", -1)
    monkeypatch.setattr(verify, "LEAVES_AT_ONCE", 5)
    monkeypatch.setattr(verification_run, "SAVES_EVERY_SECONDS", 0.0)
    look_as(AS_HANNA)


def ask(client: Client) -> VerificationRun:
    answer = client.post(PAGE)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    return VerificationRun.objects.newest_first()[0]


def test_it_is_asked_begun_shown_and_ended(
    committed_db: None, client: Client, long_log: None, queue: mock.Mock
) -> None:
    grow(12)
    run = ask(client)
    queue.send_task.assert_called_once_with("audit.tasks.verify_further", args=[str(run.pk)], ignore_result=True)
    page = client.get(PAGE).content.decode()
    assert "0 van 12 regels zijn nagerekend" in page
    with mock.patch.object(verification_run, "STRETCH_SECONDS", -1.0):
        tasks.verify_further(str(run.pk))
    queue.delay.assert_called_once_with(str(run.pk))
    assert "5 van 12 regels zijn nagerekend" in client.get(PAGE).content.decode()
    tasks.verify_further(str(run.pk))
    page = client.get(PAGE).content.decode()
    assert "Alles is zoals het geschreven is" in page
    assert "<dt>Regels nagerekend</dt><dd>12</dd>" in page
    result, asked = Record.objects.newest_first()[:2]
    assert asked.entry.details == {"asked": True, "leaves": 12}
    assert (result.entry.related, result.organisation) == (asked.entry_id, MUNICIPALITY)
    assert result.entry.details == {"leaves": 12, "holds": True, "discrepancy": ""}
    entries = LoggedEntry.objects.count()
    tasks.verify_further(str(run.pk))
    assert LoggedEntry.objects.count() == entries, "safe to run twice"


def test_what_was_changed_is_said_in_words(committed_db: None, client: Client, long_log: None) -> None:
    entry_id = grow(12)[7].id
    with all_powerful():
        Record.objects.filter(entry_id=entry_id).update(salt=bytes(32))
    tasks.verify_further(str(ask(client).pk))
    page = client.get(PAGE).content.decode()
    assert f"De tekst van regel {entry_id}" in page
    assert "De tekst van een regel is niet de tekst die is geschreven" in page
    assert Record.objects.newest_first()[0].entry.details["discrepancy"] == "record-altered"


def test_one_runs_at_a_time_and_the_second_is_no_entry(
    db: None, client: Client, long_log: None, queue: mock.Mock
) -> None:
    ask(client)
    entries = LoggedEntry.objects.count()
    assert client.post(PAGE, follow=True).content.decode().count("wordt al gecontroleerd") == 1
    assert (VerificationRun.objects.count(), LoggedEntry.objects.count()) == (1, entries)
    assert queue.send_task.call_count == 1


def test_of_two_workers_one_goes_on(db: None, client: Client, long_log: None) -> None:
    run = ask(client)

    class Twice:
        """Does as if another worker took the run over at the first batch."""

        def __init__(self, run: VerificationRun) -> None:
            self.keeper = keeper(run)

        def keep(self, part: VerifiedPart) -> None:
            VerificationRun.objects.update(seen_at=run.seen_at + timedelta(seconds=1))
            self.keeper.keep(part)

    keeper = verification_run._Keeper
    with mock.patch.object(verification_run, "_Keeper", Twice):
        assert verification_run.verify_further(run.pk)
    assert VerificationRun.objects.get().ended_at is None


def test_a_run_that_nobody_works_on_is_taken_up(db: None, client: Client, long_log: None, queue: mock.Mock) -> None:
    queue.send_task.side_effect = OperationalError
    run = ask(client)
    tasks.resume_verification()
    queue.delay.assert_not_called()
    VerificationRun.objects.update(seen_at=run.seen_at - timedelta(minutes=3))
    tasks.resume_verification()
    queue.delay.assert_called_once_with(str(run.pk))


def test_before_the_first_time_it_says_so(db: None, client: Client, long_log: None) -> None:
    assert "nog niet gecontroleerd" in client.get(PAGE).content.decode()


def test_only_auditors_ask(db: None, client: Client, long_log: None, look_as: LookAs) -> None:
    look_as(AS_DAAN)
    assert (client.post(PAGE).status_code, client.get(PAGE).status_code) == (403, 403)
    assert not VerificationRun.objects.exists()


def test_every_kind_of_change_has_words(sqlite_db: object, settings: Settings, subtests: pytest.Subtests) -> None:
    """What the tampering of `test_verify_log` gives is said in Dutch, the place too."""
    grow(10)
    grow(250)
    append(2)
    log = list(Record.objects.order_by("entry_id").values_list("entry_id", flat=True))[:260]
    with all_powerful():
        for tamper in TAMPERINGS:
            with subtests.test(tamper.__name__), transaction.atomic():
                kind, where = tamper(log)
                described = describe_discrepancy(Discrepancy(kind=kind, where=where, explanation=""))
                assert described.meaning is not None
                assert described.place != where
                transaction.set_rollback(True)
    assert describe_discrepancy(Discrepancy(kind="new", where="there", explanation="")).place == "there"
    assert len(MEANINGS) >= 20


def test_ids_are_those_of_the_log(db: None, client: Client, long_log: None) -> None:
    run = ask(client)
    assert isinstance(run.asked_entry, UUID)
    assert Record.objects.filter(entry_id=run.asked_entry, action="audit.verified").exists()
