"""The keys that there are already: from the consent app's tables in the main database, whichever one this is.

Where they have left those, and this is a keystore apart, they come from the tables of this app in the main database. A
new installation has neither.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_BATCH = 2000
_NAMES = ("Epoch", "PurposeKey", "PseudonymKey", "ConsentKey", "VaultKey", "DisclosureKey")


def copy_rows(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    here = schema_editor.connection.alias
    tables = set(connections[DEFAULT_DB_ALIAS].introspection.table_names())
    source = next((app for app in _sources(here) if apps.get_model(app, "Epoch")._meta.db_table in tables), None)
    if source is None:
        return
    for name in _NAMES:
        old, new = apps.get_model(source, name), apps.get_model("keys", name)
        shared = [field.attname for field in new._meta.concrete_fields if _has(old, field.attname)]
        rows = old.objects.using(DEFAULT_DB_ALIAS).order_by("pk").values(*shared)
        batch: list[models.Model] = []
        for row in rows.iterator(chunk_size=_BATCH):
            batch.append(new(**row))
            if len(batch) == _BATCH:
                _store(new, batch, here)
                batch = []
        _store(new, batch, here)
    if source == "consent":
        _suspend(apps, here)


def _sources(here: str) -> tuple[str, ...]:
    return ("consent",) if here == DEFAULT_DB_ALIAS else ("consent", "keys")


def _store(model: Any, rows: list[models.Model], here: str) -> None:
    # Its time of making would become now.
    times = {row.pk: row.created_at for row in rows if hasattr(row, "created_at")}
    model.objects.using(here).bulk_create(rows)
    if times:
        for row in rows:
            row.created_at = times[row.pk]  # type: ignore[attr-defined]  # of this model
        model.objects.using(here).bulk_update(rows, ["created_at"])


def _suspend(apps: StateApps, here: str) -> None:
    """Suspend the keys of paused consents, which the older tables did not know."""
    keys = apps.get_model("keys", "ConsentKey").objects.using(here)
    paused = apps.get_model("consent", "Consent").objects.using(DEFAULT_DB_ALIAS).filter(state="paused")
    for consent_id, paused_at in paused.values_list("pk", "paused_at").iterator():
        keys.filter(consent_id=consent_id, wrapped__isnull=False).update(suspended_at=paused_at)


def _has(model: Any, attname: str) -> bool:
    return any(field.attname == attname for field in model._meta.concrete_fields)


class Migration(migrations.Migration):
    dependencies = [("keys", "0001_initial"), ("consent", "0006_failed_mail")]

    # Back, nothing is copied: an older version knows one epoch and one generation only. It takes a backup.
    operations = [migrations.RunPython(copy_rows, migrations.RunPython.noop)]
