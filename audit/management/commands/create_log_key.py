from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.signing.log_key import create_key_files
from audit.signing.signed_note import NoteError


class Command(BaseCommand):
    help = "Generate the key that signs checkpoints. Never overwrites one."
    # The checks want the key that this command makes.
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--if-missing", action="store_true", help="succeed quietly when there is a key already")

    def handle(self, *args: Any, **options: Any) -> None:
        file = Path(settings.LOG_SIGNING_KEY_FILE)
        if options["if_missing"] and file.exists():
            return
        try:
            verifier = create_key_files(signing_key_file=file, origin=settings.LOG_ORIGIN)
        except FileExistsError as error:
            raise CommandError(
                f"There is a key in {error.filename} already. It is the identity of the log: overwriting it"
                " would make every checkpoint that people keep worthless."
            ) from error
        except NoteError as error:
            raise CommandError(f"LOG_ORIGIN does not do as the name of a key: {error}.") from error
        self.stdout.write(str(verifier))
