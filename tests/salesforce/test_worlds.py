"""The demo's company behind the simulator: what it tells of itself is what clients see."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.connectors.demo.world import World
from tests.salesforce import Simulator, recordings
from tests.salesforce.clock import VirtualClock
from tests.salesforce.schema import Row
from tests.salesforce.visitor import DATA, Visitor, select
from tests.salesforce.worlds import TYPES

DAY = datetime(2026, 6, 30, tzinfo=UTC)
# Rows of activities and histories are many and made like the others; they are left out here.
SHOWN = ("User", "UserRole", "Product2", "DatedConversionRate", "Account", "Opportunity", "Lead")
# What the org of the WSDL had switched off, and what Salesforce has only had since then.
SWITCHED_OFF, NEWER = {"CurrencyIsoCode", "Discount"}, {"PushCount"}


class Part:
    """The demo's world, some objects of it."""

    def __init__(self, *, until: datetime) -> None:
        self.world = World(org_slug="meridian-cloud", scale="small", seed=3, until=until)

    def rows(self, object_name: str) -> Iterable[Row]:
        return self.world.rows(object_name)

    def spec(self) -> Mapping[str, Any]:
        return {name: each for name, each in self.world.spec().items() if name in SHOWN}


@pytest.fixture(scope="module")
def part() -> Part:
    return Part(until=DAY)


@pytest.fixture(scope="module")
def client(part: Part) -> Iterator[Visitor]:
    clock = VirtualClock(DAY)
    with Simulator(seed=1, world=part, clock=clock) as found, Visitor(found) as visitor:
        yield visitor.sign_in()


@pytest.mark.parametrize("name", SHOWN)
def test_an_object_is_served_whole(client: Visitor, part: Part, name: str) -> None:
    rows = {row["Id"]: row for row in part.rows(name)}
    assert client.query(select("count()", name)).json()["totalSize"] == len(rows) > 5
    fields = {each["name"]: each for each in describe(client, name)}
    asked = [each for each in part.spec()[name].fields if fields[each]["type"] != "address"]
    answer = client.query(select(",".join(asked), name) + " ORDER BY Id LIMIT 50")
    assert answer.status_code == 200, answer.text
    by_bulk = {row["Id"]: row for row in client.bulk(select("Id," + asked[-1], name))}
    assert by_bulk.keys() == rows.keys()
    for record in answer.json()["records"]:
        theirs = rows[record["Id"]]
        assert all(same(record[each], theirs[each]) for each in asked if each in theirs)


def same(told: Any, held: Any) -> bool:
    if isinstance(held, datetime):
        return datetime.fromisoformat(told) == held.replace(microsecond=0)
    if isinstance(held, bool | str) or held is None:
        return bool((told or None) == (held or None)) or told is False
    return str(told) == str(held) or float(told) == float(held)


def describe(client: Visitor, name: str) -> list[dict[str, Any]]:
    return list(client.get(f"{DATA}/sobjects/{name}/describe").json()["fields"])


@pytest.mark.parametrize("name", SHOWN)
def test_describe_has_the_types_that_the_world_tells(
    client: Visitor, part: Part, name: str
) -> None:
    types = {each["name"]: each["type"] for each in describe(client, name)}
    recorded = {each["name"] for each in (recordings.describe(name) or {"fields": []})["fields"]}
    for field in part.spec()[name].fields.values():
        if field.name not in recorded:
            assert types[field.name] == TYPES.get(field.type, field.type)


def test_a_world_that_lives_on_is_followed(client: Visitor) -> None:
    simulator = client.simulator
    later = DAY + timedelta(days=3)
    simulator.clock.move_to(later)
    client.sign_in()
    tomorrow = Part(until=later)
    changed = simulator.follow(tomorrow)
    assert changed > 0
    after = DAY.strftime("%Y-%m-%dT%H:%M:%SZ")
    moved = client.ids(select("Id", "Opportunity", f"SystemModstamp >= {after}"))
    assert moved
    assert simulator.store.ids("Opportunity") == sorted(
        row["Id"] for row in tomorrow.rows("Opportunity")
    )
    assert simulator.follow(tomorrow) == 0


@pytest.mark.skipif(not recordings.wsdl_fields("Account"), reason="the names are not here")
def test_its_fields_are_named_as_in_the_wsdl(part: Part) -> None:
    strange = []
    for name, spec in part.world.spec().items():
        recorded = (recordings.describe(name) or {"fields": []})["fields"]
        known = {*recordings.wsdl_fields(name), *(each["name"] for each in recorded), "Id"}
        own = {each for each in spec.fields if not each.endswith("__c")} - SWITCHED_OFF - NEWER
        if recordings.wsdl_fields(name):
            strange += [f"{name}.{each}" for each in sorted(own - known)]
    assert strange == []
