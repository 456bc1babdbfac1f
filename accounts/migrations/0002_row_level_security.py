from django.db import migrations

# What the CRM says is written by the sync alone: no page changes a record.
MIRRORED = (
    "account",
    "activity",
    "campaign",
    "campaignmember",
    "case",
    "contact",
    "crmrole",
    "currencyrate",
    "fieldchange",
    "lead",
    "lineitem",
    "opportunity",
    "opportunitycontact",
    "pipelinesnapshot",
    "product",
    "purchase",
    "quota",
    "stagechange",
)
OURS = (
    "connection",
    "crmuser",
    "customeraccount",
    "objectsync",
    "refusedrow",
    "sourcefield",
    "syncrun",
)
# A customer belongs to a group of orgs, and is seen from those of its orgs that are reached.
CUSTOMER = """
SELECT wall_build('accounts_customer',
    'group_id IN (SELECT group_id FROM users_org) OR (SELECT wall_every_org())');
"""
# Two orgs meet in a match: it is for those who reach both.
MATCH = """
SELECT wall_build('accounts_match',
    '(org_id = ANY ((SELECT wall_orgs())::bigint[])
    AND other_org_id = ANY ((SELECT wall_orgs())::bigint[])) OR (SELECT wall_every_org())');
"""


def walled(name: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"SELECT wall_build('accounts_{name}')", f"SELECT wall_remove('accounts_{name}')"
    )


def only_read(name: str) -> migrations.RunSQL:
    rights = "INSERT, UPDATE, DELETE ON accounts_"
    return migrations.RunSQL(
        f"REVOKE {rights}{name} FROM revenue_web", f"GRANT {rights}{name} TO revenue_web"
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_syncs")]

    operations = [
        *(walled(name) for name in (*MIRRORED, *OURS)),
        *(only_read(name) for name in MIRRORED),
        migrations.RunSQL(CUSTOMER, "SELECT wall_remove('accounts_customer')"),
        migrations.RunSQL(MATCH, "SELECT wall_remove('accounts_match')"),
    ]
