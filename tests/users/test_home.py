from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from revenue.users.middleware import last_used
from revenue.users.models import AuditEvent, Membership, User
from revenue.users.roles import Role
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("rep", "risk"),
        ("manager", "risk"),
        ("executive", "overview"),
        ("admin", "operations"),
        ("integrator", "developers"),
    ],
)
def test_role_decides_the_home(client: Client, db: None, role: str, page: str) -> None:
    membership = MembershipFactory(role=role, org__slug="acme")
    client.force_login(membership.user)
    assert client.get("/")["Location"] == f"/o/acme/{page}/"
    assert client.get("/o/acme/")["Location"] == f"/o/acme/{page}/"
    assert client.get(f"/o/acme/{page}/").status_code == 200


def test_home_is_in_the_org_last_worked_in(client: Client, db: None) -> None:
    user = UserFactory()
    for slug in ("alpha", "beta", "gamma"):
        MembershipFactory(user=user, org=OrgFactory(slug=slug, name=slug), role=Role.INTEGRATOR)
    client.force_login(user)
    assert client.get("/")["Location"] == "/o/alpha/developers/"
    client.get("/o/gamma/developers/")
    assert client.get("/")["Location"] == "/o/gamma/developers/"
    client.get("/o/beta/developers/")
    assert client.get("/")["Location"] == "/o/beta/developers/"
    again = Client()
    again.force_login(user)
    assert again.get("/")["Location"] == "/o/beta/developers/"
    Membership.objects.filter(org__slug="beta").update(is_active=False)
    assert again.get("/")["Location"] == "/o/gamma/developers/"


def test_a_visit_is_written_once_an_hour(
    client: Client, rep: Membership, django_assert_num_queries: Any
) -> None:
    client.force_login(rep.user)
    client.get("/o/acme/")
    rep.refresh_from_db()
    first = rep.last_seen_at
    client.get("/o/acme/")
    rep.refresh_from_db()
    assert rep.last_seen_at == first
    Membership.objects.update(last_seen_at=timezone.now() - timedelta(hours=2))
    client.get("/o/acme/")
    rep.refresh_from_db()
    assert rep.last_seen_at
    assert rep.last_seen_at > timezone.now() - timedelta(minutes=1)
    assert last_used([]) is None


def test_without_an_org_the_page_says_what_to_do(client: Client, db: None) -> None:
    user = UserFactory()
    client.force_login(user)
    answer = client.get("/")
    assert answer.status_code == 200
    assert user.email in answer.content.decode()
    for path in ("/me/", "/me/security/", "/me/api-keys/", "/me/api-keys/new/"):
        assert client.get(path).status_code == 200
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    assert client.get("/")["Location"] == "/admin/"


def test_profile_keeps_what_was_chosen_and_pages_use_it(client: Client, rep: Membership) -> None:
    client.force_login(rep.user)
    wish = {"full_name": "Rita Renamed", "timezone": "Asia/Tokyo", "theme": "dark"}
    answer = client.post("/me/", wish)
    assert answer.status_code == 302
    assert answer.cookies["theme"].value == "dark"
    rep.user.refresh_from_db()
    assert (rep.user.full_name, rep.user.timezone, rep.user.theme) == tuple(wish.values())
    wrong = client.post("/me/", wish | {"timezone": "Mars/Olympus"})
    assert "timezone" in wrong.context["form"].errors
    html = client.get("/me/").content.decode()
    assert 'data-theme="dark"' in html
    assert str(timezone.get_current_timezone()) == "UTC"


def test_profile_cannot_make_one_a_superuser(client: Client, rep: Membership) -> None:
    client.force_login(rep.user)
    data = {"full_name": "R", "timezone": "UTC", "theme": "light"}
    client.post("/me/", data | {"is_superuser": "on", "email": "root@example.com"})
    rep.user.refresh_from_db()
    assert not rep.user.is_superuser
    assert rep.user.email != "root@example.com"


def test_developers_find_out_how_to_call(client: Client, db: None, settings: Any) -> None:
    membership = MembershipFactory(role=Role.INTEGRATOR, org__slug="acme")
    client.force_login(membership.user)
    html = client.get("/o/acme/developers/").content.decode()
    assert f"{settings.SITE_URL}/api/v1/me" in html
    assert settings.API_RATE_LIMITS["key"].split("/")[0] in html


PROTECTED = ("/o/acme/members/", "/admin/", "/me/")


def test_admins_are_led_to_a_second_factor(
    as_admin: Client, admin: Membership, rep: Membership, settings: Any
) -> None:
    settings.REQUIRE_SECOND_FACTOR_FOR_ADMINS = True
    for path in PROTECTED:
        assert as_admin.get(path)["Location"] == "/me/security/"
    assert as_admin.get("/me/security/").status_code == 200
    assert as_admin.get("/account/password/change/").status_code in (200, 302)
    drawn = as_admin.get("/o/acme/members/", headers={"HX-Request": "true"})
    assert drawn.headers["HX-Redirect"] == "/me/security/"
    other = Client()
    other.force_login(rep.user)
    assert other.get("/o/acme/deals/").status_code == 200
    Authenticator.objects.create(user=admin.user, type="totp", data={"secret": "encrypted"})
    assert as_admin.get("/o/acme/members/").status_code == 200


def test_switching_org_keeps_the_page_where_the_role_has_it(client: Client, db: None) -> None:
    user = UserFactory()
    for slug, role in (("alpha", Role.ADMIN), ("beta", Role.ADMIN), ("gamma", Role.REP)):
        MembershipFactory(user=user, org=OrgFactory(slug=slug, name=slug), role=role)
    client.force_login(user)
    urls = {each.slug: each.url for each in client.get("/o/alpha/audit/").context["orgs"]}
    assert urls == {
        "alpha": "/o/alpha/audit/",
        "beta": "/o/beta/audit/",
        "gamma": "/o/gamma/risk/",
    }
    member = Membership.objects.get(org__slug="alpha")
    page = client.get(f"/o/alpha/members/{member.pk}/")
    assert {each.slug: each.url for each in page.context["orgs"]}["beta"] == "/o/beta/operations/"


def test_a_changed_profile_is_recorded_and_a_theme_is_not(client: Client, rep: Membership) -> None:
    client.force_login(rep.user)
    form = {"full_name": rep.user.full_name, "timezone": "UTC", "theme": "dark"}
    client.post("/me/", form)
    changed = AuditEvent.objects.filter(action="user_changed")
    assert not changed.exists()
    client.post("/me/", form | {"full_name": "The Chief"})
    event = changed.get()
    assert (event.actor, event.person, event.detail) == (
        rep.user,
        rep.user,
        {"fields": ["full_name"]},
    )
    rep.user.refresh_from_db()
    assert (rep.user.full_name, rep.user.theme) == ("The Chief", "dark")
