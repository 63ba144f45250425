import json
import os
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from audit.errors import DomainError
from audit.fork_guard.ended_logs import past
from audit.fork_guard.last_checkpoint import read_last_checkpoint
from audit.fork_guard.memory import MemoryUnavailable
from audit.fork_guard.refusals import LogRefused
from audit.models import Checkpoint, LogHead
from audit.services.verify import Verification, verify_log
from audit.signing.checkpoint import CheckpointError, TreeHead
from audit.signing.log_key import load_verifier
from audit.signing.log_keys import LogVerifier
from audit.signing.signed_note import NoteError
from audit.verification import kept_state
from audit.verification.growing_tree import tree_from_tiles
from audit.verification.kept_state import VerifiedTree
from audit.verification.other_processes import other_processes
from audit.verification.verified_part import NotAPart, VerifiedPart

# Below this, starting another process takes longer than it saves.
LEAVES_FOR_MORE_PROCESSES = 100_000
KEEPS_EVERY_SECONDS = 1.0
# An id is made before its transaction commits. No transaction of the service lasts as long.
LONGEST_TRANSACTION = timedelta(days=1)


class Command(BaseCommand):
    help = (
        "Recompute the log and name the first row that was changed. Ends with 1 if there is one."
        " A run that was stopped, by Ctrl-C or by a power cut, goes on where it was."
    )
    # A log whose triggers are gone is exactly what this is for.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="write the result as one JSON object")
        parser.add_argument(
            "--checkpoint",
            action="append",
            default=[],
            type=Path,
            metavar="FILE",
            help="hold the log against a checkpoint that was kept elsewhere as well; can be repeated",
        )
        parser.add_argument(
            "--since-last",
            action="store_true",
            help="recompute what came after the last run that found nothing; of what came before, the tree alone",
        )
        parser.add_argument("--restart", action="store_true", help="begin anew, also if the last run was stopped")
        parser.add_argument(
            "--processes",
            type=int,
            default=os.cpu_count() or 1,
            metavar="N",
            help="how many check rows at the same time (default: one a core)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            verifier = load_verifier()
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        kept = _kept_heads(options["checkpoint"], verifier)
        _check_folder(Path(settings.LOG_WATCH_FOLDER))
        since_last: bool = options["since_last"]
        begun = datetime.now(UTC)
        part = self._part(verifier, since_last=since_last, restart=options["restart"])
        size = LogHead.objects.values_list("size", flat=True).first() or 0
        worth_it = size - part.tree.size >= LEAVES_FOR_MORE_PROCESSES
        with (
            other_processes(options["processes"] if worth_it else 1) as executor,
            tqdm(
                total=size, initial=part.tree.size, unit=" leaves", file=sys.stderr, disable=not sys.stderr.isatty()
            ) as bar,
        ):
            keeper = _Keeper(since_last=since_last)

            def show(done: int, _total: int) -> None:
                bar.update(done - bar.n)

            try:
                result = verify_log(
                    verifier=verifier,
                    kept=kept,
                    part=part,
                    progress=show,
                    keep=keeper.keep,
                    executor=executor,
                )
            except KeyboardInterrupt:
                raise CommandError(
                    "Stopped. The same command goes on where this one was; with --restart it begins anew.",
                    returncode=130,
                ) from None
            except DomainError as error:
                raise CommandError(str(error.detail)) from error
            except BrokenProcessPool as error:
                raise CommandError(
                    "A process that checked rows was ended. The same command goes on where this one was; with"
                    " --processes=1 it needs no other."
                ) from error
        kept_state.forget_unfinished()
        if result.discrepancy is None:
            _keep_verified(part, verifier, begun)
        self._tell(result, as_json=options["json"])

    def _part(self, verifier: LogVerifier, *, since_last: bool, restart: bool) -> VerifiedPart:
        """Return from where on to verify."""
        try:
            unfinished = None if restart else kept_state.read_unfinished(since_last=since_last)
            if unfinished is not None:
                self.stderr.write(f"Going on from leaf {unfinished.tree.size:,}, where the last run was stopped.")
                return unfinished
            verified = kept_state.read_verified(verifier) if since_last else None
        except NotAPart as error:
            raise CommandError(
                f"What earlier runs left cannot be used: {error}. Verify the whole log: --restart."
            ) from error
        if verified is None:
            if since_last:
                self.stderr.write("The log was not verified here before: the whole of it is.")
            return VerifiedPart()
        return VerifiedPart(tree=verified.tree, since=_least_id(verified.at - LONGEST_TRANSACTION))

    def _tell(self, result: Verification, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(result)))
        elif result.discrepancy is None:
            self.stdout.write(self.style.SUCCESS(f"The log is as it was written: {_counts(result)}."))
        if result.discrepancy is not None:
            # With --json the discrepancy is in the object already.
            raise CommandError(f"The log was changed. {result.discrepancy}", returncode=1)


class _Keeper:
    """Keeps how far it is once a second: a file that is written down to the disk costs more than a batch."""

    def __init__(self, *, since_last: bool) -> None:
        self.since_last = since_last
        self.next = time.monotonic() + KEEPS_EVERY_SECONDS

    def keep(self, part: VerifiedPart) -> None:
        if time.monotonic() >= self.next:
            kept_state.keep_unfinished(part, since_last=self.since_last)
            self.next = time.monotonic() + KEEPS_EVERY_SECONDS


def _keep_verified(part: VerifiedPart, verifier: LogVerifier, at: datetime) -> None:
    """Remember the newest checkpoint within what was verified, as where the next run may begin."""
    signed = Checkpoint.objects.filter(size__lte=part.tree.size).newest_first().first()
    if signed is None or signed.size == 0:
        return
    tree = part.tree if signed.size == part.tree.size else tree_from_tiles(signed.size)
    if tree.root() == past().open_checkpoint(signed.note, verifier).root:
        kept_state.keep_verified(VerifiedTree(tree, signed.note, at))


def _least_id(at: datetime) -> UUID:
    """Return what no id made later comes before (UUIDv7, RFC 9562 §5.7)."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"LOG_WATCH_FOLDER cannot be made: {error}. Name a folder that you may write to.") from error
    if not os.access(folder, os.W_OK):
        raise CommandError(f"LOG_WATCH_FOLDER, {folder}, is not yours to write to. Name another one.")


def _kept_heads(files: list[Path], verifier: LogVerifier) -> list[TreeHead]:
    """Read the checkpoints that this machine and others kept. Signatures count, so a forged one is a mistake."""
    try:
        last = read_last_checkpoint(verifier)
        before = past()
        given = [before.open_checkpoint(file.read_text(encoding="utf-8"), verifier) for file in files]
    except (OSError, UnicodeDecodeError, NoteError, CheckpointError, LogRefused, MemoryUnavailable) as error:
        raise CommandError(f"A kept checkpoint cannot be used: {error}") from error
    return [*given, *([last.head] if last and last.head else [])]


def _counts(result: Verification) -> str:
    return (
        f"{result.leaves:,} leaves, {result.tiles:,} tiles, {result.checkpoints:,} checkpoints,"
        f" {result.timestamps:,} timestamps, {result.pending:,} entries waiting, {result.erased:,} records erased"
    )
