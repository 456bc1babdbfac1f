from django.db import migrations

# A foreign key over two columns: nobody reports to a member of another org, whoever writes the row.
FORWARD = """
ALTER TABLE users_membership ADD CONSTRAINT membership_id_and_org UNIQUE (id, org_id);
ALTER TABLE users_membership ADD CONSTRAINT membership_manager_in_same_org
    FOREIGN KEY (reports_to_id, org_id) REFERENCES users_membership (id, org_id)
    DEFERRABLE INITIALLY DEFERRED;
"""
BACKWARD = """
ALTER TABLE users_membership DROP CONSTRAINT membership_manager_in_same_org;
ALTER TABLE users_membership DROP CONSTRAINT membership_id_and_org;
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0002_audit_append_only")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
