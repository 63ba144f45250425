from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.logboek.destinations import Destination, DestinationsUnusable
from audit.logboek.subject import create_subject_key
from audit.services.logboek import backlog, destinations, send_backlog, send_rejected

LONGEST_RUN_SECONDS = 3600.0


class Command(BaseCommand):
    help = (
        "The Logboek Dataverwerkingen. status: how far each collector acknowledged the log. send: send what waits now,"
        " whatever failed before. create-key FILE: make the key that encrypts data subjects for a collector."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["status", "send", "create-key"])
        parser.add_argument("file", nargs="?", type=Path, help="with create-key: the file to write")
        parser.add_argument("--destination", metavar="NAME", help="this one alone")
        parser.add_argument("--rejected", action="store_true", help="with send: offer what was rejected once more")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "create-key":
            self._create_key(options["file"])
            return
        try:
            found = destinations()
        except DestinationsUnusable as error:
            raise CommandError(f"LDV_DESTINATIONS_FILE: {error}.") from error
        chosen = [one for one in found if options["destination"] in (None, one.name)]
        if not chosen:
            known = ", ".join(one.name for one in found) or "none; LDV_DESTINATIONS_FILE names them"
            raise CommandError(f"There is no such destination. There are: {known}.")
        if options["what"] == "status":
            for destination in chosen:
                self._status(destination)
            return
        failed = [one.name for one in chosen if not self._send(one, rejected=options["rejected"])]
        if failed:
            raise CommandError(
                f"Not everything was taken by: {', '.join(failed)}. What was not waits, nothing is lost."
            )

    def _create_key(self, file: Path | None) -> None:
        if file is None:
            raise CommandError("Name the file: manage.py ldv create-key FILE")
        try:
            create_subject_key(file)
        except FileExistsError as error:
            raise CommandError(
                f"There is a key in {file} already. Under another one the same people would look like others."
            ) from error
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{file} holds a new key. Keep a copy: without it no code can be traced to a person.")

    def _status(self, destination: Destination) -> None:
        stands = backlog(destination)
        position = stands.position
        lines = [f"{destination.name}: {position.sent:,} records taken, {stands.leaves:,} leaves wait"]
        if stands.oldest:
            lines.append(f"  the oldest since {stands.oldest:%Y-%m-%d %H:%M:%S} UTC")
        if position.failure:
            again = f", again at {position.retry_at:%H:%M:%S} UTC" if position.retry_at else ""
            lines.append(f"  {position.failures} failures in a row, the last: {position.failure}{again}")
        if stands.rejected:
            lines.append(f"  {stands.rejected:,} rejected and laid aside")
        self.stdout.write("\n".join(lines))

    def _send(self, destination: Destination, *, rejected: bool) -> bool:
        sent = send_rejected(destination) if rejected else _send_now(destination)
        said = f"{destination.name}: {sent.taken:,} taken, {sent.rejected:,} rejected"
        if sent.gave_way:
            said += "; another process is sending"
        self.stdout.write(f"{said}; {sent.failure}" if sent.failure else said)
        return not (sent.failure or sent.rejected)


def _send_now(destination: Destination) -> Any:
    return send_backlog(destination, seconds=LONGEST_RUN_SECONDS, at_once=True)
