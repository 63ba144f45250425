import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.errors import DomainError
from audit.fork_guard.ended_logs import past
from audit.fork_guard.last_checkpoint import read_last_checkpoint
from audit.fork_guard.memory import MemoryUnavailable
from audit.fork_guard.refusals import LogRefused
from audit.services.verify import Verification, verify_log
from audit.signing.checkpoint import CheckpointError, TreeHead
from audit.signing.log_key import load_verifier
from audit.signing.log_keys import LogVerifier
from audit.signing.signed_note import NoteError


class Command(BaseCommand):
    help = "Recompute the whole log and name the first row that was changed. Ends with 1 if there is one."
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

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            verifier = load_verifier()
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        try:
            result = verify_log(
                verifier=verifier,
                kept=_kept_heads(options["checkpoint"], verifier),
                progress=self._show_progress if sys.stderr.isatty() else None,
            )
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(result)))
        elif result.discrepancy is None:
            self.stdout.write(self.style.SUCCESS(f"The log is as it was written: {_counts(result)}."))
        if result.discrepancy is not None:
            # With --json the discrepancy is in the object already.
            raise CommandError(f"The log was changed. {result.discrepancy}", returncode=1)

    def _show_progress(self, done: int, total: int) -> None:
        width = 30
        filled = width * done // max(total, 1)
        end = "\n" if done == total else ""
        self.stderr.write(f"\r[{'#' * filled:{width}}] {done:,} of {total:,} leaves", ending=end)
        self.stderr.flush()


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
