"""An admin connects an org, tests it, renews the secret, cuts it: on the page, to a real server."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings as configured
from django.test import Client
from pytest_django import Settings

from accounts import trying
from accounts.connection_forms import FORMS
from accounts.connectors.salesforce import transport
from accounts.connectors.salesforce.connector import SalesforceConnector
from accounts.models import Connection, SyncRun
from accounts.trying import TrialFailedError
from revenue.jobs.models import Job
from revenue.users.models import AuditEvent, Org
from revenue.users.roles import Role
from tests.accounts.connected import METHODS, SECRETS, Desk, a_private_key, wish_for
from tests.factories.facts import NOON, a_connection
from tests.salesforce import Simulator

pytestmark = pytest.mark.django_db
TARGETS = Path(configured.BASE_DIR).parent / "shared" / "data" / "attacks" / "ssrf_targets.json"
State = Connection.State


def connected(desk: Desk, sim: Simulator, method: str = "client_credentials") -> Connection:
    assert desk.connect(method, wish_for(sim, method)).status_code == 302
    assert desk.perform("test-connection").state == "succeeded"
    return desk.connection()


@pytest.mark.parametrize("method", METHODS)
def test_each_way_to_sign_in_is_connected_and_tested(
    desk: Desk, reached: Simulator, method: str
) -> None:
    found = connected(desk, reached, method)
    assert (found.state, found.problem, found.method) == (State.WORKING, "", method)
    assert found.organization_id == reached.organization_id
    page = desk.read("connection-show")
    assert "Signed in to" in page
    assert "The last test went well." in page
    assert str(desk.user) in page  # who set the secret


@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_secret_is_said_in_a_sentence(desk: Desk, reached: Simulator, method: str) -> None:
    wrong = {name: f"wrong {name}" for name in wish_for(reached, method) if name in SECRETS}
    if method == "jwt":
        wrong = {"private_key": a_private_key()}
    desk.connect(method, wish_for(reached, method, **wrong))
    job = desk.perform("test-connection")
    assert job.state == "failed"
    assert "Salesforce" in job.error
    found = desk.connection()
    assert (found.state, found.problem) == (State.NEEDS_SIGN_IN, job.error)
    page = desk.read("connection-show")
    assert "The last test failed." in page
    assert found.problem in page.replace("&#x27;", "'")


def test_an_address_that_nobody_listens_at(desk: Desk, reached: Simulator) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    wish = wish_for(reached, "jwt", login_url=f"https://127.0.0.1:{port}")
    desk.connect("jwt", wish)
    job = desk.perform("test-connection")
    assert (job.state, desk.connection().state) == ("failed", State.UNTESTED)
    assert job.error.endswith(".")


def test_a_host_of_strangers_is_refused_by_the_form(desk: Desk, settings: Settings) -> None:
    answer = desk.connect(
        "client_credentials",
        {"login_url": "https://evil.invalid", "client_id": "x", "client_secret": "canary 4711"},
    )
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "SALESFORCE_HOSTS" in html
    assert "canary 4711" not in html
    assert not Connection.objects.filter(org=desk.org).exists()


@pytest.mark.skipif(not TARGETS.exists(), reason="the list of targets is not on this machine")
def test_no_address_inside_of_the_house_is_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither typed into the form nor written into the row behind its back."""

    def asked(*_: Any, **__: Any) -> None:
        raise AssertionError("a call left the machine")

    monkeypatch.setattr(requests.Session, "request", asked)
    row = Connection.objects.create(org=desk.org, method="client_credentials", client_id="x")
    row.write_secrets({"client_secret": "x"})
    row.save()
    accepted = []
    for target in json.loads(TARGETS.read_text())["targets"]:
        form = {"login_url": target, "client_id": "x", "client_secret": "x"}
        accepted += [target for kind in FORMS.values() if "login_url" not in kind(form).errors]
        Connection.objects.filter(pk=row.pk).update(login_url=target[:200])
        with pytest.raises(TrialFailedError, match=r"https://|SALESFORCE_HOSTS"):
            trying.test_connection(org=desk.org, at=NOON)
    assert accepted == []


def test_a_token_is_not_carried_to_another_host(
    desk: Desk, reached: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reached.sign_in, "url", "https://evil.invalid")
    desk.connect("client_credentials", wish_for(reached, "client_credentials"))
    before = reached.ledger.api_calls
    job = desk.perform("test-connection")
    assert "evil.invalid is none of the hosts" in job.error
    assert reached.ledger.api_calls == before


@pytest.fixture
def silence() -> Iterator[str]:
    """A server that takes calls and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"https://127.0.0.1:{server.getsockname()[1]}"


def test_a_server_that_says_nothing_is_left_in_time(
    desk: Desk, reached: Simulator, silence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "CONNECT_S", 0.05)
    monkeypatch.setattr(transport, "READ_S", 0.05)
    desk.connect("jwt", wish_for(reached, "jwt", login_url=silence))
    job = desk.perform("test-connection")
    assert job.state == "failed"
    assert desk.connection().state == State.UNTESTED  # the credential was not judged
    assert "Salesforce" in job.error


# Renewing


def test_a_renewed_secret_takes_the_place_of_the_old_once_it_works(
    desk: Desk, reached: Simulator
) -> None:
    connected(desk, reached)
    old = desk.connection().read_secrets()["client_secret"]
    desk.send("connection-renew", **{"new-client_secret": "wrong"})
    held = desk.connection()
    assert held.read_secrets()["client_secret"] == old
    assert held.candidate_secrets
    job = desk.perform("renew-connection")
    assert job.error.endswith("The credential that was there before stays in use.")
    held = desk.connection()
    assert held.read_secrets()["client_secret"] == old
    assert (held.state, held.candidate_secrets, held.former_secrets) == (State.WORKING, "", "")

    reached.sign_in.client.client_secret, kept = (
        "renewed 4712",
        reached.sign_in.client.client_secret,
    )
    try:
        desk.send("connection-renew", **{"new-client_secret": "renewed 4712"})
        assert desk.perform("renew-connection").state == "succeeded"
    finally:
        reached.sign_in.client.client_secret = kept
    held = desk.connection()
    assert held.read_secrets()["client_secret"] == "renewed 4712"
    assert (held.candidate_secrets, held.former_secrets) == ("", "")


def test_a_worker_that_died_in_the_middle_of_a_renewal(desk: Desk, reached: Simulator) -> None:
    """The next attempt finds the new secret in place, and puts the old one back where it fails."""
    found = connected(desk, reached)
    old = found.read_secrets()["client_secret"]
    found.former_secrets = found.secrets
    found.write_secrets({"client_secret": "wrong"})
    found.save()
    with pytest.raises(TrialFailedError, match="stays in use"):
        trying.try_renewed(org=desk.org, at=NOON)
    assert desk.connection().read_secrets()["client_secret"] == old
    assert desk.connection().former_secrets == ""


def test_one_renewal_at_a_time(desk: Desk, reached: Simulator) -> None:
    connected(desk, reached)
    desk.send("connection-renew", **{"new-client_secret": "first"})
    waiting = desk.connection().candidate_secrets
    answer = desk.send("connection-renew", **{"new-client_secret": "second"})
    assert "is being tested" in answer.content.decode()
    assert desk.connection().candidate_secrets == waiting


def test_an_empty_renewal_is_refused_in_its_place(desk: Desk, reached: Simulator) -> None:
    connected(desk, reached)
    answer = desk.send("connection-renew", **{"new-client_secret": ""})
    assert answer.status_code == 422
    assert not Job.objects.unfinished().filter(org=desk.org).exists()


def test_what_a_killed_renewal_left_gives_way_to_what_worked(desk: Desk) -> None:
    made = a_connection(org=desk.org, secrets="worked", state=State.WORKING)
    for candidate in ("first", "second"):
        made.candidate_secrets = candidate
        made.save(update_fields=["candidate_secrets"])
        before = trying.swap_in(org=desk.org)
    trying.swap_back(org=desk.org, before=before)
    assert desk.connection().secrets == "worked"


def test_a_refresh_token_survives_its_own_renewal(desk: Desk, reached: Simulator) -> None:
    """What the sign-in of the test brought in its place is what is kept."""
    connected(desk, reached, "refresh_token")
    fresh = wish_for(reached, "refresh_token")["refresh_token"]
    desk.send("connection-renew", **{"new-refresh_token": fresh})
    assert desk.perform("renew-connection").state == "succeeded"
    held = desk.connection().read_secrets()
    assert held["refresh_token"] != fresh
    assert held["client_secret"] == reached.sign_in.client.client_secret
    assert reached.ledger.reused == []


# Cutting, and what a run of before may still do


def test_a_connection_that_was_cut_stays_cut(desk: Desk, reached: Simulator) -> None:
    """A sync that holds the former credential writes no session of it back."""
    connected(desk, reached)
    running = SalesforceConnector(desk.connection(), at=reached.clock.now())
    running.describe()
    desk.send("connection-disconnect")
    reached.expire_sessions()
    running.transport.request("GET", f"{running.salesforce.base_url}limits")
    running.close()
    found = desk.connection()
    assert (found.secrets, found.state, found.is_there) == ("", State.STOPPED, False)
    assert "is not connected" in desk.read("connection-show")
    assert "Sync now" not in desk.read("sync-show")


def test_what_is_cut_while_it_is_tried_stays_cut(
    desk: Desk, reached: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(desk, reached)

    def answered(**_given: Any) -> str:
        desk.send("connection-disconnect")
        return "It answers."

    monkeypatch.setattr(trying, "ask", answered)
    trying.test_connection(org=desk.org, at=NOON)
    found = desk.connection()
    assert (found.state, found.is_there) == (State.STOPPED, False)


@pytest.mark.parametrize("name", ["connection-test", "sync-start", "connection-renew"])
def test_what_is_not_connected_can_do_nothing(desk: Desk, name: str) -> None:
    answer = desk.send(name)
    assert "onnect the org first" in answer.content.decode() or "Connect it first" in str(
        answer.content
    )
    assert not Job.objects.filter(org=desk.org).exists()


def test_a_refused_sign_in_stops_syncs_and_alerts_admins_once_a_page(
    client: Client, desk: Desk, reached: Simulator
) -> None:
    connected(desk, reached)
    Connection.objects.filter(org=desk.org).update(
        state=State.NEEDS_SIGN_IN, problem="Salesforce refused the sign-in (invalid_grant)."
    )
    said = "The CRM no longer accepts our sign-in."
    for name in ("account-list", "operations-show", "sync-show"):
        html = desk.read(name)
        assert html.count(said) == 1, name
    assert "Renew the credential" in desk.read("account-list")
    assert "invalid_grant" in desk.send("sync-start").content.decode()
    assert not SyncRun.objects.filter(org=desk.org).exists()
    rep = Desk.of(Client(), role=Role.REP)
    assert said not in rep.read("account-list")


def test_an_org_of_files_has_nothing_to_sign_in_to(client: Client) -> None:
    desk = Desk.of(client, kind=Org.Kind.CSV)
    assert "fed by files" in desk.read("connection-show")
    assert desk.connect("jwt", {}).status_code == 404


def test_a_demo_org_is_connected_by_a_size_and_a_seed(client: Client) -> None:
    desk = Desk.of(client, kind=Org.Kind.DEMO)
    desk.send("connection-show", scale="small", seed="11")
    assert desk.connection().options == {"scale": "small", "seed": 11}
    assert desk.perform("test-connection").state == "succeeded"
    assert desk.connection().state == State.WORKING


def test_every_deed_is_in_the_audit_trail_by_name_of_field(desk: Desk, reached: Simulator) -> None:
    connected(desk, reached)
    desk.send("connection-renew", **{"new-client_secret": "x"})
    desk.send("connection-disconnect")
    events = AuditEvent.objects.filter(org=desk.org, action="credential_changed").order_by("id")
    assert [event.detail["did"] for event in events] == [
        "saved",
        "renewal asked for",
        "disconnected",
    ]
    assert events[0].detail["fields"] == ["client_id", "client_secret", "login_url", "method"]
