from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0007_keys_move_out"),
    ]

    operations = [
        migrations.AlterField(
            model_name="mail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("confirm-address", "Confirm Address"),
                    ("asked", "Asked"),
                    ("asked-to-allow", "Asked To Allow"),
                    ("used", "Used"),
                    ("about-to-end", "About To End"),
                    ("ended", "Ended"),
                    ("version-changed", "Version Changed"),
                    ("offer-answered", "Offer Answered"),
                    ("mandate-changed", "Mandate Changed"),
                    ("contest-answered", "Contest Answered"),
                    ("contest-extended", "Contest Extended"),
                ],
                max_length=20,
            ),
        ),
    ]
