from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from consent.errors import ReceiptKeyUnusable
from consent.receipts.signing_key import create_key_file, rotate_key_file


class Command(BaseCommand):
    help = "Generate the key that signs receipts; with --rotate the next one. Receipts stay valid under older keys."
    # The checks want the key that this command makes.
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        choices = parser.add_mutually_exclusive_group()
        choices.add_argument("--if-missing", action="store_true", help="succeed quietly when there is a key already")
        choices.add_argument("--rotate", action="store_true", help="sign with a fresh key, and keep the old public one")

    def handle(self, *args: Any, **options: Any) -> None:
        file = Path(settings.RECEIPT_SIGNING_KEY_FILE)
        if options["if_missing"] and file.exists():
            return
        try:
            key = rotate_key_file(file) if options["rotate"] else create_key_file(file)
        except FileExistsError as error:
            raise CommandError(
                f"There is a key in {file} already. Overwriting it would make every receipt that people keep"
                " worthless. To sign with a fresh one: manage.py create_receipt_key --rotate"
            ) from error
        except ReceiptKeyUnusable as error:
            raise CommandError(str(error.detail)) from error
        self.stdout.write(key.thumbprint())
