from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker, Settings

from tests.accounts.sync.workers import SyncStage, sync_stage
from tests.accounts.sync.world import World
from tests.salesforce import Simulator


@pytest.fixture
def sim(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    settings.SALESFORCE_HOSTS = ["127.0.0.1"]
    with Simulator(seed=3, rows=20) as simulator:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(simulator.ca_path))
        yield simulator


@pytest.fixture
def world(sim: Simulator) -> World:
    """Read once, and the same as there."""
    found = World(sim)
    found.sync()
    found.mirrors()
    return found


@pytest.fixture(scope="package")
def stage(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SyncStage]:
    with django_db_blocker.unblock(), sync_stage(tmp_path_factory.mktemp("sync")) as found:
        yield found
