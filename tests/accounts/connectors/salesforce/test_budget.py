"""What a sync costs: of an org where nothing changed, no more than its objects and three calls."""

from datetime import timedelta

import pytest

from accounts.connectors.base import QuotaReachedError
from accounts.models import ObjectSync, SyncRun
from accounts.sync.run import sync_org
from tests.accounts.connectors.salesforce.connections import a_connection_to, opened
from tests.salesforce import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


def sync(sim: Simulator, connection: object, *, full: bool = False) -> SyncRun:
    at = sim.clock.now()
    with opened(connection, at=at) as connector:  # type: ignore[arg-type]
        org = connector.connection.org
        return sync_org(org=org, connector=connector, trigger="command", at=at, full=full)


@pytest.mark.parametrize("method", ["jwt", "refresh"])
def test_a_second_sync_of_an_unchanged_org(sim: Simulator, method: str) -> None:
    connection = a_connection_to(sim, method=method)
    first = sync(sim, connection)
    assert (first.state, first.problem) == ("succeeded", "")
    sim.clock.advance(timedelta(minutes=20))
    sim.ledger.clear()
    second = sync(sim, connection)
    objects = ObjectSync.objects.filter(org=connection.org).count()
    assert (second.state, second.problem) == ("succeeded", "")
    assert second.rows_written == 0
    assert second.calls == len(sim.ledger.calls) <= objects + 3
    assert objects >= 15


def test_it_stops_at_its_share_of_the_quota_and_goes_on_later(sim: Simulator) -> None:
    connection = a_connection_to(sim, quota_share=0.5)
    sim.quota.allowed, sim.quota.used = 100, 40
    run = sync(sim, connection)
    assert run.state == "partial"
    assert "50 of 100 calls" in run.problem
    assert sim.quota.used == 50
    sim.quota.allowed, sim.quota.used = 1000, 0
    assert sync(sim, connection).state == "succeeded"


def test_the_quota_is_known_from_every_answer(sim: Simulator) -> None:
    sim.quota.allowed, sim.quota.used = 1000, 799
    with opened(a_connection_to(sim), at=sim.clock.now()) as connector:
        assert connector.quota is None
        connector.sign_in.start()
        connector.salesforce.limits()
        assert connector.quota is not None
        assert (connector.quota.used, connector.quota.allowed) == (800, 1000)
        with pytest.raises(QuotaReachedError, match="800 of 1,000"):
            connector.salesforce.limits()
