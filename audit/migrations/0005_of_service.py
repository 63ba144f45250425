"""Auditors find what happened to the service itself by an index of its few entries."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_only_grows_sqlite"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                condition=models.Q(("organisation", ""), ("subject", "")),
                fields=["-at", "-entry_id"],
                name="record_of_service",
            ),
        ),
    ]
