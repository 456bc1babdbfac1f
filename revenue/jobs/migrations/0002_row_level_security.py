from django.db import migrations

# A job of no org is the system's; who started one may follow it.
FORWARD = """
SELECT wall_build('jobs_job',
    'org_id = ANY ((SELECT wall_orgs())::bigint[]) OR (SELECT wall_every_org())
    OR (org_id IS NULL AND started_by_id = (SELECT wall_person()))');
"""
BACKWARD = "SELECT wall_remove('jobs_job');"


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_jobs"), ("users", "0005_row_level_security")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
