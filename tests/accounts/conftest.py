from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.connectors.salesforce.connector import SalesforceConnector
from tests.accounts.connected import Desk
from tests.salesforce import Simulator


@pytest.fixture(scope="module")
def salesforce() -> Iterator[Simulator]:
    with Simulator(seed=5, rows=3) as simulator:
        yield simulator


@pytest.fixture
def reached(
    salesforce: Simulator, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Simulator:
    """Trusted and allowed, and nobody waits between two tries."""
    settings.SALESFORCE_HOSTS = ["127.0.0.1"]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(salesforce.ca_path))
    given = SalesforceConnector.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(given, "sleep", lambda _: None)
    return salesforce


@pytest.fixture
def desk(client: Client, db: None) -> Desk:
    found: Desk = Desk.of(client)
    return found
