"""Large tables can be cut by org, and nothing notices but the plans of their queries."""

# ruff: noqa: S608  names of tables come from the models
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Opportunity, PipelineSnapshot
from accounts.partitioning import (
    REST,
    CannotPartitionError,
    is_partitioned,
    large_models,
    obstacles,
    part_of,
    partition,
)
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.accounts.sync.sources import Source, a_deal, at_second, sf_id, sync
from tests.factories import facts
from tests.factories.everything import records_of
from tests.factories.people import MembershipFactory, OrgFactory
from tests.users.test_wall import as_web, ask, test_every_table_with_an_org_is_walled

TABLES = sorted(model._meta.db_table for model in large_models())
PAGES = ("deal-list", "account-list", "contact-list", "lead-list")
pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Org:
    return OrgFactory(slug="here")


@pytest.fixture
def there(here: Org) -> Org:
    there = OrgFactory(slug="there")
    for org in (here, there):
        records_of(facts.a_crm_user(org=org, name=f"{org.slug} seller"), mark=org.slug)
    return there


@pytest.fixture
def reader(here: Org) -> Membership:
    return MembershipFactory(org=here, role=Role.EXECUTIVE)


def contents() -> dict[str, list[tuple[Any, ...]]]:
    row = "SELECT org_id, to_jsonb(t)::text"
    return {table: ask(f"{row} FROM {table} t ORDER BY id") for table in TABLES}


def parts_read(plan: dict[str, Any]) -> Iterator[str]:
    if plan.get("Relation Name"):
        yield plan["Relation Name"]
    for below in plan.get("Plans", []):
        yield from parts_read(below)


def test_the_large_tables_are_those_that_grow_with_an_orgs_business() -> None:
    assert [name.removeprefix("accounts_") for name in TABLES] == [
        *("account", "activity", "campaignmember", "case", "contact", "fieldchange", "lead"),
        *("lineitem", "opportunity", "opportunitycontact", "pipelinesnapshot", "purchase"),
        "stagechange",
    ]


@pytest.mark.parametrize("table", TABLES)
def test_nothing_stands_in_the_way_of_cutting_a_large_table(table: str) -> None:
    assert obstacles(table) == [], (
        "put org_id into each unique index, primary key included, or say that the model is small"
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("CREATE UNIQUE INDEX of_all ON accounts_lead (external_id, id)", "of_all lacks org_id"),
        ("CREATE VIEW leads AS SELECT id FROM accounts_lead", "the view leads reads it"),
        (
            "CREATE TRIGGER watch AFTER INSERT ON accounts_lead EXECUTE FUNCTION wall_note_event()",
            "it has the trigger watch",
        ),
        ("GRANT UPDATE (name) ON accounts_lead TO revenue_web", "name has rights of its own"),
        (
            "CREATE TABLE my (id int, org int, FOREIGN KEY (id, org) REFERENCES accounts_lead)",
            "the foreign key my_id_org_fkey of my points to it",
        ),
    ],
)
def test_a_table_that_differs_is_left_as_it_is(change: str, sentence: str) -> None:
    ask(change)
    with pytest.raises(CannotPartitionError, match=sentence):
        partition("accounts_lead", orgs=[])
    assert not is_partitioned("accounts_lead")


@pytest.fixture
def cut(here: Org, there: Org) -> None:
    for table in TABLES:
        partition(table, orgs=[here])


def test_a_cut_moves_the_orgs_rows_and_changes_none(here: Org, there: Org) -> None:
    before = contents()
    call_command("partition_facts", "here", verbosity=0)
    assert contents() == before
    for table, rows in before.items():
        assert is_partitioned(table)
        ours = sum(org_id == here.pk for org_id, _ in rows)
        assert 0 < ours < len(rows)
        assert ask(f"SELECT count(*) FROM {part_of(table, here)}") == [(ours,)]
        assert ask(f"SELECT count(*) FROM {table}{REST}") == [(len(rows) - ours,)]


def test_a_further_org_gets_its_part_later(here: Org, there: Org, cut: None) -> None:
    before = contents()
    assert partition("accounts_account", orgs=[here, there]) == {"there": 1}
    assert contents() == before
    assert ask(f"SELECT count(*) FROM accounts_account{REST}") == [(0,)]


def test_what_migrations_know_by_name_is_still_found_by_it(here: Org) -> None:
    names = "SELECT indexname FROM pg_indexes WHERE tablename = %s ORDER BY 1"
    checks = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass ORDER BY 1"
    before = {table: (ask(names, table), ask(checks, table)) for table in TABLES}
    for table in TABLES:
        partition(table, orgs=[here])
    assert {table: (ask(names, table), ask(checks, table)) for table in TABLES} == before


def test_the_walls_stand_around_the_whole_and_each_part(here: Org, there: Org, cut: None) -> None:
    test_every_table_with_an_org_is_walled()
    for table in TABLES:
        for each in (table, table + REST, part_of(table, here)):
            with as_web(there):
                seen = {org_id for (org_id,) in ask(f"SELECT org_id FROM {each}")}
            assert seen <= {there.pk}, each
            for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
                assert ask("SELECT has_table_privilege('revenue_web', %s, %s)", each, right) == [
                    (False,)
                ]


def test_a_sync_writes_to_cut_tables_as_to_whole_ones(here: Org, there: Org, cut: None) -> None:
    for org in (OrgFactory(), OrgFactory(slug="own-part")):
        if org.slug == "own-part":
            for table in TABLES:
                partition(table, orgs=[org])
        source = Source()
        source.put("Opportunity", *(a_deal(number, second=number) for number in range(10)))
        assert sync(org, source).rows_written == 10
        assert sync(org, source).rows_written == 0
        source.put("Opportunity", a_deal(3, second=99, Amount=7, StageName="Proposal"))
        source.remove("Opportunity", sf_id("006", 4), at=at_second(100))
        again = sync(org, source)
        assert (again.state, again.rows_written, again.rows_deleted) == ("succeeded", 1, 1)
        deals = Opportunity.objects.of(org)
        assert deals.count() == 10
        assert deals.present().count() == 9
        assert deals.get(name="Deal 3").stage == "Proposal"
        assert PipelineSnapshot.objects.of(org).count() == 9
        table = "accounts_opportunity"
        held = part_of(table, org) if org.slug == "own-part" else table + REST
        assert ask(f"SELECT count(*) FROM {held} WHERE org_id = %s", org.pk) == [(10,)]


def test_new_rows_get_new_ids(here: Org, there: Org, cut: None) -> None:
    highest = Account.objects.order_by("-pk")[0].pk
    assert facts.an_account(org=here).pk > highest
    assert facts.an_account(org=there).pk > highest


def test_pages_read_the_part_of_their_org_alone(
    here: Org, there: Org, cut: None, reader: Membership, client: Client
) -> None:
    client.force_login(reader.user)
    read: dict[str, set[str]] = {}
    for name in PAGES:
        with CaptureQueriesContext(connection) as asked:
            page = client.get(reverse(f"accounts:{name}", args=["here"]))
        assert page.status_code == 200
        assert b"here" in page.content
        for query in asked.captured_queries:
            if any(f'FROM "{table}"' in query["sql"] for table in TABLES):
                ((plan,),) = ask("EXPLAIN (FORMAT JSON) " + query["sql"].replace("%", "%%"))
                plan = plan if isinstance(plan, list) else json.loads(plan)
                read.setdefault(name, set()).update(parts_read(plan[0]["Plan"]))
    for name in PAGES:
        parts = {part for part in read[name] if part.startswith(tuple(TABLES))}
        assert parts, name
        assert {part for part in parts if not part.endswith(f"_org_{here.pk}")} == set(), name


def test_a_record_opens_and_rows_are_counted_by_it(
    here: Org, there: Org, cut: None, reader: Membership, client: Client
) -> None:
    client.force_login(reader.user)
    deal = Opportunity.objects.get(org=here)
    shown = client.get(reverse("accounts:deal-show", args=["here", deal.pk]))
    assert shown.status_code == 200
    assert b"here deal" in shown.content
    counted = Account.objects.filter(org=here).annotate(deals=Count("opportunities"))
    assert [account.deals for account in counted] == [1]


def test_an_org_that_is_not_there_is_named(here: Org) -> None:
    with pytest.raises(CommandError, match="There is no org nowhere"):
        call_command("partition_facts", "here", "nowhere")
    assert not is_partitioned("accounts_account")
