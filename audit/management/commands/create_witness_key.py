from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.signing.signed_note import NoteError
from audit.witness.own_key import create_witness_key_file


class Command(BaseCommand):
    help = "Generate the keys that cosign the logs of others, and show their verifier keys. Never overwrites them."
    # The checks want the settings that this command is part of making.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.WITNESS_KEY_FILE or not Path(settings.WITNESS_KEY_FILE).is_absolute():
            raise CommandError("Set WITNESS_KEY_FILE to where the key is kept, as an absolute path.")
        try:
            keys = create_witness_key_file(file=Path(settings.WITNESS_KEY_FILE), name=settings.WITNESS_NAME)
        except FileExistsError as error:
            raise CommandError(
                f"There is a key in {error.filename} already. Overwriting it would make worthless all that this witness"
                " has signed."
            ) from error
        except NoteError as error:
            raise CommandError(f"WITNESS_NAME does not do as the name of a key: {error}.") from error
        for key in keys:
            self.stdout.write(key)
