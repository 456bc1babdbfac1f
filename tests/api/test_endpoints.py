"""What the endpoints answer, and to whom."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from revenue.users import audit
from revenue.users.models import ApiKey, AuditEvent, Membership
from revenue.users.roles import Role
from tests.api.clients import with_bearer, with_key, with_token
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory

pytestmark = pytest.mark.django_db
KEYS = "/api/v1/api-keys"


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


@pytest.fixture
def team() -> dict[str, Membership]:
    """An executive; two managers, one of whom has a rep; an admin; and another org."""
    org = OrgFactory.create()
    members: dict[str, Membership] = {}
    for name, role, boss in [
        ("exec", Role.EXECUTIVE, None),
        ("manager", Role.MANAGER, "exec"),
        ("sibling", Role.MANAGER, "exec"),
        ("rep", Role.REP, "manager"),
        ("admin", Role.ADMIN, None),
        ("integrator", Role.INTEGRATOR, None),
    ]:
        user = UserFactory.create(full_name=name)
        members[name] = MembershipFactory.create(
            org=org, user=user, role=role, reports_to=members.get(boss or "")
        )
    MembershipFactory.create(user=UserFactory.create(full_name="stranger"))
    return members


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("rep", ["rep"]),
        ("manager", ["manager", "rep"]),
        ("sibling", ["sibling"]),
        ("integrator", ["integrator"]),
        ("exec", ["admin", "exec", "integrator", "manager", "rep", "sibling"]),
        ("admin", ["admin", "exec", "integrator", "manager", "rep", "sibling"]),
    ],
)
def test_members_are_those_whom_one_may_see(
    team: dict[str, Membership], who: str, seen: list[str]
) -> None:
    member = team[who]
    answer = with_key(member.user, scope="read").get(f"/api/v1/orgs/{member.org.slug}/members")
    assert names(answer) == seen


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("role=manager", ["manager", "sibling"]),
        ("active=false", ["rep"]),
        ("active=true&role=rep", []),
        ("search=SIB", ["sibling"]),
        ("search=%25", []),
        ("search=", ["admin", "exec", "integrator", "manager", "rep", "sibling"]),
        ("order=-name&role=manager", ["sibling", "manager"]),
    ],
)
def test_members_are_filtered(team: dict[str, Membership], query: str, seen: list[str]) -> None:
    admin = team["admin"]
    team["rep"].user.is_active = False
    team["rep"].user.save()
    answer = with_token(admin.user).get(f"/api/v1/orgs/{admin.org.slug}/members?{query}")
    assert names(answer) == seen


def test_orgs_are_those_of_the_person() -> None:
    member = MembershipFactory.create(role=Role.MANAGER)
    OrgFactory.create()
    body = with_token(member.user).get("/api/v1/orgs").json()
    assert [(org["slug"], org["role"]) for org in body["results"]] == [(member.org.slug, "manager")]
    shown = with_token(member.user).get(f"/api/v1/orgs/{member.org.slug}").json()
    assert shown == body["results"][0]


def test_audit_trail_is_of_the_org_and_filtered() -> None:
    admin = MembershipFactory.create(role=Role.ADMIN)
    other = MembershipFactory.create()
    for who in (admin, other):
        for action in (AuditEvent.Action.ORG_CHANGED, AuditEvent.Action.EXPORT_TAKEN):
            audit.record(action, by=who.user, org=who.org, detail={"rows": 3})
    client, base = with_token(admin.user), f"/api/v1/orgs/{admin.org.slug}/audit-events"

    def actions(query: str) -> list[str]:
        return [row["action"] for row in client.get(f"{base}?{query}").json()["results"]]

    assert actions("") == ["export_taken", "org_changed"]
    assert actions("order=happened_at") == ["org_changed", "export_taken"]
    assert actions("action=org_changed") == ["org_changed"]
    assert actions(f"actor={admin.user.email.upper()}") == ["export_taken", "org_changed"]
    assert actions(f"actor={other.user.email}") == []
    hence = (timezone.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert actions(f"since={hence}") == []
    assert len(actions(f"until={hence}")) == 2


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("0001-01-01T00:00:00Z", 200),
        ("9999-12-31T23:59:59Z", 200),
        ("0001-01-01T00:00:00%2B14:00", 400),
        ("9999-12-31T23:59:59-14:00", 400),
        ("2020-01-01T23:59:60Z", 400),
        ("2020-02-30", 400),
        ("now", 400),
    ],
)
def test_moments_at_the_ends_of_time(moment: str, status: int) -> None:
    admin = MembershipFactory.create(role=Role.ADMIN)
    base = f"/api/v1/orgs/{admin.org.slug}/audit-events"
    assert with_token(admin.user).get(f"{base}?since={moment}").status_code == status


def test_key_is_made_shown_once_used_and_revoked() -> None:
    member = MembershipFactory.create()
    client = with_token(member.user)
    made = client.post(KEYS, {"name": "nightly", "scope": "read", "org": member.org.slug})
    assert made.status_code == 201
    body = made.json()
    assert with_bearer(body["secret"]).get(f"/api/v1/orgs/{member.org.slug}").status_code == 200
    listed = client.get(KEYS)
    assert body["secret"] not in listed.content.decode()
    assert [row["name"] for row in listed.json()["results"]] == ["nightly"]
    assert client.delete(f"{KEYS}/{body['id']}").status_code == 204
    assert client.delete(f"{KEYS}/{body['id']}").status_code == 204
    assert with_bearer(body["secret"]).get("/api/v1/me").status_code == 401
    made_and_revoked = [AuditEvent.Action.KEY_MADE, AuditEvent.Action.KEY_REVOKED]
    assert AuditEvent.objects.filter(action__in=made_and_revoked).count() == 2


def test_keys_of_others_are_not_there() -> None:
    with_key(UserFactory.create())
    key = ApiKey.objects.get()
    client = with_token(UserFactory.create())
    assert client.get(KEYS).json()["results"] == []
    assert client.delete(f"{KEYS}/{key.pk}").status_code == 404
    assert client.delete(f"{KEYS}/{10**30}").status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": 5}, "name"),
        ({"name": "k" + " " * 100}, "name"),
        ({"scope": "all"}, "scope"),
        ({"org": "no-such-org"}, "org"),
        ({"expires_in_days": 367}, "expires_in_days"),
        ({"expires_in_days": "5"}, "expires_in_days"),
        ({"expires_at": "2030-01-01"}, "expires_at"),
    ],
)
def test_key_is_made_of_right_values_only(change: dict[str, Any], field: str) -> None:
    answer = with_token(UserFactory.create()).post(KEYS, {"name": "k", **change})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not ApiKey.objects.exists()


def test_key_for_an_org_of_others_is_refused_like_one_that_is_not() -> None:
    client = with_token(UserFactory.create())
    told = [
        client.post(KEYS, {"name": "k", "org": slug}).json()["errors"]
        for slug in (OrgFactory.create().slug, "no-such-org")
    ]
    assert told[0] == told[1]


def test_document_is_open_and_exact() -> None:
    answer = APIClient().get("/api/schema")
    assert answer.status_code == 200
    document = answer.json()
    assert set(document["components"]["securitySchemes"]) == {
        "apiKeyBearer",
        "apiKeyHeader",
        "accessToken",
        "session",
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            assert "429" in answers, (path, method)
            assert ("401" in answers) or not operation.get("security"), (path, method)
            for status, told in answers.items():
                kinds = list(told.get("content", {}))
                wanted = ["application/problem+json"] if status >= "400" else ["application/json"]
                assert kinds in ([], wanted), (path, method, status)


def test_docs_page_needs_no_inline_script_or_style() -> None:
    page = Client().get("/api/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert "<title>API · Revenue Intelligence</title>" in text
    assert "<style" not in text
    assert " style=" not in text
    assert "<script>" not in text
    script = Client().get("/api/docs?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/schema" in script.content.decode()
