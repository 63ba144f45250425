from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.errors import DomainError
from audit.services.log_key_change import retire_log_keys
from audit.signing.log_key import NothingToRetire
from audit.signing.log_keys import ED25519_KEY, ML_DSA_44_KEY


class Command(BaseCommand):
    help = "Take the older key out of use: it signs nothing more, and its public half stays with the size it ended at."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ml-dsa", action="store_true", help="the older key of the ML-DSA-44 line")
        parser.add_argument("--end", action="store_true", help="with --ml-dsa: the newest too, so that the line ends")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["end"] and not options["ml_dsa"]:
            raise CommandError("An Ed25519 key signs every checkpoint: only the ML-DSA-44 line can end.")
        try:
            retired = retire_log_keys(
                algorithm=ML_DSA_44_KEY if options["ml_dsa"] else ED25519_KEY, all_of_them=options["end"]
            )
        except NothingToRetire as error:
            raise CommandError(
                "No key but the newest signs, and nothing is retired. manage.py create_log_key --rotate makes the next."
            ) from error
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        for key in retired:
            self.stdout.write(str(key))
