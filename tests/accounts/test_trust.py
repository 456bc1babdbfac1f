from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Connection
from revenue.jobs.models import Job
from revenue.users.models import AuditEvent, Org, User
from revenue.users.roles import Role
from tests.factories.facts import (
    a_connection,
    a_refused_row,
    a_source_field,
    a_sync_run,
    an_object_sync,
)
from tests.factories.people import MembershipFactory, OrgFactory

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = "a very secret secret 4711"

pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Org:
    return OrgFactory(kind=Org.Kind.SALESFORCE)


def member(client: Client, org: Org, role: Role = Role.ADMIN) -> User:
    user: User = MembershipFactory(org=org, role=role).user
    client.force_login(user)
    return user


def show(client: Client, name: str, *arguments: object, **query: str) -> str:
    response = client.get(reverse(f"accounts:{name}", args=arguments), query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_every_member_reads_how_fresh_the_data_is(client: Client, org: Org, role: Role) -> None:
    member(client, org, role)
    a_connection(org=org)
    an_object_sync(
        org=org,
        object_name="Opportunity",
        source_count=1234,
        local_count=1230,
        refused_count=4,
        synced_at=NOON,
        read_up_to=NOON,
    )
    a_sync_run(org=org, state="succeeded", finished_at=NOON, rows_read=77)
    html = show(client, "sync-show", org.slug)
    assert "1,234" in html
    assert "1,230" in html
    assert ("Sync now" in html) == (role is Role.ADMIN)


def test_an_org_that_was_never_synced_says_so(client: Client, org: Org) -> None:
    member(client, org)
    assert reverse("accounts:connection-show", args=[org.slug]) in show(
        client, "sync-show", org.slug
    )


def test_the_page_is_there_while_the_very_first_sync_waits(client: Client, org: Org) -> None:
    member(client, org)
    a_connection(org=org)
    client.post(reverse("accounts:sync-start", args=[org.slug]))
    html = show(client, "sync-show", org.slug)
    assert "Waiting for its turn" in html
    assert "None has ended yet" in html


def test_an_admin_starts_a_sync_once(client: Client, org: Org) -> None:
    member(client, org)
    a_connection(org=org)
    for _ in range(2):
        client.post(reverse("accounts:sync-start", args=[org.slug]))
    assert Job.objects.filter(org=org).count() == 1


def test_refused_rows_can_be_read_and_taken_along(client: Client, org: Org) -> None:
    member(client, org)
    a_refused_row(org=org, object_name="Opportunity", reason="=cmd() is no amount")
    assert "is no amount" in show(client, "refused-list", org.slug)
    response = client.get(reverse("accounts:refused-download", args=[org.slug]))
    body = b"".join(response) if response.streaming else response.content
    assert b"is no amount" in body
    assert b",=cmd" not in body


def test_fields_show_where_they_go(client: Client, org: Org) -> None:
    member(client, org)
    field = a_source_field(
        org=org, object_name="Opportunity", name="Region__c", label="Sales region", type="string"
    )
    assert "Sales region" in show(client, "mapping-list", org.slug, "Opportunity")
    assert "Sales region" in show(client, "mapping-change", org.slug, "Opportunity", field.pk)


def test_a_secret_is_taken_and_never_shown(client: Client, org: Org) -> None:
    user = member(client, org)
    address = reverse("accounts:connection-show", args=[org.slug])
    assert client.get(address).status_code == 200
    for method in ("client_credentials", "refresh_token", "jwt", "password"):
        assert client.get(address, {"method": method}).status_code == 200
    connection = a_connection(org=org, method="client_credentials")
    connection.write_secrets({"client_secret": SECRET})
    connection.secrets_changed_by, connection.secrets_changed_at = user, NOON
    connection.save()
    pages = [show(client, "connection-show", org.slug), show(client, "sync-show", org.slug)]
    assert not any(SECRET in html or connection.secrets in html for html in pages)
    assert SECRET not in str(list(AuditEvent.objects.values()))


def test_disconnecting_forgets_the_secret(client: Client, org: Org) -> None:
    member(client, org)
    connection = a_connection(org=org, method="client_credentials")
    connection.write_secrets({"client_secret": SECRET})
    connection.save()
    client.post(reverse("accounts:connection-disconnect", args=[org.slug]))
    left = Connection.objects.filter(org=org).first()
    assert left is None or left.read_secrets() == {}
