from django.db import migrations

# What is foreseen is written by tasks alone; what people do about it, by pages.
FORESEEN = ("dealoutlook", "dealanalysis")
OURS = ("dealaction", "dealnote", "play", "riskpolicy")


def walled(name: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"SELECT wall_build('forecasting_{name}')", f"SELECT wall_remove('forecasting_{name}')"
    )


def only_read(name: str) -> migrations.RunSQL:
    rights = "INSERT, UPDATE, DELETE ON forecasting_"
    return migrations.RunSQL(
        f"REVOKE {rights}{name} FROM revenue_web", f"GRANT {rights}{name} TO revenue_web"
    )


class Migration(migrations.Migration):
    dependencies = [("forecasting", "0003_deal_pages")]

    operations = [
        *(walled(name) for name in (*FORESEEN, *OURS)),
        *(only_read(name) for name in FORESEEN),
    ]
