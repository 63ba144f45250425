from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.evidence.evidence_key import create_evidence_key
from audit.signing.signed_note import NoteError


class Command(BaseCommand):
    help = "Generate the key that seals evidence bundles. Never overwrites one."
    # The checks want the key that this command makes.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-missing", action="store_true", help="succeed quietly when there is a key already")

    def handle(self, *args: Any, **options: Any) -> None:
        file = Path(settings.EVIDENCE_KEY_FILE)
        if options["if_missing"] and file.exists():
            return
        try:
            signer = create_evidence_key(file)
        except FileExistsError as error:
            raise CommandError(
                f"There is a key in {file} already. Overwriting it would make the seal of every bundle that people keep"
                " worthless."
            ) from error
        except NoteError as error:
            raise CommandError(f"LOG_ORIGIN does not do as the name of a key: {error}.") from error
        self.stdout.write(str(signer.verifier))
