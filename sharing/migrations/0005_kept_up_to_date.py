"""When the values of a copy were taken from the vault, which for the copies that there are is when they were sealed."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def write_values_at(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("sharing", "SealedItem").objects.update(values_at=models.F("sealed_at"))


class Migration(migrations.Migration):
    dependencies = [("sharing", "0004_upload_mandate")]

    operations = [
        migrations.AddField(
            model_name="sealeditem",
            name="values_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(write_values_at, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="sealeditem",
            name="values_at",
            field=models.DateTimeField(),
        ),
    ]
