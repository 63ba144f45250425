from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sharing", "0005_kept_up_to_date")]

    operations = [
        migrations.AddIndex(
            model_name="viewing",
            index=models.Index(fields=["release", "-id"], name="viewing_of_release"),
        ),
    ]
