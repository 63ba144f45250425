"""PostgreSQL leaves room in the pages of consents.

Every release counts a use in the consent's row. With room on its page the new row version stays there and no index
is touched (a HOT update); without, each count would write six indexes.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def leave_room(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE consent_consent SET (fillfactor = 75)")


def leave_none(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE consent_consent RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("consent", "0002_published_stays")]

    operations = [migrations.RunPython(leave_room, leave_none)]
