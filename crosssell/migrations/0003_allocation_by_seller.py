from django.db import migrations, models


class Migration(migrations.Migration):
    """Sellers of one territory may share what is done at an account."""

    dependencies = [("crosssell", "0002_row_level_security")]

    operations = [
        migrations.RemoveConstraint("allocationrow", "allocation_row_once"),
        migrations.AddConstraint(
            "allocationrow",
            models.UniqueConstraint(
                fields=["plan", "account_ref", "action", "owner_ref"],
                nulls_distinct=False,
                name="allocation_row_once",
            ),
        ),
    ]
