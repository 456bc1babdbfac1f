"""A session that ends in the middle of a run is renewed, whatever the run is doing just then."""

from collections.abc import Iterator

import pytest

from accounts.connectors.salesforce.connector import SalesforceConnector
from accounts.models import ObjectSync
from tests.accounts.sync.world import World
from tests.salesforce import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("method", ["jwt", "refresh"])
def test_it_ends_while_ids_are_listed(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    sim.pages.usual = sim.pages.least = 3
    world = World(sim, method=method)
    world.sync()
    read = SalesforceConnector.ids_after
    ended: list[str] = []

    def interrupted(self: SalesforceConnector, object_name: str, last: str) -> Iterator[list[str]]:
        for page in read(self, object_name, last):
            yield page
            if not ended:
                sim.expire_sessions()
                ended.append(object_name)

    monkeypatch.setattr(SalesforceConnector, "ids_after", interrupted)
    ObjectSync.objects.update(reconciled_at=None)
    world.later()
    assert ended
    assert ObjectSync.objects.get(org=world.org, object_name=ended[0]).reconciled_at
    world.mirrors()
