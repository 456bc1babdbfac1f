from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import trust
from accounts.models import Connection, SyncRun
from accounts.records import OBJECTS
from accounts.trust_charts import charts_of
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


# Rules of plain values


@pytest.mark.parametrize(
    ("missing", "refused", "said"),
    [
        (None, 3, ""),
        (0, 3, ""),
        (4, 4, "4 refused"),
        (1204, 4, "4 refused, 1,200 not read yet"),
        (7, 0, "7 not read yet"),
        (2, 9, "2 refused"),
        (-3, 0, "3 more here"),
    ],
)
def test_a_difference_is_explained(missing: int | None, refused: int, said: str) -> None:
    assert trust.reason_for(missing=missing, refused=refused) == said


def test_objects_of_one_kind_of_record_have_names_of_their_own() -> None:
    labels = {name: trust.ObjectStanding(name).label for name in OBJECTS}
    assert len(set(labels.values())) == len(labels)
    assert (labels["Task"], labels["EmailMessage"]) == ("Task", "E-mail")
    assert labels["Product2"] == "Product"
    assert trust.ObjectStanding("Unknown__c").label == "Unknown__c"


def a_run(hours: float, **facts: Any) -> SyncRun:
    began = NOON - timedelta(hours=hours)
    ended = began + timedelta(minutes=6)
    return SyncRun(**{"state": "succeeded", "started_at": began, "finished_at": ended, **facts})


def test_a_single_sync_is_no_history() -> None:
    assert charts_of([], zone=UTC) == []
    assert charts_of([a_run(1)], zone=UTC) == []
    assert charts_of([a_run(0, finished_at=None, state="running"), a_run(1)], zone=UTC) == []


def test_a_first_load_does_not_flatten_what_came_after_it() -> None:
    runs = [
        a_run(1, rows_read=30, rows_written=3),
        a_run(2, rows_read=50),
        a_run(9, rows_read=10**6),
    ]
    rows, _ = charts_of(runs, zone=UTC)
    assert rows.data[0]["y"] == [50, 30]  # oldest first
    assert "80 read and 3 written in 2 syncs." in rows.summary
    assert "Not drawn: one of 1,000,000 rows." in rows.summary
    nothing, _ = charts_of([a_run(1), a_run(9, rows_read=10**6)], zone=UTC)
    assert nothing.data[0]["y"] == [10**6, 0]


def test_the_age_of_the_data_is_from_good_sync_to_good_sync() -> None:
    runs = [a_run(1), a_run(2, state="failed"), a_run(4, state="partial")]
    _, age = charts_of(runs, zone=UTC)
    assert age.data[0]["y"] == [3.1]
    assert age.layout["yaxis"]["ticksuffix"] == " h"
    assert age.rows == [("02 Mar 11:00:00", "3 h 6 min")]
    _, young = charts_of([a_run(1), a_run(2)], zone=UTC)
    assert (young.data[0]["y"], young.layout["yaxis"]["ticksuffix"]) == ([66], " min")


def test_old_data_is_said_only_where_a_sync_could_help() -> None:
    old = trust.ObjectStanding("Account", read_up_to=NOON - timedelta(days=2))
    connection = Connection(state="working", secrets="x")

    def titles() -> list[str]:
        found = trust.problems_of(connection=connection, runs=[], objects=[old], at=NOON)
        return [problem.title for problem in found]

    assert titles() == ["Some data is more than a day old."]
    connection.state = Connection.State.NEEDS_SIGN_IN
    assert titles() == ["The CRM no longer accepts our sign-in."]


def test_calls_are_shown_beside_what_the_crm_allows(client: Client, org: Org) -> None:
    member(client, org, Role.REP)
    a_connection(org=org, quota_share=0.8)
    a_sync_run(org=org, calls_used_today=11_800, calls_allowed_today=15_000, problem="Why not.")
    html = show(client, "sync-show", org.slug)
    for words in ("11,800", "of 15,000 a day", "stops at 12,000", "Why not."):
        assert words in html


def test_an_org_of_files_is_led_to_its_imports(client: Client) -> None:
    org = OrgFactory(kind=Org.Kind.CSV)
    member(client, org)
    html = show(client, "sync-show", org.slug)
    assert reverse("accounts:import-list", args=[org.slug]) in html
    assert "Sync now" not in html


def test_what_a_later_file_leaves_out_is_no_alarm(client: Client) -> None:
    org = OrgFactory(kind=Org.Kind.CSV)
    member(client, org)
    an_object_sync(org=org, object_name="Opportunity", source_count=6, local_count=8804)
    a_source_field(org=org, object_name="Opportunity", state="stale")
    a_sync_run(org=org)
    html = show(client, "sync-show", org.slug)
    assert "The rest is of earlier files" in html
    assert "more here" not in html
    assert "field gone" not in html


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_what_only_admins_can_mend_is_said_to_them_alone(
    client: Client, org: Org, role: Role
) -> None:
    member(client, org, role)
    a_connection(org=org)
    an_object_sync(org=org, object_name="Opportunity", refused_count=2)
    a_source_field(org=org, object_name="Opportunity", state="quarantined")
    a_sync_run(org=org)
    html = show(client, "sync-show", org.slug)
    assert ("2 rows could not be kept" in html) == (role is Role.ADMIN)
    assert "1 field changed type" in html
