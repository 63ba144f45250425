from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0005_history_so_far")]

    operations = [
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(fields=["done_at"], condition=models.Q(state="failed"), name="mail_failed"),
        ),
    ]
