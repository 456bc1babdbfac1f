"""The second wall itself: of every table with an org, the role of the pages reads one org alone."""

# ruff: noqa: S608  names of tables come from the catalogue
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from revenue.users.audit import record
from revenue.users.models import AuditEvent, Org
from tests.factories import facts
from tests.factories.everything import pair_of, records_of, system_of
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory

WITH_ORG = """
    SELECT c.oid::regclass::text, array_agg(DISTINCT a.attname ORDER BY a.attname),
        c.relrowsecurity AND c.relforcerowsecurity, pg_get_userbyid(c.relowner)
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (k.conkey)
    WHERE k.contype = 'f' AND k.confrelid = 'users_org'::regclass
    GROUP BY c.oid
    UNION
    SELECT table_name, ARRAY[column_name::text],
        (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class
            WHERE oid = table_name::regclass),
        (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = table_name::regclass)
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND (column_name, table_name) IN (
        ('id', 'users_org'), ('group_id', 'accounts_customer')
    )
"""
pytestmark = pytest.mark.django_db


def ask(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def as_web(*orgs: Org) -> Iterator[None]:
    """What a request may, and nothing of what the application's own filters do."""
    with transaction.atomic():
        ids = ",".join(str(org.pk) for org in orgs)
        ask("SELECT set_config('revenue.orgs', %s, true)", ids)
        # The transaction of a test has written events that are not this request's.
        ask("SELECT set_config('revenue.event', '', true)")
        ask("SET LOCAL ROLE revenue_web")
        yield
        ask("RESET ROLE")
        ask("SELECT set_config('revenue.orgs', '', true)")


def walled_tables() -> dict[str, list[str]]:
    return {table: columns for table, columns, *_ in ask(WITH_ORG)}


def may(right: str, table: str) -> bool:
    return bool(ask("SELECT has_table_privilege('revenue_web', %s, %s)", table, right)[0][0])


@pytest.fixture
def here() -> Org:
    return OrgFactory(slug="here")


@pytest.fixture
def there(here: Org) -> Org:
    """A stranger, but for the pair of accounts that both of them have in a group."""
    there = OrgFactory(slug="there")
    accounts = []
    for org in (here, there):
        member = MembershipFactory(org=org)
        owner = facts.a_crm_user(org=org, membership=member)
        accounts.append(records_of(owner, mark=org.slug).account)
        system_of(org, member=member, mark=org.slug)
    pair_of(here, there, mark="pair", accounts=(accounts[0], accounts[1]))
    return there


def test_every_table_with_an_org_is_walled() -> None:
    bare = sorted(table for table, _, is_forced, _ in ask(WITH_ORG) if not is_forced)
    assert bare == [], "add SELECT wall_build('…') to the migration that makes these tables"
    policies = ask("SELECT tablename, policyname, roles::text[] FROM pg_policies")
    found = {(table, name): roles for table, name, roles in policies}
    for table, _, _, owner in ask(WITH_ORG):
        assert found[table, "wall_web"] == ["revenue_web"], table
        assert found[table, "wall_owner"] == [owner], table
        assert len([key for key in found if key[0] == table]) == 2, table


def test_the_role_of_the_pages_is_nobody_special() -> None:
    role = (
        "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole FROM pg_roles WHERE rolname = %s"
    )
    assert ask(role, "revenue_web") == [(False, False, False, False)]
    assert ask("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'revenue_web'") == []
    assert ask("SELECT proname FROM pg_proc WHERE pg_get_userbyid(proowner) = 'revenue_web'") == []


def test_the_role_of_the_pages_empties_no_table_and_changes_no_event() -> None:
    tables = [
        name for (name,) in ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]
    assert len(tables) > 40
    assert [table for table in tables if may("TRUNCATE", table)] == []
    assert not may("UPDATE", "users_auditevent")
    assert not may("DELETE", "users_auditevent")
    assert may("INSERT", "users_auditevent")
    assert not may("INSERT", "django_migrations")
    assert not may("UPDATE", "accounts_opportunity")


def test_a_table_of_tomorrow_is_granted_and_can_be_walled(here: Org, there: Org) -> None:
    ask("CREATE TABLE tomorrow (id int, org_id bigint)")
    ask("SELECT wall_build('tomorrow')")
    ask("INSERT INTO tomorrow VALUES (1, %s), (2, %s)", here.pk, there.pk)
    with as_web(here):
        assert ask("SELECT id FROM tomorrow") == [(1,)]
    assert len(ask("SELECT id FROM tomorrow")) == 2
    ask("SELECT wall_remove('tomorrow')")


def rows_seen(tables: dict[str, list[str]]) -> dict[str, int]:
    readable = [table for table in tables if may("SELECT", table)]
    return {table: ask(f"SELECT count(*) FROM {table}")[0][0] for table in readable}


def test_without_an_org_nothing_is_read(here: Org, there: Org) -> None:
    tables = walled_tables()
    empty = sorted(table for table in tables if not ask(f"SELECT 1 FROM {table} LIMIT 1"))
    assert empty == [], "make a row of these in tests/factories/everything.py"
    with as_web():
        assert set(rows_seen(tables).values()) == {0}


def test_of_one_org_no_row_of_another_is_read_or_touched(here: Org, there: Org) -> None:
    tables = walled_tables()
    with as_web(here):
        seen = rows_seen(tables)
    for table, columns in tables.items():
        if table == "accounts_customer":  # of a group to which both belong
            continue
        column = columns[0]
        of_both = ask(f"SELECT count(*) FROM {table} WHERE {column} = %s", here.pk)[0][0]
        pairs = table == "accounts_match"
        assert seen.get(table, of_both) == (0 if pairs else of_both), table
        for right, change in {
            "UPDATE": f"UPDATE {table} SET {column} = {column} WHERE {column} = %s",
            "DELETE": f"DELETE FROM {table} WHERE {column} = %s",
        }.items():
            if not (may(right, table) and may("SELECT", table)):
                continue
            with as_web(here), connection.cursor() as cursor:
                cursor.execute(change, [there.pk])
                assert cursor.rowcount == 0, (table, right)


def test_no_row_is_put_into_another_org(here: Org, there: Org) -> None:
    refused = r"row-level security|permission denied"
    for table, columns in walled_tables().items():
        column = columns[0]
        rows = ask(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {column} = %s", there.pk)
        if not rows or table == "accounts_customer":  # a match stands with its lower org
            continue
        copy = f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, %s::jsonb)).*"
        with pytest.raises(ProgrammingError, match=refused), as_web(here):
            ask(copy, rows[0][0])
        move = f"UPDATE {table} SET {column} = %s WHERE {column} = %s"
        if not may("UPDATE", table) or table == "users_org":
            continue
        if table == "accounts_match":  # not there at all for one of the two
            continue
        with pytest.raises(ProgrammingError, match=refused), as_web(here):
            ask(move, there.pk, here.pk)


def test_a_match_and_its_customer_are_for_those_who_reach_both_orgs(here: Org, there: Org) -> None:
    with as_web(here, there):
        assert ask("SELECT count(*) FROM accounts_match") == [(1,)]
    with as_web(here):
        assert ask("SELECT count(*) FROM accounts_customer") == [(1,)]
    with as_web(OrgFactory()):
        assert ask("SELECT count(*) FROM accounts_customer") == [(0,)]


def test_an_event_without_an_org_is_read_where_its_person_belongs(here: Org, there: Org) -> None:
    ours, theirs = MembershipFactory(org=here).user, MembershipFactory(org=there).user
    for person in (ours, theirs):
        record(AuditEvent.Action.SIGNED_IN, by=person)
    signed_in = "SELECT person_id FROM users_auditevent WHERE action = 'signed_in'"
    with as_web(here):
        assert ask(signed_in) == [(ours.pk,)]
    with as_web():
        assert ask(signed_in) == []


def test_what_a_stranger_did_is_written_down_and_its_id_comes_back() -> None:
    with as_web():
        event = record(AuditEvent.Action.SIGN_IN_FAILED, by=None, person=UserFactory())
        assert event.pk
    with as_web():
        assert ask("SELECT id FROM users_auditevent WHERE id <> %s", event.pk) == []


def test_whether_somebody_is_at_home_elsewhere_is_known_without_seeing_where(
    here: Org, there: Org
) -> None:
    both, one = UserFactory(), UserFactory()
    for org, user in ((here, both), (there, both), (here, one)):
        MembershipFactory(org=org, user=user)
    with as_web(here):
        assert ask("SELECT wall_hides_org_of(%s), wall_hides_org_of(%s)", both.pk, one.pk) == [
            (True, False)
        ]
    assert ask("SELECT wall_hides_org_of(%s)", both.pk) == [(False,)]


def role_sql() -> str:
    migration = importlib.import_module("revenue.users.migrations.0005_row_level_security")
    return str(migration.ROLE)


def test_the_role_is_made_once_however_often_it_is_asked_for() -> None:
    for _ in range(2):
        ask(role_sql())


def test_a_login_that_may_make_no_role_is_told_what_an_administrator_runs() -> None:
    ask("CREATE ROLE nobody_special NOLOGIN")
    ask("SET LOCAL ROLE nobody_special")
    with pytest.raises(ProgrammingError) as refused, transaction.atomic():
        ask(role_sql())
    assert "CREATE ROLE revenue_web NOLOGIN; GRANT revenue_web TO nobody_special;" in str(
        refused.value
    )
    ask("RESET ROLE")


def test_a_role_that_would_pass_through_walls_is_refused() -> None:
    ask("ALTER ROLE revenue_web BYPASSRLS")
    with pytest.raises(ProgrammingError, match="NOBYPASSRLS"), transaction.atomic():
        ask(role_sql())
