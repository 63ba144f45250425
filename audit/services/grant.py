"""Bring the rights of the roles to what `audit.roles` says, whatever they were before."""

from django.db import DEFAULT_DB_ALIAS, ProgrammingError, connections, transaction

from audit.roles import APP, FUNCTION_RIGHTS, ROLES, rights_on


class RolesMissing(Exception):
    """Roles do not exist and this user may not create them; `statements` is what someone who may must run."""

    def __init__(self, statements: list[str]) -> None:
        super().__init__("; ".join(statements))
        self.statements = statements


def create_missing_roles(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Create the group roles that the cluster of a database lacks and return their names, or raise RolesMissing."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(ROLES)])
        existing = {name for (name,) in cursor.fetchall()}
        missing = [role for role in ROLES if role not in existing]
        statements = [f"CREATE ROLE {role} NOLOGIN" for role in missing]
        try:
            with transaction.atomic(using=using):
                for statement in statements:
                    cursor.execute(statement)
        except ProgrammingError as error:
            raise RolesMissing(statements) from error
    return missing


def grant_rights(using: str = DEFAULT_DB_ALIAS) -> int:
    """Set the rights on every table of a database's schema, as the owner; return how many tables there were.

    One transaction: nobody ever finds a table between its old rights and its new ones.
    """
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        (schema,) = cursor.fetchone()
        tables = sorted(connection.introspection.table_names(cursor))
        roles = ", ".join(ROLES)
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {roles}")
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {roles}")
        for table in tables:
            for role, verbs in rights_on(table).items():
                cursor.execute(f"GRANT {', '.join(verbs)} ON {schema}.{connection.ops.quote_name(table)} TO {role}")
        for signature, callers in FUNCTION_RIGHTS.items():
            # Not in a database of keys alone.
            cursor.execute("SELECT to_regprocedure(%s) IS NOT NULL", [f"{schema}.{signature}"])
            if cursor.fetchone() == (True,):
                cursor.execute(f"REVOKE ALL ON FUNCTION {schema}.{signature} FROM PUBLIC, {roles}")
                cursor.execute(f"GRANT EXECUTE ON FUNCTION {schema}.{signature} TO {', '.join(callers)}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {APP}")
    return len(tables)
