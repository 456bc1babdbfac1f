from django.db import migrations, models

# A list sorts and adds up rows whose reasons it does not read: those are stored beside them.
NARROW = "ALTER TABLE forecasting_dealoutlook SET (toast_tuple_target = 256)"
WIDE = "ALTER TABLE forecasting_dealoutlook RESET (toast_tuple_target)"


def index(*fields: str, name: str) -> migrations.AddIndex:
    return migrations.AddIndex("dealoutlook", models.Index(fields=list(fields), name=name))


class Migration(migrations.Migration):
    dependencies = [("forecasting", "0009_win_rate_diagnosis")]

    operations = [
        index("org", "probability", "id", name="outlook_by_chance"),
        index("org", "risk", "id", name="outlook_by_risk"),
        index("org", "close_date", "id", name="outlook_by_close_date"),
        migrations.AddIndex(
            "dealoutlook",
            models.Index(
                "org",
                models.F("corporate_amount").desc(nulls_last=True),
                models.F("id").desc(),
                name="outlook_by_amount",
            ),
        ),
        index("org", "-as_of", name="outlook_newest"),
        migrations.RunSQL(NARROW, WIDE),
    ]
