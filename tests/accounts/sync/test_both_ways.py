"""What is read by query and by Bulk is the same in the database, to the last column."""

from typing import Any

import pytest
from django.apps import apps

from accounts.models import Connection, Fact, Opportunity, PipelineSnapshot, SourceField
from revenue.users.models import Org
from tests.accounts.sync.world import World
from tests.salesforce import Simulator

pytestmark = pytest.mark.django_db

ODD = (
    *("numbers", "text", "dates", "person_accounts", "compound_fields", "multi_currency"),
    *("ids_15_vs_18", "merge", "lead_convert", "role_cycle", "formula_field_change"),
)
OURS = {"id", "org_id", "synced_at"}


def tables() -> list[Any]:
    facts = [
        each for each in apps.get_app_config("accounts").get_models() if issubclass(each, Fact)
    ]
    return [*facts, PipelineSnapshot, SourceField]


def contents(org: Org) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for model in tables():
        columns = [each.attname for each in model._meta.concrete_fields if each.attname not in OURS]
        rows = model.objects.filter(org=org).values(*columns)
        found[model.__name__] = sorted(rows, key=repr)
    return found


def connected(world: World, *, to: str) -> None:
    """One organization is connected once: to one of the two at a time."""
    rows = Connection.objects.filter(pk=world.connection.pk)
    rows.update(organization_id=to)


def test_query_and_bulk_store_identical_rows(sim: Simulator) -> None:
    for name in ODD:
        sim.enact(name)
        sim.clock.advance(1)
    sim.clock.advance(1200)
    by_query = World(sim, bulk_from=10**6)
    by_query.sync()
    assert sim.ledger.kinds["bulk_create"] == 0
    connected(by_query, to="")
    by_bulk = World(sim, bulk_from=1)
    by_bulk.sync()
    assert sim.ledger.kinds["bulk_create"] > 15
    first, second = contents(by_query.org), contents(by_bulk.org)
    assert all(
        first[name] for name in ("Opportunity", "Account", "Activity", "StageChange", "FieldChange")
    )
    for name, rows in first.items():
        assert rows == second[name], name
        assert repr(rows) == repr(second[name]), name
    for world in (by_query, by_bulk):
        world.mirrors()


def test_whichever_way_it_began_the_next_run_comes_to_the_same(sim: Simulator) -> None:
    worlds = [World(sim, bulk_from=10**6), World(sim, bulk_from=1)]
    for world in worlds:
        world.sync()
        connected(world, to="")
    sim.clock.advance(1200)
    for name in ("soft_delete", "cascade_delete", "undelete", *ODD):
        sim.enact(name)
    sim.clock.advance(1200)
    for world in worlds:
        connected(world, to=sim.organization_id)
        world.sync()
        world.mirrors()
        connected(world, to="")
    first, second = (contents(world.org) for world in worlds)
    for name, rows in first.items():
        assert rows == second[name], name
    assert Opportunity.objects.filter(org=worlds[0].org, deleted_at__isnull=False).exists()
