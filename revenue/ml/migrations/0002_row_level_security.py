from django.db import migrations

# A model of a group is seen from those of its orgs that are reached.
RUN = """
SELECT wall_build('ml_modelrun',
    'org_id = ANY ((SELECT wall_orgs())::bigint[])
    OR group_id IN (SELECT group_id FROM users_org) OR (SELECT wall_every_org())');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ml", "0001_model_runs"),
        ("users", "0005_row_level_security"),
    ]

    operations = [migrations.RunSQL(RUN, "SELECT wall_remove('ml_modelrun')")]
