from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.errors import DomainError
from audit.fork_guard.memory import MemoryMoved, MemoryUnavailable
from audit.fork_guard.refusals import LogRefused
from audit.management.commands.keep_last_checkpoint import add_decision, read_decision
from audit.services.sequence import HeadMoved
from audit.services.succession import start_successor
from audit.signing.log_keys import LogVerifier, read_log_keys
from audit.signing.signed_note import NoteError


class Command(BaseCommand):
    help = (
        "End the log in public, and start the successor that LOG_ORIGIN and LOG_SIGNING_KEY_FILE name now. The first"
        " leaf that the successor adds states the last checkpoint of the ended log, what the database still had, and"
        " who decided. Run it as the owner of the database, on the sequencer's machine, with the sequencer stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--ended-keys",
            required=True,
            type=Path,
            metavar="FILE",
            help="the verifier keys of the log that ends: the file beside its signing key that ends in .pub",
        )
        parser.add_argument(
            "--last-checkpoint",
            type=Path,
            metavar="FILE",
            help="its newest checkpoint from elsewhere, only where the memory outside the database is lost too",
        )
        add_decision(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            started = start_successor(
                ended_log=_log(options["ended_keys"]),
                decision=read_decision(options),
                last_note=_text(options["last_checkpoint"]) if options["last_checkpoint"] else None,
            )
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        except (HeadMoved, LogRefused, MemoryMoved, MemoryUnavailable) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{started.ended} is ended with {started.size} leaves; {started.lost} that it signed are lost."
            f" Its successor signed its first checkpoint, which says so:\n\n{started.checkpoint}"
        )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error


def _log(file: Path) -> LogVerifier:
    try:
        return LogVerifier(read_log_keys(_text(file)))
    except NoteError as error:
        raise CommandError(f"{file} holds no verifier keys of a log: {error}.") from error
