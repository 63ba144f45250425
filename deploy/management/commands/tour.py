import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from deploy.demonstration.tour.run import NobodyToTravel, Style, take_tour


class Command(BaseCommand):
    help = "Show the main job, step by step, over HTTP against the running demonstration. Ends with 1 if a step fails."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", required=True, help="where the service runs: http://127.0.0.1:8000")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError("The tour signs in as an invented person, which only a DEMONSTRATION allows.")
        started = time.monotonic()
        try:
            held = take_tour(
                options["url"],
                lambda line: self.stdout.write(line),
                style=Style(held=self.style.SUCCESS, failed=self.style.ERROR),
            )
        except NobodyToTravel as error:
            raise CommandError(str(error)) from error
        if not held:
            raise CommandError("The tour ended at a step that did not hold.")
        self.stdout.write(f"Every step held ({time.monotonic() - started:.1f} s).")
