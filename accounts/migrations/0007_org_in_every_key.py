"""A table can be partitioned by org only where each of its unique indexes has the org in it.

The id stays what a row is known by; its own sequence is what keeps it unique.
"""

from django.db import migrations

LARGE = (
    "account",
    "activity",
    "campaignmember",
    "case",
    "contact",
    "fieldchange",
    "lead",
    "lineitem",
    "opportunity",
    "opportunitycontact",
    "pipelinesnapshot",
    "purchase",
    "stagechange",
)


def keyed_by(columns: str, *, table: str) -> str:
    return (
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey,"
        f" ADD CONSTRAINT {table}_pkey PRIMARY KEY ({columns})"
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_connections")]
    operations = [
        migrations.RunSQL(
            keyed_by("id, org_id", table=f"accounts_{name}"),
            keyed_by("id", table=f"accounts_{name}"),
        )
        for name in LARGE
    ]
