from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.errors import DomainError
from audit.models import WatchedLog
from audit.services.witness import stop_watching, watch_log


class Command(BaseCommand):
    help = "Say for which logs of others this service is a witness."

    def add_arguments(self, parser: CommandParser) -> None:
        doing = parser.add_subparsers(dest="doing", required=True)
        add = doing.add_parser("add-log", help="watch a log, or accept one more key of it")
        add.add_argument("key", help="its verifier key, name+id+base64; the name is that of the log")
        stop = doing.add_parser("stop-log", help="stop watching a log; what was seen of it is kept")
        stop.add_argument("origin", help="the name of the log")
        doing.add_parser("logs", help="list the logs, with what was seen of them last")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            match options["doing"]:
                case "add-log":
                    log = watch_log(key=options["key"])
                    self.stdout.write(f"This service is a witness for {log.origin}.")
                case "stop-log":
                    stop_watching(origin=options["origin"])
                    self.stdout.write(f"This service is no witness for {options['origin']} any more.")
                case _:
                    self._list()
        except DomainError as error:
            raise CommandError(str(error.detail)) from error

    def _list(self) -> None:
        for log in WatchedLog.objects.order_by("origin"):
            seen = f"{log.size} leaves, {log.cosigned_at:%Y-%m-%d %H:%M} UTC" if log.cosigned_at else "nothing yet"
            self.stdout.write(f"{log.origin}: {seen}{'; stopped' if log.stopped_at else ''}")
