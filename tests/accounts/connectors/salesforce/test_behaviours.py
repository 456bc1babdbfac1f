"""What data does over time: nothing is lost, and what went is told."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from accounts.connectors.base import Deletion, NeedsSignInError, WrongOrgError
from accounts.connectors.salesforce import bulk
from accounts.connectors.salesforce.connector import SalesforceConnector
from accounts.models import Connection
from tests.accounts.connectors.salesforce.connections import a_connection_to, opened, read
from tests.salesforce import Simulator, changes, tiny
from tests.salesforce.clock import START
from tests.salesforce.worlds import Few

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> tiny.Source:
    """What these tests read of an org; the whole of it is described in test_reading."""
    whole = tiny.world(seed=3, rows=40, until=START)
    return Few(whole, "User", "Account", "Opportunity", "Lead", "Contact", "Case")


class Mirror:
    """The least sync: rows by id, and the two positions."""

    def __init__(self, sim: Simulator, connection: Connection, name: str = "Opportunity") -> None:
        self.sim, self.connection, self.name = sim, connection, name
        self.rows: dict[str, Any] = {}
        self.position: dict[str, Any] = {}
        self.deletes: dict[str, Any] = {}
        self.gone: dict[str, Deletion] = {}
        self.must_reconcile = False

    def sync(self, *, pages: int | None = None) -> None:
        """With `pages`, killed after so many."""
        with opened(self.connection, at=self.sim.clock.now()) as connector:
            for number, page in enumerate(connector.changed_since(self.name, self.position)):
                if pages is not None and number >= pages:
                    return
                self.rows.update((row["Id"], row) for row in page.rows)
                self.position = page.position
            self.read_deletes(connector)

    def read_deletes(self, connector: SalesforceConnector) -> None:
        self.must_reconcile = False
        for page in connector.deleted_since(self.name, self.deletes):
            for each in page.deletions:
                self.gone[each.external_id] = each
                self.rows.pop(each.external_id, None)
            self.deletes = page.position
            self.must_reconcile |= page.must_reconcile

    def is_whole(self) -> bool:
        there = {row["Id"]: row for row in self.sim.store.rows(self.name)}
        return set(self.rows) == set(there) and all(
            self.rows[key]["SystemModstamp"] == row["SystemModstamp"] for key, row in there.items()
        )


@pytest.fixture(params=[1, 10**6], ids=["bulk", "query"])
def mirror(sim: Simulator, request: pytest.FixtureRequest) -> Mirror:
    found = Mirror(sim, a_connection_to(sim, bulk_from=request.param))
    found.sync()
    assert found.is_whole()
    sim.clock.advance(timedelta(minutes=1))
    return found


def test_rows_that_are_committed_late(mirror: Mirror) -> None:
    late = mirror.sim.enact("late_visible_commit", delay_s=590)
    mirror.sim.clock.advance(5)
    mirror.sync()
    assert not set(late.ids) & set(mirror.rows)
    mirror.sim.clock.advance(600)
    mirror.sync()
    assert mirror.is_whole()


def test_a_burst_of_one_second_over_the_borders_of_pages(mirror: Mirror) -> None:
    mirror.sim.pages.usual = mirror.sim.pages.least = 150
    mirror.sim.enact("same_second_burst", count=500)
    mirror.sim.clock.advance(5)
    mirror.sync(pages=2)
    mirror.sim.plan.arm("invalid_query_locator")
    mirror.sync()
    assert mirror.is_whole()


@pytest.mark.parametrize("pages", range(4))
def test_a_kill_after_any_page(sim: Simulator, pages: int) -> None:
    sim.pages.usual = sim.pages.least = 200
    mirror = Mirror(sim, a_connection_to(sim))
    changes.burst(sim.store, "Opportunity", 500)
    sim.clock.advance(60)
    for _ in range(2):
        mirror.sync(pages=pages)
        sim.enact("late_visible_commit", delay_s=300)
        sim.enact("modified_while_paging")
        sim.clock.advance(400)
    mirror.sync()
    sim.clock.advance(601)
    mirror.sync()
    assert mirror.is_whole()


@pytest.mark.parametrize("pages", range(6))
def test_a_bulk_load_goes_on_where_it_was(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    """Within a download, and from one to the next."""
    monkeypatch.setattr(bulk, "ROWS_A_PAGE", 150)
    sim.bulk.piece_rows = 400
    mirror = Mirror(sim, a_connection_to(sim, bulk_from=1))
    changes.burst(sim.store, "Opportunity", 500)
    sim.clock.advance(60)
    mirror.sync(pages=pages)
    mirror.sync()
    assert mirror.is_whole()
    assert sim.ledger.kinds["bulk_create"] == (2 if pages == 0 else 1)


def test_a_pass_while_rows_move(mirror: Mirror) -> None:
    mirror.sim.plan.behaviours = {"modified_while_paging": 0.9}
    mirror.sync()
    mirror.sim.plan.behaviours = {}
    mirror.sim.clock.advance(5)
    mirror.sync()
    assert mirror.is_whole()


def test_deletion_return_and_merge(mirror: Mirror) -> None:
    deleted = mirror.sim.enact("soft_delete").ids[0]
    mirror.sim.clock.advance(5)
    mirror.sync()
    assert mirror.is_whole()
    assert deleted in mirror.gone
    mirror.sim.enact("undelete")
    mirror.sim.clock.advance(5)
    mirror.sync()
    assert deleted in mirror.rows
    assert mirror.is_whole()


def test_a_deletion_whose_run_was_killed_is_told_by_the_next(mirror: Mirror) -> None:
    deleted = mirror.sim.enact("soft_delete").ids[0]
    mirror.sim.clock.advance(timedelta(hours=1))
    with opened(mirror.connection, at=mirror.sim.clock.now()) as connector:
        mirror.position = read(connector, "Opportunity", mirror.position)[1]
    mirror.sim.clock.advance(timedelta(hours=1))
    mirror.sync()
    assert deleted in mirror.gone


def test_a_merge_says_into_what(sim: Simulator) -> None:
    mirror = Mirror(sim, a_connection_to(sim), "Account")
    mirror.sync()
    sim.clock.advance(60)
    merged = sim.enact("merge")
    sim.clock.advance(5)
    mirror.sync()
    assert mirror.gone[merged.ids[0]].merged_into == merged.more["winner"]
    assert mirror.is_whole()


def test_what_went_with_its_parent_is_on_the_list(mirror: Mirror) -> None:
    store = mirror.sim.store
    account = next(row["AccountId"] for row in store.rows("Opportunity") if row["AccountId"])
    assert changes.cascade_delete(store, "Account", account, logged=True)
    mirror.sync()
    assert not mirror.is_whole()
    mirror.sim.clock.advance(timedelta(hours=7))
    mirror.sync()
    assert mirror.is_whole()


def test_a_hard_deletion_is_found_by_the_ids(mirror: Mirror) -> None:
    gone = mirror.sim.enact("hard_delete").ids[0]
    with opened(mirror.connection, at=mirror.sim.clock.now()) as connector:
        ids = [each for page in connector.ids("Opportunity") for each in page]
    assert ids == mirror.sim.store.ids("Opportunity")
    assert gone not in ids


def test_after_sixteen_days_the_ids_must_be_compared(mirror: Mirror) -> None:
    mirror.sim.enact("recycle_bin_purged_15d")
    mirror.sync()
    assert mirror.must_reconcile
    mirror.sim.clock.advance(60)
    mirror.sync()
    assert not mirror.must_reconcile


def test_an_object_where_nothing_happens_is_not_compared_for_that(mirror: Mirror) -> None:
    for _ in range(5):
        mirror.sim.clock.advance(timedelta(days=6))
        mirror.sync()
        assert not mirror.must_reconcile


def test_formulas_are_read_whole(sim: Simulator) -> None:
    mirror = Mirror(sim, a_connection_to(sim), "Account")
    sim.enact("formula_field_change", value="Tier 1")
    mirror.sync()
    sim.clock.advance(60)
    changed = sim.enact("formula_field_change", value="Tier 2").ids[0]
    with opened(mirror.connection, at=sim.clock.now()) as connector:
        found = {row["Id"]: row for page in connector.formulas("Account") for row in page.rows}
    assert set(found) == set(sim.store.ids("Account"))
    assert found[changed]["Tier__c"] == "Tier 2"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_wrong_clock_of_ours(sim: Simulator, minutes: int) -> None:
    sim.enact("clock_skew", minutes=minutes)
    mirror = Mirror(sim, a_connection_to(sim))
    with opened(mirror.connection, at=sim.clock.client_now()) as connector:
        _, mirror.position, _ = read(connector, "Opportunity")
    sim.enact("late_visible_commit", delay_s=500)
    sim.clock.advance(600)
    with opened(mirror.connection, at=sim.clock.client_now()) as connector:
        rows, _, _ = read(connector, "Opportunity", mirror.position)
    assert len(rows) >= 5


def test_another_organization_behind_the_address(sim: Simulator) -> None:
    connection = a_connection_to(sim)
    with opened(connection, at=sim.clock.now()) as connector:
        assert "Signed in to" in connector.check()
    Connection.objects.filter(pk=connection.pk).update(organization_id="00D000000000999AAA")
    with (
        opened(connection, at=sim.clock.now()) as connector,
        pytest.raises(WrongOrgError, match="Nothing was read"),
    ):
        connector.describe()


def test_one_organization_is_connected_once(sim: Simulator) -> None:
    for expected in (None, WrongOrgError):
        with opened(a_connection_to(sim), at=sim.clock.now()) as connector:
            if expected is None:
                connector.check()
                continue
            with pytest.raises(expected, match="already connected"):
                connector.check()


def test_one_sign_in_a_run_and_none_while_the_session_lasts(sim: Simulator) -> None:
    connection = a_connection_to(sim)
    for _ in range(3):
        with opened(connection, at=sim.clock.now()) as connector:
            connector.describe()
    assert sim.ledger.count("token") == 1
    sim.expire_sessions()
    with opened(connection, at=sim.clock.now()) as connector:
        connector.describe()
        sim.expire_sessions()
        with pytest.raises(NeedsSignInError, match="“api”"):
            read(connector, "Account")
    assert sim.ledger.count("token") == 2


def test_secrets_show_nowhere(sim: Simulator) -> None:
    connection = a_connection_to(sim, method="refresh")
    with opened(connection, at=sim.clock.now()) as connector:
        connector.describe()
        kept = secrets_in(Connection.objects.get(pk=connection.pk).read_secrets())
        shown = repr(connector) + repr(connector.transport) + repr(connector.sign_in)
        assert not any(secret in shown for secret in kept)


def secrets_in(values: dict[str, Any]) -> Iterable[str]:
    for value in values.values():
        if isinstance(value, dict):
            yield value["access_token"]
        elif isinstance(value, str):
            yield value
