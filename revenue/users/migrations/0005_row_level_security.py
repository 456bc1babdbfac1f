"""The role of web requests, and the wall around each org that holds for it: docs/adr/0007."""

from django.db import migrations

# Roles belong to the cluster: another database of it may be migrated at this very moment, and has
# its own advisory locks. So whoever comes second finds the role there, or tries again.
ROLE = """
DO $$
DECLARE
    may_switch boolean := false;
BEGIN
    FOR try IN 1..20 LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'revenue_web') THEN
                CREATE ROLE revenue_web NOLOGIN;
            END IF;
            -- Since PostgreSQL 16 whoever makes a role is a member of it who may not switch to it.
            IF current_setting('server_version_num')::int >= 160000 THEN
                may_switch := pg_has_role(current_user, 'revenue_web', 'SET');
            ELSE
                may_switch := pg_has_role(current_user, 'revenue_web', 'MEMBER');
            END IF;
            IF NOT may_switch THEN
                EXECUTE format('GRANT revenue_web TO %I', current_user);
            END IF;
            EXIT;
        EXCEPTION
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'Pages need the database role revenue_web, and the login % may not '
                    'make it. Let an administrator of the database run: CREATE ROLE revenue_web '
                    'NOLOGIN; GRANT revenue_web TO %; then migrate again.',
                    current_user, quote_ident(current_user)
                    USING ERRCODE = 'insufficient_privilege';
            WHEN duplicate_object OR unique_violation OR internal_error THEN
                IF try = 20 THEN
                    RAISE;
                END IF;
                PERFORM pg_sleep(0.05 * try);
        END;
    END LOOP;
    IF EXISTS (
        SELECT FROM pg_roles WHERE rolname = 'revenue_web' AND (rolsuper OR rolbypassrls)
    ) THEN
        RAISE EXCEPTION 'The database role revenue_web would pass through every wall. Let an '
            'administrator of the database run: ALTER ROLE revenue_web NOSUPERUSER NOBYPASSRLS; '
            'then migrate again.';
    END IF;
END $$;
"""

# TRUNCATE is granted on nothing: no trigger of the audit trail would see it.
RIGHTS = """
DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO revenue_web', current_schema());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I '
        'TO revenue_web', current_schema());
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO revenue_web',
        current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I '
        'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO revenue_web', current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I '
        'GRANT USAGE, SELECT ON SEQUENCES TO revenue_web', current_schema());
    REVOKE UPDATE, DELETE ON users_auditevent FROM revenue_web;
    IF to_regclass('django_migrations') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM revenue_web;
    END IF;
END $$;
"""
NO_RIGHTS = """
DO $$
BEGIN
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE ALL ON TABLES FROM revenue_web',
        current_schema());
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I REVOKE ALL ON SEQUENCES '
        'FROM revenue_web', current_schema());
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM revenue_web', current_schema());
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA %I FROM revenue_web', current_schema());
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM revenue_web', current_schema());
END $$;
"""

# What a request may reach stands in settings of its session: revenue.orgs (ids with commas),
# revenue.person, revenue.every_org (a superuser's). None of them set, it reaches nothing.
FUNCTIONS = """
CREATE FUNCTION wall_orgs() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT string_to_array(nullif(current_setting('revenue.orgs', true), ''), ',')::bigint[]
$$;
CREATE FUNCTION wall_every_org() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('revenue.every_org', true) = 'on', false)
$$;
CREATE FUNCTION wall_person() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('revenue.person', true), '')::bigint
$$;

-- Reads the memberships as the owner of the tables: before it has run, the request may read none.
CREATE FUNCTION wall_enter(person bigint, only_org bigint, every_org boolean, is_local boolean)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    orgs text;
BEGIN
    every_org := every_org OR EXISTS (
        SELECT FROM users_user u
        WHERE u.id = person AND u.is_active AND u.is_superuser AND only_org IS NULL
    );
    SELECT string_agg(o.id::text, ',') INTO orgs FROM users_org o
    WHERE every_org OR (o.id = coalesce(only_org, o.id) AND o.is_active AND EXISTS (
        SELECT FROM users_membership m JOIN users_user u ON u.id = m.user_id AND u.is_active
        WHERE m.org_id = o.id AND m.user_id = person AND m.is_active
    ));
    PERFORM set_config('revenue.orgs', coalesce(orgs, ''), is_local),
        set_config('revenue.person', coalesce(person::text, ''), is_local),
        set_config('revenue.every_org', CASE WHEN every_org THEN 'on' ELSE '' END, is_local);
END $$;

-- Whether somebody belongs to an org that the request may not see; which one is not told.
CREATE FUNCTION wall_hides_org_of(person bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT current_setting('role') = 'revenue_web' AND NOT wall_every_org() AND EXISTS (
        SELECT FROM users_membership m
        WHERE m.user_id = person AND NOT m.org_id = ANY (coalesce(wall_orgs(), '{}'))
    )
$$;
REVOKE EXECUTE ON FUNCTION wall_enter(bigint, bigint, boolean, boolean) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION wall_hides_org_of(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION wall_enter(bigint, bigint, boolean, boolean) TO revenue_web;
GRANT EXECUTE ON FUNCTION wall_hides_org_of(bigint) TO revenue_web;

-- For the migrations of every app: SELECT wall_build('some_table').
CREATE FUNCTION wall_build(
    walled regclass,
    rows text DEFAULT 'org_id = ANY ((SELECT wall_orgs())::bigint[]) OR (SELECT wall_every_org())'
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    owner text := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = walled);
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format('CREATE POLICY wall_web ON %s TO revenue_web USING (%s) WITH CHECK (%s)',
        walled, rows, rows);
    EXECUTE format('CREATE POLICY wall_owner ON %s TO %I USING (true) WITH CHECK (true)',
        walled, owner);
END $$;
CREATE FUNCTION wall_remove(walled regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP POLICY wall_web ON %s', walled);
    EXECUTE format('DROP POLICY wall_owner ON %s', walled);
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', walled);
    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', walled);
END $$;
"""
NO_FUNCTIONS = """
DROP FUNCTION wall_build(regclass, text);
DROP FUNCTION wall_remove(regclass);
DROP FUNCTION wall_hides_org_of(bigint);
DROP FUNCTION wall_enter(bigint, bigint, boolean, boolean);
DROP FUNCTION wall_person();
DROP FUNCTION wall_every_org();
DROP FUNCTION wall_orgs();
"""

# An event without an org, such as a sign-in, is read where its person belongs. It is written before
# anybody is known; an INSERT that gives its id back must be able to read it, so what was just
# written may be read in the same transaction.
WALLS = """
SELECT wall_build('users_org',
    'id = ANY ((SELECT wall_orgs())::bigint[]) OR (SELECT wall_every_org())');
SELECT wall_build('users_membership');
SELECT wall_build('users_apikey',
    'org_id = ANY ((SELECT wall_orgs())::bigint[]) OR (SELECT wall_every_org())
    OR user_id = (SELECT wall_person())
    OR (org_id IS NULL AND user_id IN (SELECT user_id FROM users_membership))');

CREATE FUNCTION wall_note_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('revenue.event', NEW.id::text, true);
    RETURN NEW;
END $$;
CREATE TRIGGER wall_note_event BEFORE INSERT ON users_auditevent
    FOR EACH ROW EXECUTE FUNCTION wall_note_event();
SELECT wall_build('users_auditevent',
    'org_id = ANY ((SELECT wall_orgs())::bigint[]) OR (SELECT wall_every_org())
    OR person_id = (SELECT wall_person())
    OR (org_id IS NULL AND person_id IN (SELECT user_id FROM users_membership))
    OR id = nullif(current_setting(''revenue.event'', true), '''')::bigint');
ALTER POLICY wall_web ON users_auditevent WITH CHECK (
    org_id IS NULL OR org_id = ANY ((SELECT wall_orgs())::bigint[])
    OR actor_id = (SELECT wall_person()) OR (SELECT wall_every_org())
);
"""
NO_WALLS = """
SELECT wall_remove('users_auditevent');
DROP TRIGGER wall_note_event ON users_auditevent;
DROP FUNCTION wall_note_event();
SELECT wall_remove('users_apikey');
SELECT wall_remove('users_membership');
SELECT wall_remove('users_org');
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0004_org_clock_currency_hierarchy")]

    operations = [
        migrations.RunSQL(ROLE, migrations.RunSQL.noop),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.RunSQL(WALLS, NO_WALLS),
    ]
