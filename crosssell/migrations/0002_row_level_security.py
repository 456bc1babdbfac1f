from django.db import migrations

# What is worked out is written by tasks alone; what people decide of it, by pages too.
READ_ONLY = ("expansionscore", "allocationrow")
TABLES = (*READ_ONLY, "recommendation", "crosssellpolicy", "actiontype", "allocationplan")


def walled(name):
    return migrations.RunSQL(
        f"SELECT wall_build('crosssell_{name}')", f"SELECT wall_remove('crosssell_{name}')"
    )


def only_read(name):
    rights = "INSERT, UPDATE, DELETE ON crosssell_"
    return migrations.RunSQL(
        f"REVOKE {rights}{name} FROM revenue_web", f"GRANT {rights}{name} TO revenue_web"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("crosssell", "0001_recommendations_and_plans"),
        ("users", "0005_row_level_security"),
    ]

    operations = [*map(walled, TABLES), *map(only_read, READ_ONLY)]
