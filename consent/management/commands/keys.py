from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.errors import DomainError
from consent.keys.ring import start_epoch
from consent.keys.service import key_service
from consent.keys.unavailable import reason_of
from consent.models import ConsentKey, Epoch, PurposeKey


class Command(BaseCommand):
    help = "Start the first epoch of keys, or show how the keys stand."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["start", "status"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["what"] == "start":
                epoch = start_epoch()
                self.stdout.write(f"Epoch {epoch.number} is in use.")
            else:
                self._show_status()
        except DomainError as error:
            raise CommandError(f"{error.title}: {reason_of(error) or error.detail}") from error

    def _show_status(self) -> None:
        living = set(key_service().names())
        for epoch in Epoch.objects.order_by("number"):
            state = "living" if epoch.key_name in living else "gone from the key service"
            purposes = PurposeKey.objects.filter(epoch=epoch).count()
            self.stdout.write(f"Epoch {epoch.number}: key {state}, {purposes} purpose keys")
        consents = ConsentKey.objects.all()
        destroyed = consents.filter(wrapped__isnull=True).count()
        self.stdout.write(f"Consent keys: {consents.count() - destroyed} living, {destroyed} destroyed")
