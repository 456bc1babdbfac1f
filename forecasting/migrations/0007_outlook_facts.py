from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forecasting", "0006_run_base_rates")]

    operations = [
        migrations.AddField(
            model_name="dealoutlook",
            name="facts",
            field=models.JSONField(
                default=dict,
                help_text="The numbers that score and warnings rest on, those that are known.",
            ),
        ),
    ]
