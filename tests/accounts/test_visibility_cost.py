"""What a page pays for seeing only its reader's rows: indexes, never a walk through the table."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Activity, Contact, Opportunity
from revenue.users import wall
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories import facts
from tests.factories.people import MembershipFactory, OrgFactory

SELLERS = 500
PAGE = 25
FILL = {
    "account": """
        INSERT INTO accounts_account (org_id, external_id, name, owner_ref, extra, synced_at,
            {texts})
        SELECT %(org)s, 'a' || n, 'Customer ' || n, 'u' || n %% 500, '{{}}', now(), {empty}
        FROM generate_series(1, %(rows)s / 5) n
    """,
    "contact": """
        INSERT INTO accounts_contact (org_id, external_id, name, account_ref, owner_ref, extra,
            synced_at, {texts})
        SELECT %(org)s, 'c' || n, 'Person ' || n, 'a' || n %% (%(rows)s / 5), 'u' || n %% 500,
            '{{}}', now(), {empty}
        FROM generate_series(1, %(rows)s / 2) n
    """,
    "opportunity": """
        INSERT INTO accounts_opportunity (org_id, external_id, name, account_ref, owner_ref,
            close_date, extra, synced_at, {texts})
        SELECT %(org)s, 'o' || n, 'Deal ' || n, 'a' || n %% (%(rows)s / 5), 'u' || n %% 500,
            DATE '2026-01-01' + n %% 365, '{{}}', now(), {empty}
        FROM generate_series(1, %(rows)s) n
    """,
    "activity": """
        INSERT INTO accounts_activity (org_id, external_id, kind, subject, opportunity_ref,
            account_ref, owner_ref, happens_at, extra, synced_at, {texts})
        SELECT %(org)s, 't' || n, 'call', 'Call', CASE WHEN n %% 2 = 0 THEN 'o' || n END,
            'a' || n %% (%(rows)s / 5), 'u' || n %% 500, now() - n * INTERVAL '1 minute',
            '{{}}', now(), {empty}
        FROM generate_series(1, %(rows)s * 2) n
    """,
}
pytestmark = pytest.mark.django_db


def fill(org: Org, *, rows: int) -> None:
    for name, sql in FILL.items():
        table = f"accounts_{name}"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT column_name, data_type FROM information_schema.columns"
                " WHERE table_name = %s AND is_nullable = 'NO' AND column_name <> 'id'",
                [table],
            )
            rest = [(column, kind) for column, kind in cursor.fetchall() if column not in sql]
            texts = ", ".join(column for column, _ in rest)
            empty = ", ".join("false" if kind == "boolean" else "''" for _, kind in rest)
            cursor.execute(sql.format(texts=texts, empty=empty), {"org": org.pk, "rows": rows})
            cursor.execute(f"ANALYZE {table}")


def a_company(*, rows: int) -> tuple[Membership, Membership]:
    """A rep with one in five hundred of the rows, and the manager of ten such."""
    org = OrgFactory()
    manager = MembershipFactory(org=org, role=Role.MANAGER)
    rep = MembershipFactory(org=org, reports_to=manager)
    facts.a_crm_user(org=org, external_id="u0", membership=manager)
    for number in range(1, SELLERS):
        chief = "u0" if number <= 10 else "u11"
        member = rep if number == 1 else None
        facts.a_crm_user(org=org, external_id=f"u{number}", manager_ref=chief, membership=member)
    fill(org, rows=rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_crmuser, users_membership, users_org, users_user")
    return rep, manager


def pages(reader: Membership) -> Iterator[tuple[str, QuerySet[Any]]]:
    deals = Opportunity.objects.visible_to(reader)
    yield "deals", deals.order_by("-close_date", "-id")[:PAGE]
    yield "open deals", deals.filter(is_closed=False).order_by("close_date", "id")[:PAGE]
    yield "accounts", Account.objects.visible_to(reader).order_by("name", "id")[:PAGE]
    yield "contacts", Contact.objects.visible_to(reader).order_by("name", "id")[:PAGE]
    activities = Activity.objects.visible_to(reader)
    of_one = activities.filter(account_ref="a1").order_by("-happens_at", "-id")
    yield "what happened at an account", of_one[:PAGE]
    yield "activities", activities.order_by("-id")[:PAGE]


def walks(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", []):
        yield from walks(part)


def measured(reader: Membership) -> Iterator[tuple[str, set[str], float]]:
    request = RequestFactory().get("/")
    request.user = reader.user
    with wall.behind(wall.Wall(request)):
        for name, page in pages(reader):
            plan = json.loads(page.explain(format="json"))[0]["Plan"]
            begun = time.perf_counter()
            assert len(page) > 0, name
            yield name, set(walks(plan)), time.perf_counter() - begun


def test_a_reps_first_pages_walk_through_no_table_of_records() -> None:
    rep, _ = a_company(rows=50_000)
    for name, walked, _ in measured(rep):
        assert walked & {f"accounts_{each}" for each in FILL} == set(), name


@pytest.mark.parametrize("role", list(Role))
def test_the_first_page_is_one_query_whatever_the_hierarchy(role: Role) -> None:
    reader = MembershipFactory(role=role)
    facts.a_crm_user(org=reader.org, membership=reader)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        list(Account.objects.visible_to(reader)[:PAGE])
    assert len(asked) == 1


@pytest.mark.slow
def test_a_million_deals_open_at_once() -> None:
    rep, manager = a_company(rows=1_000_000)
    for reader, at_most in ((rep, 1), (manager, 3)):
        for name, walked, seconds in measured(reader):
            print(f"{reader.role} {name}: {seconds * 1000:.0f} ms, walks {sorted(walked)}")
            assert seconds < at_most, (reader.role, name)
