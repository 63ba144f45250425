"""The monitor sees what goes wrong with the log, raises one alarm for it, and ends it when it is over."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings
from uuid_utils.compat import uuid7

from audit.models import Alarm, Checkpoint, Leaf, LoggedEntry, LogHead, MonitorPlace, Pending, Record, Tile
from audit.monitor.own_head import head_file
from audit.roles import SEQUENCER
from audit.services import watch
from audit.services.watch import watch_log
from audit.signing.checkpoint import TreeHead, sign_checkpoint
from audit.signing.log_key import create_key_files
from audit.signing.signed_note import read_signer
from audit.tree.merkle import CompactRange
from audit.tree.tiles import TILE_WIDTH, tile_root
from tests.audit.log import all_powerful, append, grow, signed_in_as

EVERY = timedelta(seconds=10)
LATER = timedelta(minutes=5)


def look(after: timedelta = timedelta(0)) -> set[str]:
    """Let the monitor look, some time from now; return the kinds of the alarms that go on then."""
    watch_log(now=timezone.now() + after, since_last=EVERY)
    return set(Alarm.objects.going().values_list("kind", flat=True))


@pytest.fixture
def log(committed_db: None) -> list[UUID]:
    grow(TILE_WIDTH)
    grow(TILE_WIDTH + 5)
    return list(Leaf.objects.order_by("index").values_list("entry_id", flat=True))


@pytest.mark.usefixtures("either_db")
def test_an_empty_log_raises_no_alarm() -> None:
    assert look() == set()
    assert MonitorPlace.objects.get().whole_since is not None


@pytest.mark.usefixtures("either_db")
def test_an_entry_that_waits_too_long_is_an_alarm_until_it_has_its_place() -> None:
    append(1)
    assert look() == set()
    assert look(LATER) == {"pending-late"}
    raised = Alarm.objects.get().raised_at
    look(LATER)
    assert Alarm.objects.get().raised_at == raised, "still the same alarm"
    grow(1)
    assert look(LATER) == set()
    assert Alarm.objects.get().ended_at is not None


@pytest.mark.usefixtures("either_db")
def test_a_row_that_can_get_no_place_is_an_alarm() -> None:
    entry = append(1)[0]
    LoggedEntry.objects.create(id=uuid7(), commitment=bytes(32))
    Pending.objects.create(entry_id=uuid7(), commitment=bytes(32))
    assert "entry-unplaceable" in look()
    assert LoggedEntry.objects.filter(id=entry.id).exists()


@pytest.mark.usefixtures("either_db")
def test_an_entry_outside_the_log_is_named_and_followed() -> None:
    grow(3)
    lost = LoggedEntry.objects.get(id=append(1)[0].id)
    with signed_in_as(SEQUENCER):
        Pending.objects.all().delete()
    assert look() == set(), "its transaction may be on its way still"
    assert look(LATER) == {"entry-outside-log"}
    assert Alarm.objects.get().where == str(lost.id)
    Pending.objects.create(entry_id=lost.id, commitment=bytes(lost.commitment))
    grow(0)
    assert look(LATER) == set()


@pytest.mark.usefixtures("db")
def test_an_old_entry_that_is_put_in_late_is_found_by_the_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "FEWEST_AT_ONCE", 2)
    for _ in range(5):
        LoggedEntry.objects.create(id=uuid7(), commitment=bytes(32))
    Pending.objects.bulk_create(
        Pending(entry_id=one.id, commitment=one.commitment) for one in LoggedEntry.objects.all()
    )
    look(LATER)
    old = LoggedEntry.objects.create(id=UUID(int=7 << 76 | 2 << 62), commitment=bytes(32))
    seen = [Alarm.objects.filter(where=str(old.id)).exists() for _ in range(6) if look(LATER)]
    assert not seen[0]
    assert seen[-1]


@pytest.mark.usefixtures("either_db")
def test_leaves_that_nobody_signs_are_an_alarm() -> None:
    grow(2)
    entry = append(1)[0]
    with all_powerful():
        Pending.objects.all().delete()
        tree = CompactRange.from_bytes(2, bytes(LogHead.objects.get().frontier))
        tree.append(entry.leaf_hash)
        Leaf.objects.create(index=2, entry_id=entry.id, leaf_hash=entry.leaf_hash)
        LogHead.objects.update(size=3, frontier=tree.to_bytes())
    assert look() == set()
    assert look(LATER) == {"checkpoints-stopped"}


def test_each_look_goes_on_where_the_last_one_stopped(
    log: list[UUID], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(watch, "FEWEST_AT_ONCE", 1)
    settings.LOG_RECOMPUTED_WITHIN = timedelta(days=7)
    with all_powerful():
        record = Record.objects.get(entry_id=log[300])
        Record.objects.filter(entry_id=log[300]).update(salt=bytes(32))
    assert look() == set()
    assert MonitorPlace.objects.get().leaf == TILE_WIDTH
    assert look() == {"log-altered"}
    assert Alarm.objects.get().where == f"record {log[300]}"
    look()
    place = MonitorPlace.objects.get()
    assert (place.leaf, place.whole_since) == (0, None), "a round that found something ends no alarm"
    with all_powerful():
        Record.objects.filter(entry_id=log[300]).update(salt=record.salt)
    for _ in range(3):
        assert look() == {"log-altered"} or MonitorPlace.objects.get().leaf == 0
    assert look() == set(), "put back: nothing contradicts the log any more"
    assert MonitorPlace.objects.get().whole_since is not None


def test_the_whole_log_is_recomputed_in_time(log: list[UUID], settings: Settings) -> None:
    settings.LOG_RECOMPUTED_WITHIN = EVERY
    assert watch_log(now=timezone.now(), since_last=EVERY).recomputed == len(log)
    assert MonitorPlace.objects.get().whole_since is not None


class TestOwnHead:
    def test_it_follows_what_is_published(self, committed_db: None) -> None:
        for number in (1, 3, TILE_WIDTH):
            grow(number)
            assert look() == set()
            assert head_file().read_text(encoding="utf-8") == Checkpoint.objects.newest_first()[0].note

    def test_what_was_rewritten_together_with_everything_that_is_signed_is_found(self, log: list[UUID]) -> None:
        """Somebody has the database and the key of the log, and makes another log of the same entries."""
        assert look() == set()
        signer = read_signer(Path(settings.LOG_SIGNING_KEY_FILE).read_text(encoding="utf-8"))
        with all_powerful():
            tree = rewrite_first_leaf()
            note = sign_checkpoint(TreeHead(settings.LOG_ORIGIN, tree.size, tree.root()), signer)
            Checkpoint.objects.all().delete()
            Checkpoint.objects.create(size=tree.size, root=tree.root(), note=note, at=datetime.now(UTC))
        before = head_file().read_text(encoding="utf-8")
        assert "monitor-sees-fork" in look()
        assert head_file().read_text(encoding="utf-8") == before, "the evidence stays"

    def test_a_backup_that_was_put_back_is_found(self, committed_db: None) -> None:
        grow(3)
        grow(2)
        assert look() == set()
        with all_powerful():
            Checkpoint.objects.filter(size=5).delete()
        assert "monitor-sees-cut" in look()
        with all_powerful():
            Checkpoint.objects.all().delete()
        assert "monitor-sees-cut" in look()

    def test_a_note_by_another_key_is_found(self, committed_db: None, tmp_path: Path) -> None:
        grow(3)
        create_key_files(signing_key_file=tmp_path / "thief", origin=settings.LOG_ORIGIN)
        thief = read_signer((tmp_path / "thief").read_text(encoding="utf-8"))
        with all_powerful():
            note = sign_checkpoint(TreeHead(settings.LOG_ORIGIN, 3, bytes(32)), thief)
            Checkpoint.objects.update(note=note)
        assert "checkpoint-unsigned" in look()

    def test_a_file_that_is_not_ours_is_an_alarm_and_is_not_overwritten(self, committed_db: None) -> None:
        grow(3)
        look()
        head_file().write_text("nonsense", encoding="utf-8")
        assert look() == {"monitor-head-unusable"}
        assert head_file().read_text(encoding="utf-8") == "nonsense"

    def test_a_folder_that_cannot_be_written_is_an_alarm(
        self, committed_db: None, settings: Settings, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("", encoding="utf-8")
        settings.LOG_WATCH_FOLDER = tmp_path / "file" / "folder"
        grow(1)
        assert look() == {"monitor-head-unusable"}


def rewrite_first_leaf() -> CompactRange:
    """Change the first leaf, and everything that is computed from it; return the new tree."""
    Leaf.objects.filter(index=0).update(leaf_hash=bytes(32))
    hashes = [bytes(one.leaf_hash) for one in Leaf.objects.order_by("index")]
    joined = b"".join(hashes[:TILE_WIDTH])
    Tile.objects.filter(index=0).update(hashes=joined, root=tile_root(joined))
    tree = CompactRange()
    for one in hashes:
        tree.append(one)
    LogHead.objects.update(frontier=tree.to_bytes())
    return tree


class TestCommand:
    def run(self, settings: Settings) -> str:
        out = StringIO()
        call_command("monitor", "--once", stdout=out)
        return out.getvalue()

    def test_a_good_log(self, db: None, settings: Settings) -> None:
        append(1)
        assert self.run(settings) == "0 leaves were recomputed, 0 alarms are going.\n"

    def test_an_alarm_ends_it_with_1(self, db: None, settings: Settings) -> None:
        settings.LOG_PROMISED_DELAY = timedelta(microseconds=1)
        append(1)
        with pytest.raises(CommandError) as failure:
            self.run(settings)
        assert failure.value.returncode == 1
        assert Alarm.objects.going().exists()

    def test_without_the_verifier_key_it_says_what_to_do(self, db: None, settings: Settings) -> None:
        settings.LOG_SIGNING_KEY_FILE = Path("/nowhere/key")
        with pytest.raises(CommandError, match="create_log_key"):
            self.run(settings)
        assert not Alarm.objects.exists(), "nothing was written"


def test_the_web_service_may_do_all_that_the_monitor_does(committed_db: None) -> None:
    grow(2)
    with signed_in_as("deelwijs_app"):
        assert look() == set()
