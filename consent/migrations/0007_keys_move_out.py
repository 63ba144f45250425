"""The key tables have moved to an app of their own; what they were in goes, once their rows are there."""

import uuid_utils.compat
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def number_the_keys_in_use(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    key = apps.get_model("consent", "ConsentKey").objects.filter(consent=models.OuterRef("pk"))
    apps.get_model("consent", "Consent").objects.filter(key__isnull=False).update(
        key_generation=models.Subquery(key.values("generation")[:1])
    )


def refuse_to_lose_keys(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Raise where rows were not copied: the keystore apart was not migrated before this database."""
    for name in ("Epoch", "ConsentKey", "VaultKey", "DisclosureKey"):
        if apps.get_model("consent", name).objects.count() > apps.get_model("keys", name).objects.count():
            raise RuntimeError("The keys were not copied. Run first: manage.py migrate --database keystore")


class Migration(migrations.Migration):
    dependencies = [("consent", "0006_failed_mail"), ("keys", "0002_rows_of_consent")]

    operations = [
        migrations.AddField(model_name="consent", name="key_generation", field=models.PositiveIntegerField(default=0)),
        migrations.RunPython(number_the_keys_in_use, migrations.RunPython.noop),
        migrations.CreateModel(
            name="KeyOrder",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("what", models.CharField(choices=[("destroy", "Destroy"), ("suspend", "Suspend")], max_length=10)),
                ("kind", models.CharField(choices=[("consent", "Consent"), ("vault", "Vault")], max_length=10)),
                ("owner", models.UUIDField()),
                ("generation", models.PositiveIntegerField()),
                ("ordered_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("what", "kind", "owner", "generation"), name="key_order_once")
                ],
            },
        ),
        migrations.RunPython(refuse_to_lose_keys, migrations.RunPython.noop),
        migrations.DeleteModel(name="ConsentKey"),
        migrations.DeleteModel(name="DisclosureKey"),
        migrations.DeleteModel(name="VaultKey"),
        migrations.DeleteModel(name="PseudonymKey"),
        migrations.DeleteModel(name="PurposeKey"),
        migrations.DeleteModel(name="Epoch"),
    ]
