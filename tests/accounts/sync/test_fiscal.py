"""The fiscal year begins when the CRM says, unless an admin has said otherwise."""

from typing import Any

import pytest

from accounts.models import SyncRun
from accounts.sync.fiscal import count_from
from accounts.sync.work import Work
from revenue.users.models import AuditEvent, Org
from tests.accounts.sync.sources import NOON, Source, a_deal, sync
from tests.accounts.sync.world import World
from tests.factories.people import OrgFactory
from tests.salesforce import Simulator, tiny
from tests.salesforce.clock import START


class Telling(Source):
    month: int = 0

    def fiscal_month(self) -> int:
        return self.month


def a_telling(month: int) -> Telling:
    source = Telling()
    source.put("Opportunity", a_deal(1))
    source.month = month
    return source


@pytest.mark.django_db(transaction=True)
def test_salesforce_tells_it_and_is_asked_once_a_day(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SALESFORCE_HOSTS = ["127.0.0.1"]
    with Simulator(seed=3, world=tiny.world(seed=3, rows=5, until=START)) as sim:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sim.ca_path))
        (found,) = sim.store.rows("Organization")
        sim.store.load("Organization", [{**found, "FiscalYearStartMonth": 2}])
        world = World(sim)
        world.sync()
        assert world.org.fiscal_month == 2
        event = AuditEvent.objects.get(org=world.org, detail__has_key="fiscal_month")
        assert event.person is None
        assert (event.detail["fiscal_month"], event.detail["before"]) == (2, 1)
        sim.store.load("Organization", [{**found, "FiscalYearStartMonth": 5}])
        world.sync()
        assert world.org.fiscal_month == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("told", "kept", "month"), [(4, False, 4), (4, True, 7), (0, False, 7)])
def test_an_admin_s_word_stands(told: int, kept: bool, month: int) -> None:
    org = OrgFactory(fiscal_month=7, keeps_fiscal_month=kept)
    sync(org, a_telling(told), at=NOON)
    org.refresh_from_db()
    assert org.fiscal_month == month


@pytest.mark.django_db
def test_what_an_admin_sets_while_a_run_goes_on_stands_too() -> None:
    org = OrgFactory()
    run = SyncRun(org=org, trigger=SyncRun.Trigger.COMMAND, started_at=NOON)
    Org.objects.filter(pk=org.pk).update(fiscal_month=10, keeps_fiscal_month=True)
    count_from(4, work=Work(org=org, connector=Source(), run=run, at=NOON))
    org.refresh_from_db()
    assert org.fiscal_month == 10
    assert not AuditEvent.objects.filter(org=org).exists()
