import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0006_failed_mail"),
        ("sharing", "0003_files"),
    ]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="mandate",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="consent.mandate",
            ),
        ),
    ]
