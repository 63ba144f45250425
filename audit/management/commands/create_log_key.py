from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from audit.errors import DomainError
from audit.models import LogHead
from audit.services.log_key_change import add_log_key
from audit.signing.log_key import KeyInUse, OverlapNotOver, create_key_files
from audit.signing.log_keys import ED25519_KEY, ML_DSA_44_KEY
from audit.signing.signed_note import NoteError


class Command(BaseCommand):
    help = "Generate a key that signs checkpoints, and write its public half. Never overwrites one."
    # The checks want the key that this command makes.
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--if-missing", action="store_true", help="succeed quietly when there is a key already")
        parser.add_argument(
            "--rotate",
            action="store_true",
            help="make the next key: both sign until manage.py retire_log_key",
        )
        parser.add_argument(
            "--ml-dsa", action="store_true", help="a key for an ML-DSA-44 line under each checkpoint from now on"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file = Path(settings.LOG_SIGNING_KEY_FILE)
        if options["if_missing"] and file.exists():
            return
        try:
            if options["ml_dsa"]:
                made = add_log_key(algorithm=ML_DSA_44_KEY, beside_another=options["rotate"]).verifier
            elif options["rotate"]:
                made = add_log_key(algorithm=ED25519_KEY, beside_another=True).verifier
            else:
                made = create_key_files(signing_key_file=file, origin=settings.LOG_ORIGIN)
        except FileExistsError as error:
            raise CommandError(
                f"There is a key in {error.filename} already. It is the identity of the log: overwriting it"
                " would make every checkpoint that people keep worthless. --rotate makes the next one beside it."
            ) from error
        except KeyInUse as error:
            raise CommandError("An ML-DSA-44 key signs already. --ml-dsa --rotate makes the next one.") from error
        except OverlapNotOver as error:
            raise CommandError(
                "Two keys sign already. When who checks has the newer one, retire the older: manage.py retire_log_key"
            ) from error
        except NoteError as error:
            raise CommandError(f"LOG_ORIGIN does not do as the name of a key: {error}.") from error
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        except (DatabaseError, LogHead.DoesNotExist) as error:
            raise CommandError(
                f"The database does not say how far the log is, and the key counts from there: {error}. Run manage.py"
                " migrate first."
            ) from error
        self.stdout.write(str(made))
