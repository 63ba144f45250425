from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.signing.promise_key import PromiseKeyUnusable, create_promise_key_files, rotate_promise_key_files
from audit.signing.signed_note import NoteError


class Command(BaseCommand):
    help = "Generate the key that signs promises; with --rotate the next one. Older promises stay verifiable."
    # The checks want the key that this command makes.
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        choices = parser.add_mutually_exclusive_group()
        choices.add_argument("--if-missing", action="store_true", help="succeed quietly when there is a key already")
        choices.add_argument("--rotate", action="store_true", help="sign with a fresh key, and keep the old public one")

    def handle(self, *args: Any, **options: Any) -> None:
        file = Path(settings.LOG_PROMISE_KEY_FILE)
        if options["if_missing"] and file.exists():
            return
        try:
            verifier = rotate_promise_key_files(file) if options["rotate"] else create_promise_key_files(file)
        except FileExistsError as error:
            raise CommandError(
                f"There is a key in {error.filename} already. Overwriting it would make every promise that people keep"
                " worthless. To sign with a fresh one: manage.py create_promise_key --rotate"
            ) from error
        except NoteError as error:
            raise CommandError(f"LOG_ORIGIN does not do as the name of a key: {error}.") from error
        except PromiseKeyUnusable as error:
            raise CommandError(str(error.detail)) from error
        self.stdout.write(str(verifier))
