"""An empty tree has a head too: the sequencer only ever updates this row."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def insert_head(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    heads = apps.get_model("audit", "LogHead").objects.using(schema_editor.connection.alias)
    heads.create(id=1, size=0, frontier=b"")


def delete_head(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("audit", "LogHead").objects.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_tables")]

    operations = [migrations.RunPython(insert_head, delete_head)]
