from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError, connection

from audit.services.partitions import MONTHS_AHEAD, make_partitions, move_out_of_default


class Command(BaseCommand):
    help = "Make the partitions of the coming months. Beat does so every day; safe to repeat."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--months", type=int, default=MONTHS_AHEAD, help=f"how many; {MONTHS_AHEAD} unless told")
        parser.add_argument(
            "--move",
            action="store_true",
            help="first move the rows of these months that lie in a default partition; as the owner, the log waits",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Partitions need PostgreSQL; on SQLite the log is one table each.")
        months = options["months"]
        if not 1 <= months <= 24:
            raise CommandError("Give --months a number from 1 to 24.")
        try:
            moved = move_out_of_default(months=months) if options["move"] else {}
        except ProgrammingError as error:
            raise CommandError("Only the owner of the tables may move rows: run this as who runs migrate.") from error
        made = make_partitions(months=months)
        for partition, rows in moved.items():
            self.stdout.write(f"{partition}: made, {rows:,} rows moved into it")
        for partition in made:
            self.stdout.write(f"{partition}: made")
        if not moved and not made:
            self.stdout.write("Every coming month has its partitions.")
