from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from audit.services.grant import RolesMissing, create_missing_roles, grant_rights


class Command(BaseCommand):
    help = "Create the database roles and set their rights. Run as the owner, after migrate; safe to repeat."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Roles need PostgreSQL; on SQLite the triggers alone guard the log.")
        try:
            created = create_missing_roles()
        except RolesMissing as error:
            raise CommandError(
                f"The user {connection.settings_dict['USER']!r} may not create roles. Let a superuser run:\n\n"
                + "".join(f"    {statement};\n" for statement in error.statements)
                + "\nand then run this command again."
            ) from error
        tables = grant_rights()
        if options["verbosity"]:
            made = f"created {', '.join(created)}; " if created else ""
            self.stdout.write(f"Rights are set: {made}{tables} tables.")
