"""User name, password and security token: for sandboxes, from the first call to the last row."""

import pytest

from accounts.connectors.base import NeedsSignInError
from accounts.connectors.salesforce.faults import SetupError
from tests.accounts.connectors.salesforce.connections import a_connection_to, opened, read
from tests.salesforce import Simulator

pytestmark = pytest.mark.django_db


def test_a_sandbox_is_read_with_a_password(sim: Simulator) -> None:
    connection = a_connection_to(sim, method="password")
    with opened(connection, at=sim.clock.now()) as connector:
        assert connector.check().startswith("Signed in to Simulated Company")
        assert "Opportunity" in connector.describe()
        assert set(read(connector, "Opportunity")[0]) == set(sim.store.ids("Opportunity"))
    with opened(connection, at=sim.clock.now()) as connector:
        connector.describe()
    assert sim.ledger.count("token") == 1
    connection.refresh_from_db()
    assert connection.organization_id == sim.organization_id


def test_an_expired_session_is_opened_anew_with_the_password(sim: Simulator) -> None:
    with opened(a_connection_to(sim, method="password"), at=sim.clock.now()) as connector:
        connector.describe()
        sim.expire_sessions()
        assert set(read(connector, "Account")[0]) == set(sim.store.ids("Account"))
    assert sim.ledger.count("token") == 2


@pytest.mark.parametrize("part", ["password", "security_token", "client_secret"])
def test_a_wrong_part_is_refused_once_and_shown_nowhere(sim: Simulator, part: str) -> None:
    connection = a_connection_to(sim, method="password")
    secrets = connection.read_secrets() | {part: "canary-wrong-7Q"}
    connection.write_secrets(secrets)
    connection.save()
    with (
        opened(connection, at=sim.clock.now()) as connector,
        pytest.raises(NeedsSignInError) as caught,
    ):
        connector.check()
    assert not any(secret in str(caught.value) for secret in secrets.values())
    assert sim.ledger.count("token") == 1
    assert sim.ledger.api_calls == 0


@pytest.mark.parametrize(
    "address",
    [
        "https://login.salesforce.com",
        "https://acme.my.salesforce.com",
        "https://acme.salesforce.com",
    ],
)
def test_no_password_goes_to_production(
    sim: Simulator, settings: object, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    settings.SALESFORCE_HOSTS = ["salesforce.com"]  # type: ignore[attr-defined]
    connection = a_connection_to(sim, method="password")
    connection.login_url = address
    connection.save()
    with opened(connection, at=sim.clock.now()) as connector:
        sent = []
        monkeypatch.setattr(connector.transport, "_send", lambda *call, **_: sent.append(call))
        with pytest.raises(SetupError, match="for sandboxes only"):
            connector.check()
    assert sent == []
    assert sim.ledger.count() == 0


def test_a_password_that_is_missing_is_asked_for(sim: Simulator) -> None:
    connection = a_connection_to(sim, method="password")
    connection.write_secrets({"client_secret": "x"})
    connection.save()
    with (
        opened(connection, at=sim.clock.now()) as connector,
        pytest.raises(NeedsSignInError, match="password is missing"),
    ):
        connector.check()
    assert sim.ledger.count() == 0
