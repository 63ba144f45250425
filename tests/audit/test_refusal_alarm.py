"""A log that refuses to sign says so: to the auditor, in its health, and by how its process ends."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from audit.fork_guard import known_heads
from audit.fork_guard.known_heads import KnownHead
from audit.fork_guard.memory import Kept, MemoryUnavailable
from audit.fork_guard.memory.on_disk import FileMemory
from audit.management.commands import sequence as command
from audit.management.commands.sequence import REFUSED
from audit.models import Alarm, LoggedEntry, Pending, Record
from audit.monitor.log_health import log_health
from audit.roles import SEQUENCER
from audit.signing.checkpoint import TreeHead
from tests.audit.conftest import LookAs
from tests.audit.log import append, grow, signed_in_as
from tests.audit.people import AS_HANNA

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def kept() -> Path:
    """A log of which the memory is gone; gives a copy of what it kept."""
    grow(3)
    file = Path(settings.LOG_LAST_CHECKPOINT_FILE)
    return file.rename(file.with_name("kept-elsewhere"))


def run_sequencer() -> None:
    with signed_in_as(SEQUENCER):
        call_command("sequence", "--once", stdout=StringIO())


def refused() -> str:
    with pytest.raises(CommandError) as ended:
        run_sequencer()
    assert ended.value.returncode == REFUSED
    return str(ended.value)


def test_it_ends_with_a_code_of_its_own_and_raises_one_alarm(kept: Path) -> None:
    said = refused()
    assert refused() == said
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.where, alarm.explanation) == ("log-memory-missing", settings.LOG_ORIGIN, said)
    assert alarm.ended_at is None


def test_the_log_is_not_healthy_and_says_why(kept: Path) -> None:
    assert log_health(now=timezone.now()).keeps_promise
    said = refused()
    health = log_health(now=timezone.now())
    assert (health.keeps_promise, health.refusal) == (False, said)


def test_the_auditor_reads_it(kept: Path, client: Client, look_as: LookAs) -> None:
    refused()
    look_as(AS_HANNA)
    page = client.get("/oversight/").content.decode()
    assert "Het logboek ondertekent niets" in page
    assert "manage.py keep_last_checkpoint" in page


def test_what_is_logged_meanwhile_waits(kept: Path) -> None:
    refused()
    append(2)
    assert (LoggedEntry.objects.count(), Pending.objects.count()) == (5, 2)


def test_when_the_cause_is_gone_the_alarm_ends_by_itself(kept: Path) -> None:
    refused()
    append(2)
    kept.rename(settings.LOG_LAST_CHECKPOINT_FILE)
    run_sequencer()
    assert Alarm.objects.get().ended_at is not None
    assert log_health(now=timezone.now()).keeps_promise
    assert not Pending.objects.exists()


def test_a_memory_that_does_not_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    grow(3)
    append(1)
    read, answers = FileMemory.read, iter([False, False])
    alarms: list[list[str]] = []

    def answer_at_last(memory: FileMemory) -> Kept | None:
        if next(answers, True):
            alarms.append(list(Alarm.objects.going().values_list("kind", flat=True)))
            return read(memory)
        raise MemoryUnavailable("the share is away")

    class Stopped:
        waits: list[float] = []

        def is_set(self) -> bool:
            return not Pending.objects.exists()

        def wait(self, seconds: float) -> None:
            self.waits.append(seconds)

    monkeypatch.setattr(FileMemory, "read", answer_at_last)
    monkeypatch.setattr(command, "stopped_by_signal", Stopped)
    with signed_in_as(SEQUENCER):
        call_command("sequence", stdout=StringIO())
    assert alarms[0] == ["log-memory-unavailable"]
    assert Alarm.objects.get().ended_at is not None
    assert Stopped.waits[0] < Stopped.waits[1], "it asks less and less often"


class TestKeepLastCheckpoint:
    DECISION = ("--from-database", "--decided-by=the town clerk", "--decided-by=H. de Boer", "--reason=The disk died.")

    def test_people_make_the_memory_anew_and_that_is_an_entry(self, kept: Path) -> None:
        note = kept.read_text(encoding="utf-8")
        out = StringIO()
        call_command("keep_last_checkpoint", *self.DECISION, stdout=out)
        assert "over 3 leaves" in out.getvalue()
        assert Path(settings.LOG_LAST_CHECKPOINT_FILE).read_text(encoding="utf-8") == note
        run_sequencer()
        record = Record.objects.of_service().get(action="audit.memory-restored")
        details = record.entry.details
        assert (details["checkpoint"], details["decidedBy"]) == (note, ["the town clerk", "H. de Boer"])
        assert not Pending.objects.exists()

    def test_one_person_is_not_enough(self, kept: Path) -> None:
        with pytest.raises(CommandError, match="Twee mensen"):
            call_command("keep_last_checkpoint", "--from-database", "--decided-by=one", "--reason=because")
        self.nothing_was_done()

    def test_a_memory_that_stands_is_not_overwritten(self, kept: Path) -> None:
        Path(settings.LOG_LAST_CHECKPOINT_FILE).write_text("damaged", encoding="utf-8")
        with pytest.raises(CommandError, match="bewaart al een controlepunt"):
            call_command("keep_last_checkpoint", *self.DECISION)
        assert Path(settings.LOG_LAST_CHECKPOINT_FILE).read_text(encoding="utf-8") == "damaged"
        assert LoggedEntry.objects.count() == 3

    def test_a_database_that_contradicts_what_others_know_is_refused(
        self, kept: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            known_heads,
            "SOURCES",
            [*known_heads.SOURCES, lambda key: [KnownHead(TreeHead(key.name, 9, bytes(32)), "a witness")]],
        )
        with pytest.raises(CommandError, match="a witness remembers it"):
            call_command("keep_last_checkpoint", *self.DECISION)
        self.nothing_was_done()

    def nothing_was_done(self) -> None:
        assert not Path(settings.LOG_LAST_CHECKPOINT_FILE).exists()
        assert LoggedEntry.objects.count() == 3


def test_a_log_without_a_checkpoint_has_nothing_to_remember() -> None:
    with pytest.raises(CommandError, match="begint vanzelf een nieuw logboek"):
        call_command("keep_last_checkpoint", *TestKeepLastCheckpoint.DECISION)
    assert not LoggedEntry.objects.exists()
