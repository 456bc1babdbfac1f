"""Who may: keys, tokens, sessions, roles, scopes, and what is refused at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import LazySettings
from django.utils import timezone
from rest_framework.test import APIClient, APIRequestFactory

from revenue.api.base import ApiView
from revenue.api.permissions import ANY_MEMBER
from revenue.users.api_keys import make_key, revoke_key
from revenue.users.models import ApiKey, AuditEvent, User
from revenue.users.roles import Role
from tests.api.clients import key_of, with_bearer, with_key, with_token
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory

pytestmark = pytest.mark.django_db
Make = Callable[[User], APIClient]


def test_nobody_is_told_how_to_sign_in() -> None:
    answer = APIClient().get("/api/v1/me")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer["Content-Type"] == "application/problem+json"
    assert "Bearer" in answer.json()["detail"]


@pytest.mark.parametrize("make", [with_key, with_token])
def test_key_and_token_name_their_person(make: Make) -> None:
    user = UserFactory.create()
    answer = make(user).get("/api/v1/me")
    assert answer.status_code == 200
    assert answer.json()["email"] == user.email


def test_key_works_in_its_own_header() -> None:
    user = UserFactory.create()
    _, secret = make_key(
        by=user, name="k", scope="read", expires_at=timezone.now() + timedelta(days=1)
    )
    assert APIClient().get("/api/v1/me", HTTP_X_API_KEY=secret).status_code == 200
    assert APIClient().get("/api/v1/me", HTTP_X_API_KEY=secret + "x").status_code == 401


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "ri_",
        "ri_unknown",
        "ri_\x80\xff",
        "a.b.c",
        "ri_" + "x" * 5000,
        "eyJhbGciOiJub25lIn0.e30.",
    ],
)
def test_wrong_secret_is_refused(secret: str) -> None:
    answer = with_bearer(secret).get("/api/v1/me")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("make", [with_key, with_token])
def test_switched_off_person_is_refused_at_once(make: Make) -> None:
    user = UserFactory.create()
    client = make(user)
    assert client.get("/api/v1/me").status_code == 200
    user.is_active = False
    user.save()
    assert client.get("/api/v1/me").status_code == 401


def test_expired_and_revoked_keys_are_refused_at_once() -> None:
    user = UserFactory.create()
    revoked, expired = with_key(user), with_key(user)
    keys = ApiKey.objects.filter(user=user).order_by("id")
    revoke_key(key=keys[0], by=user)
    keys.filter(pk=keys[1].pk).update(
        created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now()
    )
    assert revoked.get("/api/v1/me").status_code == 401
    assert expired.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("make", [with_key, with_token])
def test_membership_switched_off_closes_the_org_at_once(make: Make) -> None:
    member = MembershipFactory.create()
    client, address = make(member.user), f"/api/v1/orgs/{member.org.slug}"
    assert client.get(address).status_code == 200
    member.is_active = False
    member.save()
    assert client.get(address).status_code == 404
    assert client.get("/api/v1/orgs").json()["results"] == []


def test_org_of_others_looks_like_no_org() -> None:
    client = with_key(MembershipFactory.create().user)
    other = client.get(f"/api/v1/orgs/{OrgFactory.create().slug}")
    none = client.get("/api/v1/orgs/no-such-org")
    assert other.status_code == none.status_code == 404
    differing = {"instance", "request_id"}
    assert {k: v for k, v in other.json().items() if k not in differing} == {
        k: v for k, v in none.json().items() if k not in differing
    }


@pytest.mark.parametrize("role", list(Role))
def test_audit_trail_is_for_admins(role: Role) -> None:
    member = MembershipFactory.create(role=role)
    answer = with_token(member.user).get(f"/api/v1/orgs/{member.org.slug}/audit-events")
    assert answer.status_code == (200 if role == Role.ADMIN else 403)
    if role != Role.ADMIN:
        assert "this is for: admin" in answer.json()["detail"]


def test_key_of_one_org_knows_no_other() -> None:
    user = UserFactory.create()
    here, there = MembershipFactory.create(user=user), MembershipFactory.create(user=user)
    client = with_key(user, org=here.org)
    assert client.get(f"/api/v1/orgs/{here.org.slug}").status_code == 200
    assert client.get(f"/api/v1/orgs/{there.org.slug}").status_code == 404
    assert [org["slug"] for org in client.get("/api/v1/orgs").json()["results"]] == [here.org.slug]
    refused = client.patch("/api/v1/me", {"theme": "dark"})
    assert refused.status_code == 403
    assert "one org only" in refused.json()["detail"]


def test_reading_key_changes_nothing() -> None:
    user = UserFactory.create()
    refused = with_key(user, scope="read").patch("/api/v1/me", {"theme": "dark"})
    assert refused.status_code == 403
    assert "`write`" in refused.json()["detail"]
    user.refresh_from_db()
    assert user.theme == "system"
    assert with_key(user, scope="write").patch("/api/v1/me", {"theme": "dark"}).status_code == 200


def test_key_sees_makes_and_revokes_no_keys() -> None:
    user = UserFactory.create()
    client = with_key(user)
    key = key_of(user)
    answers = [
        client.get("/api/v1/api-keys"),
        client.post("/api/v1/api-keys", {"name": "another"}),
        client.delete(f"/api/v1/api-keys/{key.pk}"),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert ApiKey.objects.filter(user=user, revoked_at=None).count() == 1


def test_session_reads_and_needs_csrf_to_change() -> None:
    user = UserFactory.create()
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.get("/api/v1/me").status_code == 200
    refused = client.patch("/api/v1/me", {"theme": "dark"})
    assert refused.status_code == 403
    assert "X-CSRFToken" in refused.json()["detail"]


class Undeclared(ApiView):
    def get(self, _request):  # type: ignore[no-untyped-def]
        raise AssertionError("reached")


class RolesWithoutOrg(Undeclared):
    access = ANY_MEMBER


@pytest.mark.parametrize("view", [Undeclared, RolesWithoutOrg])
def test_view_that_declares_no_access_is_refused(view: type[ApiView]) -> None:
    answer = view.as_view()(APIRequestFactory().get("/api/v1/undeclared"))
    assert answer.status_code == 500
    assert answer.data["type"] == "urn:problem:revenue:internal"


def with_session(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.mark.parametrize("make", [with_session, with_token, with_key])
def test_an_admin_without_the_second_factor_that_admins_need_opens_nothing(
    make: Make, settings: LazySettings
) -> None:
    settings.REQUIRE_SECOND_FACTOR_FOR_ADMINS = True
    rep, admin = (MembershipFactory.create(role=role).user for role in (Role.REP, Role.ADMIN))
    assert make(rep).get("/api/v1/me").status_code == 200
    client = make(admin)
    answer = client.get("/api/v1/me")
    assert answer.status_code == 403
    assert "second factor" in answer.json()["detail"]
    TOTP.activate(admin, "JBSWY3DPEHPK3PXP")
    assert client.get("/api/v1/me").status_code == 200


def test_a_changed_profile_is_recorded_once() -> None:
    user = UserFactory.create()
    for _ in range(2):
        assert with_token(user).patch("/api/v1/me", {"full_name": "New Name"}).status_code == 200
    assert AuditEvent.objects.get(action="user_changed").detail == {"fields": ["full_name"]}
