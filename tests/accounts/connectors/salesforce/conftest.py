from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.salesforce import Simulator, tiny
from tests.salesforce.clock import START


@pytest.fixture
def world() -> tiny.Source:
    return tiny.world(seed=3, rows=40, until=START)


@pytest.fixture
def sim(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, world: tiny.Source
) -> Iterator[Simulator]:
    settings.SALESFORCE_HOSTS = ["127.0.0.1"]
    with Simulator(seed=3, world=world) as simulator:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(simulator.ca_path))
        yield simulator
