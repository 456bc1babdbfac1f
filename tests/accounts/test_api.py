"""The records API: what each reader gets, how it is narrowed, and what it refuses."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import api_urls
from accounts.models import Match, Opportunity
from accounts.search import refresh_search
from revenue.jobs.models import Job
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.api.clients import with_key
from tests.factories.facts import (
    NOON,
    a_connection,
    a_contact,
    a_crm_user,
    a_customer,
    a_customer_account,
    a_match,
    a_stage_change,
    an_account,
    an_activity,
    an_opportunity,
)
from tests.factories.people import MembershipFactory, OrgFactory, OrgGroupFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PROBLEM = "application/problem+json"


@pytest.fixture
def org() -> Org:
    return OrgFactory(slug="acme")


@pytest.fixture
def reader(org: Org) -> Membership:
    return MembershipFactory(org=org, role=Role.EXECUTIVE)


@pytest.fixture
def api(reader: Membership) -> APIClient:
    return with_key(reader.user, scope="read")


def get(api: APIClient, path: str, **query: Any) -> Any:
    return api.get(path if path.startswith("http") else f"/api/v1/orgs/acme/{path}", query)


def rows(api: APIClient, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = get(api, path, **query)
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def test_a_record_in_full(api: APIClient, org: Org) -> None:
    """The names are a promise: whoever changes this list breaks somebody's program."""
    extra = {"Champion__c": True, "Discount__c": 4.5, "Über uns__c": "ja", "Tags__c": ["a"]}
    deal = an_opportunity(
        org=org,
        name="Renewal",
        amount=Decimal("123456789012.3456"),
        currency="EUR",
        corporate_amount=Decimal("0.1"),
        extra=extra,
    )
    (row,) = rows(api, "opportunities")
    assert row == {
        "id": deal.pk,
        "external_id": deal.external_id,
        "account_ref": None,
        "owner_ref": None,
        "campaign_ref": None,
        "name": "Renewal",
        "stage": "Proposal",
        "amount": "123456789012.3456",
        "currency": "EUR",
        "corporate_amount": "0.1000",
        "probability": 50.0,
        "close_date": "2026-03-31",
        "is_closed": False,
        "is_won": False,
        "forecast_category": "",
        "kind": "",
        "source": "",
        "next_step": "",
        "last_activity_date": None,
        "description": "",
        "created_at": "2026-03-02T12:00:00Z",
        "modified_at": "2026-03-02T12:00:00Z",
        "synced_at": "2026-03-02T12:00:00Z",
        "extra": extra,
    }
    one = get(api, f"opportunities/{deal.external_id}")
    assert one.json() == row


def test_lists_are_narrowed_by_what_is_asked(api: APIClient, org: Org) -> None:
    account = an_account(org=org, name="Here", industry="Retail").external_id
    an_account(org=org, name="There", industry="retail")
    an_opportunity(org=org, name="Old", account_ref=account, modified_at=NOON - DAY)
    an_opportunity(org=org, name="New", won=True, close_date=date(2026, 5, 1))

    def named(path: str, **asked: str) -> list[str]:
        return [each["name"] for each in rows(api, path, **asked)]

    assert named("accounts", industry="Retail") == ["Here"]
    assert named("opportunities", account=account) == ["Old"]
    assert named("opportunities", is_won="true") == ["New"]
    assert named("opportunities", close_from="2026-04-01", close_to="2026-05-01") == ["New"]
    assert named("opportunities", modified_since=NOON.isoformat()) == ["New"]
    assert named("opportunities", synced_since=(NOON + DAY).isoformat()) == []
    a_contact(org=org, name="Zoë", email="Zoe@Contoso.example")
    assert named("contacts", email="zoe@contoso.EXAMPLE") == ["Zoë"]
    call = an_activity(org=org, account_ref=account, happens_at=NOON)
    an_activity(org=org, account_ref=account, happens_at=NOON - DAY, kind="email")
    about = {"account": account, "happens_from": NOON.isoformat()}
    assert [each["subject"] for each in rows(api, "activities", **about)] == [call.subject]
    assert [each["kind"] for each in rows(api, "activities", kind="email")] == ["email"]
    moved = a_stage_change(org=org, stage="Late", changed_at=NOON)
    assert [each["id"] for each in rows(api, "stage-changes", since=NOON.isoformat())] == [moved.pk]
    assert rows(api, "stage-changes", until=NOON.isoformat()) == []


@pytest.mark.parametrize(
    ("path", "asked", "field", "code"),
    [
        ("opportunities", {"staeg": "Won"}, "staeg", "unknown"),
        ("opportunities", {"is_won": "perhaps"}, "is_won", "invalid"),
        ("opportunities", {"close_from": "2026-02-31"}, "close_from", "invalid"),
        ("opportunities", {"modified_since": "yesterday"}, "modified_since", "invalid"),
        ("opportunities", {"page_size": "0"}, "page_size", "min_value"),
        ("opportunities", {"page_size": "201"}, "page_size", "max_value"),
        ("opportunities", {"order": "amount"}, "order", "invalid_choice"),
        ("opportunities", {"stage": ["a", "b"]}, "stage", "repeated"),
        ("activities", {"kind": "dance"}, "kind", "invalid_choice"),
        ("currency-rates", {"currency": "euro"}, "currency", "invalid"),
        ("accounts", {"owner": "x" * 65}, "owner", "max_length"),
        ("search", {}, "q", "required"),
        ("search", {"q": "a", "kind": "planet"}, "kind", "invalid_choice"),
    ],
)
def test_nonsense_is_refused_with_a_reason(
    api: APIClient, org: Org, path: str, asked: dict[str, Any], field: str, code: str
) -> None:
    answer = get(api, path, **asked)
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    body = answer.json()
    assert body["type"] == "urn:problem:revenue:validation"
    (error,) = body["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert error["detail"]


def test_a_cursor_that_is_none_is_refused(api: APIClient, org: Org) -> None:
    for each in range(3):
        an_opportunity(org=org, name=str(each))
    first = get(api, "opportunities", page_size=2).json()
    assert (
        get(api, "opportunities", cursor="abc").json()["type"] == "urn:problem:revenue:bad-cursor"
    )
    of_another = first["next"].replace("/opportunities", "/accounts")
    assert get(api, of_another).status_code == 400


def test_pages_hold_every_row_once_while_rows_come_and_go(api: APIClient, org: Org) -> None:
    made = [an_opportunity(org=org, name=f"{each:02}") for each in range(12)]
    seen, address = [], "opportunities?order=id&page_size=5"
    while address:
        page = get(api, address).json()
        seen += [row["name"] for row in page["results"]]
        Opportunity.objects.filter(pk=made[0].pk).update(deleted_at=NOON)
        an_opportunity(org=org, name="new") if len(seen) == 5 else None
        address = page["next"]
    assert seen == [f"{each:02}" for each in range(12)] + ["new"]


def team(org: Org) -> dict[str, APIClient]:
    """A rep with a deal of their own below a manager, and another rep's secret."""
    people = {
        name: MembershipFactory(org=org, role=role)
        for name, role in {
            "executive": Role.EXECUTIVE,
            "admin": Role.ADMIN,
            "integrator": Role.INTEGRATOR,
            "manager": Role.MANAGER,
            "rep": Role.REP,
            "other": Role.REP,
        }.items()
    }
    people["stranger"] = MembershipFactory(role=Role.ADMIN)
    boss = a_crm_user(org=org, membership=people["manager"]).external_id
    seller = a_crm_user(org=org, membership=people["rep"], manager_ref=boss).external_id
    other = a_crm_user(org=org, membership=people["other"]).external_id
    for owner, name in ((seller, "Own"), (other, "Secret")):
        account = an_account(org=org, owner_ref=owner, name=name).external_id
        deal = an_opportunity(org=org, owner_ref=owner, name=name, account_ref=account).external_id
        a_contact(org=org, owner_ref=owner, name=name, account_ref=account)
        an_activity(org=org, account_ref=account, opportunity_ref=deal, subject=name)
        a_stage_change(org=org, opportunity_ref=deal, stage=name)
    refresh_search(org=org, since=None)
    return {name: with_key(each.user, scope="read") for name, each in people.items()}


WORDS = {
    "accounts": "name",
    "contacts": "name",
    "opportunities": "name",
    "activities": "subject",
    "stage-changes": "stage",
}


def test_each_reader_gets_what_the_pages_show(org: Org) -> None:
    clients = team(org)
    expected = {
        "rep": {"Own"},
        "manager": {"Own"},
        "other": {"Secret"},
        **{who: {"Own", "Secret"} for who in ("executive", "admin", "integrator")},
    }
    secret = Opportunity.objects.get(name="Secret").external_id
    for who, seen in expected.items():
        for path, column in WORDS.items():
            assert {row[column] for row in rows(clients[who], path)} == seen, (who, path)
        found = get(clients[who], "search", q="secret").json()["found"]
        assert bool(found) is ("Secret" in seen)
        status = get(clients[who], f"opportunities/{secret}").status_code
        assert status == (200 if "Secret" in seen else 404)
        assert rows(clients[who], "activities", opportunity=secret) == [] or "Secret" in seen
    for path in (*WORDS, "search?q=own", f"opportunities/{secret}"):
        assert get(clients["stranger"], path).status_code == 404


def test_nothing_of_it_writes(api: APIClient, org: Org) -> None:
    """But to start a sync, which reads."""
    for pattern in api_urls.urlpatterns:
        if pattern.name == "sync-start":
            continue
        path = str(pattern.pattern).replace("<str:external_id>", "x")
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(api, method)(f"/api/v1/orgs/acme/{path}", {}, format="json")
            assert answer.status_code == 405, (method, path)


def test_the_questions_of_a_list_do_not_grow_with_its_rows(api: APIClient, org: Org) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            rows(api, "opportunities", page_size=100)
        return len(asked)

    account = an_account(org=org).external_id
    an_opportunity(org=org, account_ref=account)
    cost()
    few = cost()
    for _ in range(50):
        an_opportunity(org=org, account_ref=account)
    assert cost() == few <= 8


def test_odd_ids_are_not_there(api: APIClient, org: Org) -> None:
    for odd in ("nobody", "%00", "a" * 300, "'; select 1", "..%2f"):
        assert get(api, f"accounts/{odd}").status_code in (400, 404), odd


def test_who_is_one_customer_and_what_waits(org: Org, reader: Membership) -> None:
    group = OrgGroupFactory()
    Org.objects.filter(pk=org.pk).update(group=group)
    elsewhere = OrgFactory(slug="acme-eu", group=group)
    here, there = an_account(org=org), an_account(org=elsewhere)
    customer = a_customer(group=group)
    for each in (here, there):
        a_customer_account(customer=customer, org=each.org, account_ref=each.external_id)
    a_match(
        group=group,
        org=org,
        account_ref=here.external_id,
        other_org=elsewhere,
        other_ref=there.external_id,
        state=Match.State.JOINED,
        reasons=["same domain northwind.example"],
    )
    api = with_key(reader.user, scope="read")
    assert rows(api, "matches") == []
    (link,) = rows(api, "customer-accounts")
    assert (link["customer"], link["account_ref"]) == (customer.pk, here.external_id)
    MembershipFactory(org=elsewhere, user=reader.user, role=Role.EXECUTIVE)
    (match,) = rows(api, "matches", state="joined", account=here.external_id)
    assert {match["org"], match["other_org"]} == {"acme", "acme-eu"}
    assert match["reasons"] == ["same domain northwind.example"]
    assert match["confidence"] == 0.7
    assert rows(api, "matches", state="doubtful") == []
    assert rows(api, "matches", account=there.external_id) == []
    assert rows(api, "customer-accounts", customer=customer.pk + 1) == []

    Org.objects.filter(pk=elsewhere.pk).update(group=OrgGroupFactory())
    assert rows(api, "matches") == []
    assert len(rows(api, "customer-accounts")) == 1
    Org.objects.filter(pk=org.pk).update(group=None)
    assert rows(api, "customer-accounts") == []


def test_a_sync_that_cannot_be_is_refused_with_what_to_do_first(org: Org) -> None:
    admin = with_key(MembershipFactory(org=org, role=Role.ADMIN).user, scope="write")
    refused = []
    for kind, state in (("csv", None), ("salesforce", None), ("salesforce", "needs_sign_in")):
        Org.objects.filter(pk=org.pk).update(kind=kind)
        if state:
            a_connection(org=org, state=state, secrets="x", problem="The key has run out.")
        answer = admin.post("/api/v1/orgs/acme/sync", {}, format="json")
        assert (answer.status_code, answer["Content-Type"]) == (409, PROBLEM)
        refused.append(answer.json()["detail"])
    assert [reason.split(".")[0] for reason in refused] == [
        "This org is not connected yet",
        "This org is not connected yet",
        "The key has run out",
    ]
    assert not Job.objects.filter(org=org).exists()


def test_every_list_stands_in_the_documentation() -> None:
    told = (settings.BASE_DIR / "docs" / "api.md").read_text()
    lists = {str(each.pattern) for each in api_urls.urlpatterns if "<" not in str(each.pattern)}
    assert [path for path in lists - {"sync"} if not re.search(rf"`{path}[`?]", told)] == []
    assert "`POST sync`" in told


def test_a_problem_is_told_as_documented(api: APIClient, org: Org) -> None:
    told = (settings.BASE_DIR / "docs" / "api.md").read_text()
    body = get(api, "opportunities", staeg="Won").json()
    assert f'"type": "{body["type"]}", "title": "{body["title"]}", "status": 400' in told
    assert body["errors"][0]["detail"].startswith(
        "Unknown here. Known: external_id, modified_since,"
    )
