from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sharing", "0004_upload_mandate")]

    operations = [
        migrations.AddIndex(
            model_name="viewing",
            index=models.Index(fields=["release", "-id"], name="viewing_of_release"),
        ),
    ]
