"""An org that is synced from a simulated Salesforce, over HTTPS and into the real database."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from accounts.connectors.salesforce.connector import SalesforceConnector
from accounts.models import Connection, Fact, SyncRun
from accounts.sync.run import sync_org
from revenue.users.models import Org
from tests.accounts.connectors.salesforce.connections import a_connection_to
from tests.accounts.sync.mirror import assert_mirrors
from tests.salesforce import Simulator

ON_TIME = timedelta(minutes=20)


class World:
    def __init__(self, sim: Simulator, **facts: Any) -> None:
        self.sim = sim
        self.connection = a_connection_to(sim, **facts)
        # By which of the two clocks a run believes to live.
        self.clock: Callable[[], datetime] = sim.clock.now

    @property
    def org(self) -> Org:
        return self.connection.org

    def run(self, **options: Any) -> SyncRun:
        """One sync as it comes; what it ends with is for the test to say."""
        at = self.clock()
        connection = Connection.objects.get(pk=self.connection.pk)
        connector = SalesforceConnector(connection, at=at, sleep=lambda _: None)
        org = Org.objects.get(pk=self.org.pk)
        try:
            return sync_org(
                org=org,
                connector=connector,
                trigger=SyncRun.Trigger.COMMAND,
                at=at,
                **options,
            )
        finally:
            connector.close()
            self.org.refresh_from_db()

    def sync(self, **options: Any) -> SyncRun:
        """One that succeeds, some time after the last."""
        run = self.run(**options)
        assert (run.state, run.problem) == ("succeeded", "")
        return run

    def later(self, by: timedelta | float = ON_TIME, **options: Any) -> SyncRun:
        self.sim.clock.advance(by)
        return self.sync(**options)

    def mirrors(self, *but: tuple[str, str]) -> None:
        assert_mirrors(self.org, self.sim, but=frozenset(but))

    def get(self, model: type[Fact], key: str) -> Any:
        return model.objects.get(org=self.org, external_id=key)

    def rests(self) -> None:
        """A further run has nothing to write."""
        again = self.later()
        assert (again.rows_written, again.rows_deleted) == (0, 0)
