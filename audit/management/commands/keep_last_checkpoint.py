from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.errors import DomainError
from audit.fork_guard.memory import MemoryMoved, MemoryUnavailable
from audit.fork_guard.refusals import LogRefused
from audit.services.decision import Decision
from audit.services.keep_memory import keep_memory_from_database


class Command(BaseCommand):
    help = (
        "Keep the newest checkpoint of the database outside it, where what was kept is lost for good. Hold the database"
        " against a checkpoint that somebody else keeps first (verify_log --checkpoint): a restored backup cannot be"
        " told from the log itself by this service alone. Stands in the log, with who decided."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from-database", action="store_true", required=True, help="there is no other source")
        add_decision(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            kept = keep_memory_from_database(decision=read_decision(options))
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        except (LogRefused, MemoryMoved, MemoryUnavailable) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{kept.place} keeps the checkpoint over {kept.head.size} leaves. That stands in the log.")


def add_decision(parser: CommandParser) -> None:
    parser.add_argument(
        "--decided-by",
        action="append",
        default=[],
        metavar="NAME",
        help="the name or the function of who decided; give two. They are published",
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="why; it is published")


def read_decision(options: dict[str, Any]) -> Decision:
    return Decision(decided_by=tuple(options["decided_by"]), reason=options["reason"])
