from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from audit.services.grant import RolesMissing, create_missing_roles, grant_rights


class Command(BaseCommand):
    help = "Create the database roles and set their rights. Run as the owner, after migrate; safe to repeat."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database",
            choices=list(connections),
            default=DEFAULT_DB_ALIAS,
            help="which one; keystore, where it is apart",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        database = options["database"]
        connection = connections[database]
        if connection.vendor != "postgresql":
            raise CommandError("Roles need PostgreSQL; on SQLite the triggers alone guard the log.")
        try:
            created = create_missing_roles(database)
        except RolesMissing as error:
            raise CommandError(
                f"The user {connection.settings_dict['USER']!r} may not create roles. Let a superuser run:\n\n"
                + "".join(f"    {statement};\n" for statement in error.statements)
                + "\nand then run this command again."
            ) from error
        tables = grant_rights(database)
        if options["verbosity"]:
            made = f"created {', '.join(created)}; " if created else ""
            self.stdout.write(f"Rights are set: {made}{tables} tables.")
