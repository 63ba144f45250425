"""The database, and the one that the key tables may have for themselves."""

from datetime import timedelta

from deploy import databases
from deploy.settings.given import environment

DATABASE_STATEMENT_TIMEOUT = environment.duration(
    "DATABASE_STATEMENT_TIMEOUT",
    "how long one statement may take",
    default=timedelta(seconds=15),
    most=timedelta(hours=1),
)
DATABASES = {
    "default": databases.configuration(
        environment.url("DATABASE_URL", "the address of the database", schemes=("postgres", "postgresql", "sqlite")),
        statement_timeout=DATABASE_STATEMENT_TIMEOUT,
    )
}
_keystore = environment.url(
    "KEYSTORE_DATABASE_URL",
    "the address of a database of its own for the key tables",
    schemes=("postgres", "postgresql"),
    default="",
)
if _keystore:
    DATABASES["keystore"] = databases.configuration(_keystore, statement_timeout=DATABASE_STATEMENT_TIMEOUT)
DATABASE_ROUTERS = ["consent.keys.keystore.KeystoreRouter"]
