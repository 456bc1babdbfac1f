from django.db import migrations

FORWARD = """
CREATE FUNCTION users_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail is append-only: rows are neither changed nor deleted.'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER users_audit_append_only BEFORE UPDATE OR DELETE ON users_auditevent
    FOR EACH ROW EXECUTE FUNCTION users_audit_refuse();
"""
BACKWARD = """
DROP TRIGGER users_audit_append_only ON users_auditevent;
DROP FUNCTION users_audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0001_people_and_orgs")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
