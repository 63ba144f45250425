from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError
from django.utils import timezone

from audit.errors import DomainError
from audit.models import ErasureOrder
from audit.retention.classes import CLASSES
from audit.retention.due import erasable_records, held_records
from audit.services.erase import RecordsChanged, erase_due


class Command(BaseCommand):
    help = (
        "Erase the records whose period is over, and those of approved orders. DATABASE_URL signs in with a login in"
        " the role deelwijs_eraser, which nothing else uses. Safe to stop and to repeat."
    )
    # The eraser needs no key, no queue and no people.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and erase nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["dry_run"]:
                self._say_what_is_due()
                return
            # Each batch is told of when it is committed: who stops this knows what is gone.
            erased = erase_due(progress=lambda rule, records: self.stdout.write(f"{rule}: {records:,} records erased"))
        except DomainError as error:
            raise CommandError(str(error.detail)) from error
        except RecordsChanged as error:
            raise CommandError(f"Something was changed meanwhile: {error}. Run this again.") from error
        except ProgrammingError as error:
            raise CommandError(
                "This login may not erase. Set DATABASE_URL to a login in the role deelwijs_eraser, and run"
                " manage.py grant_roles as the owner if it is one."
            ) from error
        if not erased:
            self.stdout.write("Nothing is due.")

    def _say_what_is_due(self) -> None:
        now = timezone.now()
        for one in CLASSES.values():
            due, held = erasable_records(one, now=now).count(), held_records(one, now=now).count()
            self.stdout.write(f"{one.name}: {due:,} records are due, {held:,} more are held")
        self.stdout.write(f"orders: {ErasureOrder.objects.approved().count():,} to carry out")
