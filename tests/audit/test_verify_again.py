"""Verification goes on where it was stopped, and from what it verified last, without believing the database."""

import json
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from audit.management.commands import verify_log as verify_log_command
from audit.models import Checkpoint, Leaf, LoggedEntry, Pending, Record, Tile
from audit.services import verify
from audit.services.verify import Verification, verify_log
from audit.signing.log_key import load_verifier
from audit.tree.merkle import CompactRange
from audit.tree.tiles import TILE_WIDTH, tile_root
from audit.verification import kept_state
from audit.verification.growing_tree import tree_from_tiles
from audit.verification.verified_part import NotAPart, VerifiedPart
from tests.audit.log import all_powerful, append, grow
from tests.audit.test_verify_log import SIZE, edit_record, run

WHOLE = Verification(leaves=2 * TILE_WIDTH + 3, tiles=2, checkpoints=3, pending=2)


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


@pytest.fixture
def log(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """A log of two full tiles, with checkpoints within tiles and beside them, read in odd batches."""
    monkeypatch.setattr(verify, "LEAVES_AT_ONCE", 200)
    monkeypatch.setattr(verify, "BATCH", 300)
    grow(10)
    grow(TILE_WIDTH - 10)
    grow(TILE_WIDTH + 3)
    append(2)
    return list(Leaf.objects.order_by("index").values_list("entry_id", flat=True))


def stop_after(batches: int) -> Callable[[VerifiedPart], None]:
    """Stop a verification after so many batches, with what it keeps then written down."""
    left = batches

    def keep(part: VerifiedPart) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            kept_state.keep_unfinished(part, since_last=False)
            raise Stopped

    return keep


def stopped(batches: int) -> VerifiedPart | None:
    """Return how far a verification comes in so many batches; None where it ends before."""
    try:
        verify_log(verifier=load_verifier(), keep=stop_after(batches))
    except Stopped:
        return kept_state.read_unfinished(since_last=False)
    return None


def test_it_may_stop_after_any_batch(log: list[UUID]) -> None:
    batches = 0
    while (part := stopped(batches + 1)) is not None:
        batches += 1
        assert verify_log(verifier=load_verifier(), part=part) == WHOLE, f"stopped after {batches}"
    assert batches > 6


def test_the_tree_is_put_together_from_its_tiles(log: list[UUID]) -> None:
    tree = CompactRange()
    for leaf in Leaf.objects.order_by("index"):
        if tree.size % 37 == 0 or tree.size % TILE_WIDTH in (0, 1, TILE_WIDTH - 1):
            assert tree_from_tiles(tree.size).roots == tree.roots
        tree.append(bytes(leaf.leaf_hash))
    assert tree_from_tiles(len(log)).roots == tree.roots


class InTurn(Executor):
    """Checks a batch as soon as it is given out."""

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        done.set_result(task(*args, **kwargs))
        return done


def test_batches_that_others_check_give_the_same(log: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "LEAVES_AT_ONCE", 60)
    assert verify_log(verifier=load_verifier(), executor=InTurn()) == WHOLE
    with all_powerful():
        edit_record(log)
        discrepancy = verify_log(verifier=load_verifier(), executor=InTurn()).discrepancy
    assert discrepancy is not None
    assert discrepancy.where == f"record {log[5]}"


@pytest.mark.slow
def test_several_processes_find_what_one_does(
    log: list[UUID], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verify_log_command, "LEAVES_FOR_MORE_PROCESSES", 1)
    # The settings of a test run name no server before it runs; those of the service take it from the environment.
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "deploy.settings")
    said, code = run("--json", "--processes=2")
    assert (code, json.loads(said)["leaves"]) == (0, WHOLE.leaves)
    with all_powerful():
        Record.objects.filter(entry_id=log[400]).update(salt=bytes(32))
    said, code = run("--processes=2")
    assert (code, f"record {log[400]}" in said) == (1, True)
    assert "Traceback" not in capfd.readouterr().err


def test_what_is_changed_behind_the_place_where_it_stopped_is_found_by_the_tree(log: list[UUID]) -> None:
    part = stopped(2)
    assert part is not None
    assert part.tree.size > TILE_WIDTH
    with all_powerful():
        tile = Tile.objects.get(index=0)
        hashes = bytes(32) + bytes(tile.hashes)[32:]
        Tile.objects.filter(index=0).update(hashes=hashes, root=tile_root(hashes))
    discrepancy = verify_log(verifier=load_verifier(), part=part).discrepancy
    assert discrepancy is not None
    assert (discrepancy.kind, discrepancy.where) == ("verified-part-altered", f"first {part.tree.size} leaves")


def test_what_is_changed_ahead_of_it_is_named(log: list[UUID]) -> None:
    part = stopped(1)
    assert part is not None
    with all_powerful():
        Record.objects.filter(entry_id=log[400]).update(salt=bytes(32))
    discrepancy = verify_log(verifier=load_verifier(), part=part).discrepancy
    assert discrepancy is not None
    assert discrepancy.where == f"record {log[400]}"


class TestCommand:
    def test_a_run_that_was_stopped_goes_on(self, log: list[UUID]) -> None:
        assert stopped(2) is not None
        said, code = run("--json")
        assert code == 0
        assert json.loads(said)["leaves"] == WHOLE.leaves
        assert not kept_state.unfinished_file().exists()

    def test_only_what_came_since_is_recomputed(self, log: list[UUID]) -> None:
        assert run()[1] == 0
        grow(5)
        said, code = run("--json", "--since-last")
        result = json.loads(said)
        assert (code, result["leaves"], result["checkpoints"]) == (0, 7, 2), "the two that waited are among them"

    def test_what_was_changed_since_or_before_is_found(self, log: list[UUID], subtests: pytest.Subtests) -> None:
        def rewrite_first_leaf_and_all_that_is_signed() -> str:
            tile = Tile.objects.get(index=0)
            hashes = bytes(32) + bytes(tile.hashes)[32:]
            Tile.objects.filter(index=0).update(hashes=hashes, root=tile_root(hashes))
            Checkpoint.objects.all().delete()
            return "verified-part-altered"

        def cut_off() -> str:
            Leaf.objects.filter(index__gte=SIZE).delete()
            return "verified-part-altered"

        def take_pending_row_away() -> str:
            appended = append(1)[0]
            Pending.objects.filter(entry_id=appended.id).delete()
            return f"entry {appended.id}"

        assert run()[1] == 0
        with all_powerful():
            for change in (rewrite_first_leaf_and_all_that_is_signed, cut_off, take_pending_row_away):
                with subtests.test(change.__name__), transaction.atomic():
                    expected = change()
                    said, code = run("--since-last")
                    assert (code, expected in said) == (1, True), said
                    transaction.set_rollback(True)
        assert run("--since-last")[1] == 0, "each was taken back"

    def test_the_first_time_since_is_the_whole_log(self, log: list[UUID]) -> None:
        assert json.loads(run("--json", "--since-last")[0])["leaves"] == WHOLE.leaves

    @pytest.mark.parametrize("file", [kept_state.unfinished_file, kept_state.verified_file])
    @pytest.mark.parametrize("text", ["", "{", "[]", '{"sinceLast": true, "stage": "leaves", "size": -1}'])
    def test_files_that_are_not_ours_are_refused(self, db: None, file: Callable[[], Path], text: str) -> None:
        file().parent.mkdir(parents=True, exist_ok=True)
        file().write_text(text, encoding="utf-8")
        said, code = run("--since-last")
        assert code == 1
        assert "--restart" in said

    def test_a_folder_that_cannot_be_written_is_said(self, db: None, settings: Settings, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("", encoding="utf-8")
        settings.LOG_WATCH_FOLDER = tmp_path / "file" / "folder"
        said, code = run()
        assert code == 1
        assert "LOG_WATCH_FOLDER" in said

    def test_a_verified_part_that_the_log_did_not_sign_is_refused(self, log: list[UUID]) -> None:
        assert run()[1] == 0
        file = kept_state.verified_file()
        kept = json.loads(file.read_text(encoding="utf-8"))
        kept["frontier"] = "00" * (len(kept["frontier"]) // 2)
        file.write_text(json.dumps(kept), encoding="utf-8")
        with pytest.raises(NotAPart):
            kept_state.read_verified(load_verifier())
        assert LoggedEntry.objects.count() == len(log) + 2, "nothing was written"
