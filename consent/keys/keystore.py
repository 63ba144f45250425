"""Where the key tables live: with the rest, or in a database of their own.

Apart, whoever steals a backup of the main database holds no key at all, wrapped or not. The price is that two databases
do not commit together, so a change of keys is ordered: what makes a key is there before the main commit, and what ends
one follows it (`consent.keys.orders`). Between the two the consent itself refuses.
"""

from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, models

APP_LABEL = "keys"
APART = "keystore"


def keystore() -> str:
    """Return the alias of the database that holds the key tables."""
    return APART if keystore_is_apart() else DEFAULT_DB_ALIAS


def keystore_is_apart() -> bool:
    """Tell whether the key tables have a database of their own (KEYSTORE_DATABASE_URL)."""
    return APART in settings.DATABASES


class KeystoreRouter:
    """Sends the key tables to their database, and keeps all others out of it."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        return keystore() if model._meta.app_label == APP_LABEL else None

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str | None:
        return self.db_for_read(model, **hints)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        if not keystore_is_apart():
            return None
        return (db == APART) == (app_label == APP_LABEL)
