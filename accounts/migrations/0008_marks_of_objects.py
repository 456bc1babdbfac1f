from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_org_in_every_key")]

    operations = [
        migrations.AddField(
            model_name="objectsync",
            name="marks",
            field=models.JSONField(
                default=dict,
                help_text="Where formulas and ids were left in the middle; "
                "which fields are in unrest.",
            ),
        ),
    ]
