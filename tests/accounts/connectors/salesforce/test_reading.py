"""Rows by query and by Bulk, from the beginning and from where the last pass came."""

import pytest

from accounts.connectors.base import ObjectUnavailableError
from accounts.connectors.salesforce import soql
from accounts.records import OBJECTS
from tests.accounts.connectors.salesforce.connections import a_connection_to, opened, read
from tests.salesforce import Simulator, changes

pytestmark = pytest.mark.django_db


def test_query_and_bulk_give_the_very_same_rows(sim: Simulator) -> None:
    connection = a_connection_to(sim, bulk_from=10**6)
    with opened(connection, at=sim.clock.now()) as connector:
        specs = connector.describe()
        by_query = {name: read(connector, name)[0] for name in specs}
    assert sim.ledger.kinds["bulk_create"] == 0
    connection.bulk_from = 1
    connection.save()
    with opened(connection, at=sim.clock.now()) as connector:
        by_bulk = {name: read(connector, name)[0] for name in connector.describe()}
    assert sim.ledger.kinds["bulk_create"] > 10
    for name in specs:
        assert set(by_query[name]) == set(sim.store.ids(name))
        assert by_query[name] == by_bulk[name], name
        assert [repr(row) for row in by_query[name].values()] == [
            repr(by_bulk[name][key]) for key in by_query[name]
        ]
    assert set(specs) <= set(OBJECTS)
    assert not sim.ledger.writes


def test_wide_objects_are_joined_by_id(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = a_connection_to(sim)
    with opened(connection, at=sim.clock.now()) as connector:
        whole = read(connector, "Opportunity")[0]
    monkeypatch.setattr(soql, "LONGEST_QUERY", 1500)
    sim.ledger.clear()
    with opened(connection, at=sim.clock.now()) as connector:
        assert read(connector, "Opportunity")[0] == whole
    parts = [call for call in sim.ledger.calls if "Id IN" in call.soql]
    assert parts
    assert max(soql.size(call.soql) for call in parts) <= 1500


def test_a_field_that_went_meanwhile_is_left_out(sim: Simulator) -> None:
    with opened(a_connection_to(sim), at=sim.clock.now()) as connector:
        connector.describe()
        changes.hide_field(sim.store, "Opportunity", "NextStep")
        rows = read(connector, "Opportunity")[0]
    assert set(rows) == set(sim.store.ids("Opportunity"))
    assert not any("NextStep" in row for row in rows.values())


def test_a_query_that_is_too_slow_is_asked_by_shorter_spans(sim: Simulator) -> None:
    with opened(a_connection_to(sim), at=sim.clock.now()) as connector:
        connector.describe()
        sim.plan.arm("query_timeout", times=5)
        assert set(read(connector, "Opportunity")[0]) == set(sim.store.ids("Opportunity"))
        spans = [call.soql for call in sim.ledger.calls if "SystemModstamp <" in call.soql]
        assert len(spans) > 5


def test_a_next_page_at_another_host_is_not_asked(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """simple-salesforce glues what it is told to the host: `@evil.example` would get the token."""
    with opened(a_connection_to(sim), at=sim.clock.now()) as connector:
        connector.describe()
        told = {
            "done": False,
            "totalSize": 9,
            "records": [],
            "nextRecordsUrl": "@evil.example/services/data/v62.0/query/01g",
        }
        monkeypatch.setattr(connector.salesforce, "query", lambda *_, **__: told)
        with pytest.raises(ObjectUnavailableError, match="where it goes on"):
            read(connector, "Opportunity")
