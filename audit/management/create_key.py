"""What commands that make a key have in common: a key is never overwritten, and the next one comes in its stead."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.errors import Unavailable
from audit.signing.signed_note import NoteError


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The file of a key, which `setting` names; `signed` is what people keep that is signed with it.

    `create` and `rotate` make the first key and the next in a file, and return the public half. They raise
    FileExistsError, Unavailable, or NoteError where LOG_ORIGIN names no key. Without `rotate` there is one for good.
    """

    setting: str
    signed: str
    create: Callable[[Path], object]
    rotate: Callable[[Path], object] | None = None


class CreateKeyCommand(BaseCommand):
    """Make the key, or with --rotate the next one, and write its public half."""

    # The checks want the key that this command makes.
    requires_system_checks = ()
    key: ClassVar[KeyFile]

    def add_arguments(self, parser: CommandParser) -> None:
        choices = parser.add_mutually_exclusive_group()
        choices.add_argument("--if-missing", action="store_true", help="succeed quietly when there is a key already")
        if self.key.rotate:
            choices.add_argument(
                "--rotate", action="store_true", help="sign with a fresh key, and keep the old public one"
            )

    def handle(self, *args: Any, **options: Any) -> None:
        file = Path(getattr(settings, self.key.setting))
        if options["if_missing"] and file.exists():
            return
        rotate = self.key.rotate
        try:
            public = rotate(file) if rotate and options["rotate"] else self.key.create(file)
        except FileExistsError as error:
            raise CommandError(
                f"There is a key in {error.filename} already. Overwriting it would make every {self.key.signed} that"
                " people keep worthless." + (" To sign with a fresh one, add --rotate." if rotate else "")
            ) from error
        except NoteError as error:
            raise CommandError(f"LOG_ORIGIN does not do as the name of a key: {error}.") from error
        except Unavailable as error:
            raise CommandError(str(error.detail)) from error
        self.stdout.write(str(public))
