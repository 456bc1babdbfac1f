"""Connections and what syncs wrote down, in Django's admin: an org's own rows, and no secret."""

from typing import Any

import pytest
from django.test import Client

from accounts.admin.connections import ConnectionAdmin
from accounts.models import Connection, SyncRun
from accounts.sync.members import link_members
from revenue.jobs.models import Job
from revenue.users.models import AuditEvent, Org
from revenue.users.roles import Role
from tests.accounts.connected import Desk, perform, wish_for
from tests.factories.facts import (
    NOON,
    a_connection,
    a_crm_user,
    a_refused_row,
    a_source_field,
    a_sync_run,
    an_object_sync,
)
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory
from tests.salesforce import Simulator

pytestmark = pytest.mark.django_db
ROOT = "/admin/accounts"
CANARY = "canary-4711-secret"
WRITTEN = ("syncrun", "objectsync", "refusedrow", "sourcefield")
MAKERS: dict[str, Any] = {
    "connection": a_connection,
    "syncrun": a_sync_run,
    "objectsync": an_object_sync,
    "refusedrow": a_refused_row,
    "sourcefield": a_source_field,
    "crmuser": a_crm_user,
}


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    return client


def with_secrets(org: Org) -> Connection:
    """A canary in each of the three places that hold a secret."""
    made = a_connection(org=org, method="client_credentials", login_url="https://x.salesforce.com")
    for place in ("candidate_secrets", "former_secrets", "secrets"):
        made.write_secrets({"client_secret": CANARY})
        setattr(made, place, made.secrets)
    made.secrets_changed_at, made.state = NOON, Connection.State.WORKING
    made.save()
    return made


def held_in(connection: Connection) -> list[str]:
    return [CANARY, *(getattr(connection, name) for name in Connection.encrypted_fields)]


def test_no_page_of_the_admin_shows_a_secret(desk: Desk, root: Client) -> None:
    made = with_secrets(desk.org)
    for client in (desk.client, root):
        for path in ("", f"{made.pk}/change/", f"{made.pk}/history/", f"{made.pk}/credential/"):
            answer = client.get(f"{ROOT}/connection/{path}")
            assert answer.status_code == 200, path
            html = answer.content.decode()
            assert not any(secret in html for secret in held_in(made)), path
        form = client.get(f"{ROOT}/connection/{made.pk}/change/").context["adminform"].form
        assert set(form.fields) == {"api_version", "quota_share", "bulk_from"}


@pytest.mark.parametrize("column", Connection.encrypted_fields)
def test_no_address_asks_how_a_secret_begins(desk: Desk, root: Client, column: str) -> None:
    with_secrets(desk.org)
    for client in (desk.client, root):
        for model, path in (("connection", column), ("syncrun", f"org__connection__{column}")):
            answer = client.get(f"{ROOT}/{model}/", {f"{path}__startswith": "gAAAA"})
            assert answer.status_code == 400


@pytest.mark.parametrize("model", MAKERS)
def test_an_orgs_admin_finds_nothing_of_other_orgs(desk: Desk, root: Client, model: str) -> None:
    foreign = OrgFactory(name="Canary Org", slug="canary")
    MAKERS[model](org=desk.org)
    row = MAKERS[model](org=foreign)
    assert "canary" not in desk.client.get(f"{ROOT}/{model}/").content.decode().lower()
    assert "canary" in root.get(f"{ROOT}/{model}/").content.decode().lower()
    assert desk.client.get(f"{ROOT}/{model}/{row.pk}/change/").status_code == 302
    assert desk.client.get(f"{ROOT}/{model}/{row.pk}/history/").status_code in (302, 404)


@pytest.mark.parametrize("role", [Role.REP, Role.EXECUTIVE, Role.INTEGRATOR], ids=str)
def test_who_runs_no_org_has_no_admin(client: Client, role: Role) -> None:
    desk: Desk = Desk.of(client, role=role)
    for model in MAKERS:
        assert client.get(f"{ROOT}/{model}/").status_code == 403
    assert not Job.objects.filter(org=desk.org).exists()


@pytest.mark.parametrize("model", WRITTEN)
def test_what_a_sync_wrote_is_only_read(desk: Desk, root: Client, model: str) -> None:
    row = MAKERS[model](org=desk.org)
    for client in (desk.client, root):
        assert client.get(f"{ROOT}/{model}/{row.pk}/change/").status_code == 200
        for path in (f"{row.pk}/change/", f"{row.pk}/delete/", "add/"):
            assert client.post(f"{ROOT}/{model}/{path}", {}).status_code == 403


@pytest.mark.parametrize("model", MAKERS)
def test_lists_cost_the_same_for_few_and_for_many(
    desk: Desk, root: Client, model: str, django_assert_max_num_queries: Any
) -> None:
    MAKERS[model](org=desk.org)
    root.get(f"{ROOT}/{model}/")
    with django_assert_max_num_queries(20) as few:
        root.get(f"{ROOT}/{model}/")
    for _ in range(4):
        MAKERS[model](org=OrgFactory())
    with django_assert_max_num_queries(len(few)):
        assert root.get(f"{ROOT}/{model}/").status_code == 200


def test_an_edit_is_checked_recorded_and_leaves_the_rest_alone(desk: Desk) -> None:
    made = with_secrets(desk.org)
    url = f"{ROOT}/connection/{made.pk}/change/"
    wish = {"api_version": "63.0", "quota_share": "0.5", "bulk_from": "9"}
    for wrong in ({"api_version": "59.0"}, {"quota_share": "1.2"}, {"bulk_from": "0"}):
        answer = desk.client.post(url, wish | wrong)
        assert set(answer.context["adminform"].form.errors) == set(wrong)
    assert desk.client.post(url, wish | {"secrets": "mine", "state": "stopped"}).status_code == 302
    found = desk.connection()
    assert (found.api_version, found.quota_share, found.bulk_from) == ("63.0", 0.5, 9)
    assert (found.state, found.read_secrets()) == ("working", {"client_secret": CANARY})
    event = AuditEvent.objects.get(action="org_changed")
    assert event.org == desk.org
    assert len(event.detail["fields"]) == 3


def test_whom_an_admin_has_named_stays_the_crm_users_member(desk: Desk) -> None:
    member = MembershipFactory(org=desk.org)
    MembershipFactory(org=desk.org, user__email="shared@example.com")
    seller = a_crm_user(org=desk.org, email="shared@example.com")
    link_members(org=desk.org, at=NOON)
    url = f"{ROOT}/crmuser/{seller.pk}/change/"
    foreign = MembershipFactory(org=OrgFactory())
    answer = desk.client.post(url, {"membership": foreign.pk})
    assert set(answer.context["adminform"].form.errors) == {"membership"}
    assert desk.client.post(url, {"membership": member.pk, "name": "Mine"}).status_code == 302
    link_members(org=desk.org, at=NOON)
    seller.refresh_from_db()
    assert (seller.membership, seller.name == "Mine") == (member, False)
    assert AuditEvent.objects.get(action="member_changed").org == desk.org


def test_an_edit_does_not_undo_what_a_sync_writes_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = with_secrets(desk.org)
    save = ConnectionAdmin.save_model

    def late(self: Any, request: Any, obj: Any, form: Any, change: bool) -> None:
        made.write_secrets({"refresh_token": "successor"})
        Connection.objects.filter(pk=made.pk).update(secrets=made.secrets, state="needs_sign_in")
        save(self, request, obj, form, change)

    monkeypatch.setattr(ConnectionAdmin, "save_model", late)
    wish = {"api_version": "63.0", "quota_share": "0.5", "bulk_from": "9"}
    desk.client.post(f"{ROOT}/connection/{made.pk}/change/", wish)
    found = desk.connection()
    assert (found.state, found.read_secrets()) == ("needs_sign_in", {"refresh_token": "successor"})


def test_a_connection_is_tested_renewed_and_synced_from_here(
    desk: Desk, root: Client, reached: Simulator
) -> None:
    """By a superuser too, who belongs to no org and has none of its pages."""
    wish = wish_for(reached, "client_credentials")
    desk.connect("client_credentials", wish)
    desk.perform("test-connection")
    page = f"{ROOT}/connection/{desk.connection().pk}"
    for client in (desk.client, root):
        assert client.post(f"{page}/test/").status_code == 302
        assert desk.perform("test-connection").state == "succeeded"
        assert client.post(f"{page}/credential/", {"client_secret": ""}).status_code == 422
        client.post(f"{page}/credential/", {"client_secret": wish["client_secret"]})
        assert desk.perform("renew-connection").state == "succeeded"
        data = {"action": "sync_now", "_selected_action": [str(desk.connection().pk)]}
        client.post(f"{ROOT}/connection/", data)
        assert perform(desk.job("sync")).state == "succeeded"
    runs = SyncRun.objects.filter(org=desk.org)
    assert [(run.state, run.trigger) for run in runs] == [("succeeded", "person")] * 2


def test_deeds_need_a_form_of_ours(desk: Desk) -> None:
    made = with_secrets(desk.org)
    for name in ("test", "sync"):
        assert desk.client.get(f"{ROOT}/connection/{made.pk}/{name}/").status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(desk.user)
    for name in ("test", "sync", "credential"):
        assert strict.post(f"{ROOT}/connection/{made.pk}/{name}/").status_code == 403
    assert not Job.objects.filter(org=desk.org).exists()


@pytest.mark.parametrize("name", ["test", "sync", "credential"])
def test_a_foreign_connection_is_not_there(desk: Desk, name: str) -> None:
    foreign = with_secrets(OrgFactory())
    answer = desk.client.post(f"{ROOT}/connection/{foreign.pk}/{name}/", {"client_secret": "x"})
    assert answer.status_code == 302
    assert not Job.objects.exists()
    assert Connection.objects.get(pk=foreign.pk).secrets == foreign.secrets


def test_what_cannot_be_done_is_said(desk: Desk) -> None:
    made = a_connection(org=desk.org, state="stopped")
    for name, said in (("test", "nothing to test"), ("sync", "not connected yet")):
        answer = desk.client.post(f"{ROOT}/connection/{made.pk}/{name}/", follow=True)
        assert said in answer.content.decode()
    answer = desk.client.get(f"{ROOT}/connection/{made.pk}/credential/", follow=True)
    assert "no credential to renew" in answer.content.decode()


def test_links_lead_to_the_pages_of_the_org_for_its_admins(desk: Desk, root: Client) -> None:
    made = with_secrets(desk.org)
    an_object_sync(org=desk.org, object_name="Lead")
    link = desk.address("mapping-list", "Lead")
    MembershipFactory(user=desk.user, role=Role.REP)
    assert link in desk.client.get(f"{ROOT}/connection/{made.pk}/change/").content.decode()
    assert link not in root.get(f"{ROOT}/connection/{made.pk}/change/").content.decode()
