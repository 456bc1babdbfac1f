from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib import admin as django_admin
from django.core import mail
from django.test import Client
from django.utils import timezone

from revenue.users import audit, encryption
from revenue.users.models import ApiKey, AuditEvent, Membership, Org, User
from revenue.users.roles import Role
from tests.factories.people import PASSWORD, MembershipFactory, OrgFactory, UserFactory

LISTS = ("org", "membership", "user", "apikey", "auditevent")
FOR_SUPERUSERS = (
    "users/orggroup",
    "socialaccount/socialapp",
    "socialaccount/socialaccount",
    "mfa/authenticator",
    "django_celery_beat/periodictask",
    "django_celery_beat/intervalschedule",
    "django_celery_beat/crontabschedule",
)


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(UserFactory(is_superuser=True, email="root@example.com"))
    return client


def key_of(user: User, org: Org | None = None) -> ApiKey:
    return ApiKey.objects.create(
        user=user,
        org=org,
        name="key",
        prefix=f"ri_{user.pk:06}{org.pk if org else 0:03}"[:12],
        secret_hash="d" * 64,
        expires_at=timezone.now() + timedelta(days=9),
    )


def grow(org: Org) -> None:
    for _ in range(5):
        member = MembershipFactory(org=org)
        key_of(member.user, org)
        audit.record(AuditEvent.Action.SIGNED_IN, by=member.user)
        MembershipFactory(user=member.user, org=OrgFactory())


def test_there_is_one_way_to_sign_in(client: Client, rep: Membership) -> None:
    assert client.get("/admin/")["Location"] == "/account/login/?next=/admin/"
    login = client.get("/admin/login/?next=/admin/users/org/")
    assert login["Location"].startswith("/account/login/")
    data = {"username": rep.user.email, "password": "a long enough pass phrase"}
    assert client.post("/admin/login/", data).status_code == 302
    assert "_auth_user_id" not in client.session
    client.force_login(rep.user)
    for path in ("/admin/", "/admin/login/", "/admin/users/org/"):
        assert client.get(path).status_code == 403


def test_signing_out_of_the_admin_signs_out(root: Client) -> None:
    assert root.get("/admin/logout/")["Location"] == "/account/logout/"
    root.post("/admin/logout/")
    assert "_auth_user_id" not in root.session


@pytest.mark.parametrize("model", LISTS)
def test_lists_cost_the_same_for_few_and_for_many(
    as_admin: Client,
    admin: Membership,
    root: Client,
    model: str,
    django_assert_max_num_queries: Any,
) -> None:
    for client in (as_admin, root):
        grow(admin.org)
        client.get(f"/admin/users/{model}/")
        with django_assert_max_num_queries(20) as few:
            assert client.get(f"/admin/users/{model}/").status_code == 200
        grow(admin.org)
        with django_assert_max_num_queries(len(few)):
            client.get(f"/admin/users/{model}/")


@pytest.mark.parametrize("model", LISTS)
def test_an_orgs_admin_finds_nothing_of_other_orgs(
    as_admin: Client, admin: Membership, model: str
) -> None:
    foreign = MembershipFactory(
        org=OrgFactory(name="Canary Org"), user__email="canary@example.com", role=Role.ADMIN
    )
    key = key_of(foreign.user, foreign.org)
    event = audit.record(AuditEvent.Action.EXPORT_TAKEN, by=foreign.user, org=foreign.org)
    html = as_admin.get(f"/admin/users/{model}/").content.decode()
    assert "canary" not in html.lower()
    row = {
        "org": foreign.org,
        "membership": foreign,
        "user": foreign.user,
        "apikey": key,
        "auditevent": event,
    }[model]
    assert as_admin.get(f"/admin/users/{model}/{row.pk}/change/").status_code == 302
    assert as_admin.post(f"/admin/users/{model}/{row.pk}/change/", {}).status_code in (302, 403)
    assert as_admin.get(f"/admin/users/{model}/{row.pk}/history/").status_code in (302, 404)


@pytest.mark.parametrize("field", ["user", "org", "reports_to"])
def test_suggestions_stay_within_the_org(as_admin: Client, field: str) -> None:
    MembershipFactory(user__email="canary@example.com", org__name="Canary")
    query = {"app_label": "users", "model_name": "membership", "field_name": field, "term": ""}
    answer = as_admin.get("/admin/autocomplete/", query)
    assert answer.status_code in (200, 403)
    assert "canary" not in answer.content.decode().lower()


@pytest.mark.parametrize("path", FOR_SUPERUSERS)
def test_the_sites_own_matters_are_for_superusers(
    as_admin: Client, root: Client, path: str
) -> None:
    assert as_admin.get(f"/admin/{path}/").status_code == 403
    assert as_admin.get(f"/admin/{path}/add/").status_code == 403
    assert root.get(f"/admin/{path}/").status_code == 200


def test_what_packages_bring_is_gone_unless_chosen() -> None:
    names = {model._meta.label for model in django_admin.site._registry}
    assert not names & {
        "auth.Group",
        "account.EmailAddress",
        "socialaccount.SocialToken",
        "token_blacklist.OutstandingToken",
        "token_blacklist.BlacklistedToken",
    }


def change(client: Client, model: str, pk: int, **data: Any) -> Any:
    formset = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    return client.post(f"/admin/users/{model}/{pk}/change/", formset | data)


def test_an_orgs_admin_changes_a_role_and_it_is_recorded(as_admin: Client, rep: Membership) -> None:
    answer = change(as_admin, "membership", rep.pk, role="manager", is_active="on")
    assert answer.status_code == 302
    rep.refresh_from_db()
    assert rep.role == "manager"
    event = AuditEvent.objects.get(action="role_changed")
    assert (event.org, event.detail) == (rep.org, {"from": "rep", "to": "manager"})


def test_the_last_admin_cannot_leave_here_either(as_admin: Client, admin: Membership) -> None:
    answer = change(as_admin, "membership", admin.pk, role="rep", is_active="on")
    assert "without an admin" in answer.content.decode()
    user = admin.user
    wish = {"email": user.email, "full_name": "Ada", "timezone": "UTC"}
    answer = change(as_admin, "user", user.pk, **wish)
    assert "without an admin" in answer.content.decode()
    admin.refresh_from_db()
    user.refresh_from_db()
    assert (admin.role, user.is_active) == ("admin", True)


def test_a_person_also_at_home_elsewhere_is_only_read(as_admin: Client, rep: Membership) -> None:
    wish = {
        "email": "taken@example.com",
        "full_name": "Taken",
        "timezone": "UTC",
        "is_active": "on",
    }
    MembershipFactory(user=rep.user, org=OrgFactory())
    assert as_admin.get(f"/admin/users/user/{rep.user.pk}/change/").status_code == 200
    assert change(as_admin, "user", rep.user.pk, **wish).status_code == 403
    send_link(as_admin, rep.user)
    assert not mail.outbox
    rep.user.refresh_from_db()
    assert rep.user.full_name == "Rita Rep"


def send_link(client: Client, user: User) -> None:
    data = {"action": "send_password_link", "_selected_action": [str(user.pk)]}
    client.post("/admin/users/user/", data)


def test_an_orgs_admin_sends_a_link_and_never_to_a_superuser(
    as_admin: Client, rep: Membership
) -> None:
    send_link(as_admin, rep.user)
    assert mail.outbox[0].to == [rep.user.email]
    boss = MembershipFactory(org=rep.org, user__is_superuser=True)
    send_link(as_admin, boss.user)
    assert len(mail.outbox) == 1
    assert change(as_admin, "user", boss.user.pk, email="mine@example.com").status_code == 403


def test_nobody_but_a_superuser_makes_superusers(as_admin: Client, rep: Membership) -> None:
    wish = {"email": rep.user.email, "full_name": "Rita R", "timezone": "UTC", "is_active": "on"}
    answer = change(as_admin, "user", rep.user.pk, **wish, is_superuser="on")
    assert answer.status_code == 302
    rep.user.refresh_from_db()
    assert (rep.user.full_name, rep.user.is_superuser) == ("Rita R", False)
    event = AuditEvent.objects.get(action="user_changed")
    assert (event.person, event.detail["fields"]) == (rep.user, ["Full name"])


def test_an_orgs_admin_changes_the_name_but_not_the_wall(
    as_admin: Client, admin: Membership
) -> None:
    wish = {"name": "Acme Renamed", "timezone": "UTC", "slug": "other", "kind": "demo"}
    wish |= {"currency": "EUR", "hierarchy": "managers", "fiscal_month": "1"}
    assert change(as_admin, "org", admin.org.pk, **wish).status_code == 302
    org = Org.objects.get(pk=admin.org.pk)
    assert (org.name, org.slug, org.kind, org.is_active) == ("Acme Renamed", "acme", "csv", True)
    assert AuditEvent.objects.get(action="org_changed").org == org


def test_events_and_keys_are_read_only_and_hashes_unseen(
    root: Client, as_admin: Client, rep: Membership
) -> None:
    key = key_of(rep.user, rep.org)
    event = audit.record(AuditEvent.Action.EXPORT_TAKEN, by=rep.user, org=rep.org)
    for client in (root, as_admin):
        for model, row in (("apikey", key), ("auditevent", event)):
            page = client.get(f"/admin/users/{model}/{row.pk}/change/")
            assert page.status_code == 200
            assert "d" * 64 not in page.content.decode()
            assert client.post(f"/admin/users/{model}/{row.pk}/change/", {}).status_code == 403
            assert client.post(f"/admin/users/{model}/{row.pk}/delete/", {}).status_code == 403
            assert client.get(f"/admin/users/{model}/add/").status_code == 403
    as_admin.post("/admin/users/apikey/", {"action": "revoke", "_selected_action": [str(key.pk)]})
    key.refresh_from_db()
    assert key.revoked_at


@pytest.mark.parametrize("model", ["org", "membership", "user"])
def test_nothing_is_deleted(root: Client, as_admin: Client, rep: Membership, model: str) -> None:
    row: Any = {"org": rep.org, "membership": rep, "user": rep.user}[model]
    for client in (root, as_admin):
        assert (
            client.post(f"/admin/users/{model}/{row.pk}/delete/", {"post": "yes"}).status_code
            == 403
        )
        data = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
        client.post(f"/admin/users/{model}/", data)
    assert type(row).objects.filter(pk=row.pk).exists()


PROVIDER = {
    "name": "Acme",
    "provider_id": "acme",
    "client_id": "us",
    "server_url": "https://login.acme.com",
    "client_secret": "a client secret",
    "domains": "acme.com, Acme.de",
}


def test_a_providers_secret_goes_in_and_never_comes_out(root: Client) -> None:
    answer = root.post("/admin/socialaccount/socialapp/add/", PROVIDER)
    assert answer.status_code == 302
    app = SocialApp.objects.get()
    assert encryption.decrypt(app.settings["client_secret"]) == "a client secret"
    assert (app.provider, app.secret, app.settings["domains"]) == (
        "openid_connect",
        "",
        ["acme.com", "acme.de"],
    )
    url = f"/admin/socialaccount/socialapp/{app.pk}/change/"
    page = root.get(url).content.decode()
    assert "a client secret" not in page
    assert app.settings["client_secret"] not in page
    before = app.settings["client_secret"]
    root.post(url, PROVIDER | {"client_secret": "", "trust_email": "on"})
    app.refresh_from_db()
    assert (app.settings["client_secret"], app.settings["trust_email"]) == (before, True)
    events = AuditEvent.objects.filter(action="credential_changed").order_by("id")
    assert [event.detail["did"] for event in events] == ["added", "changed"]
    assert "a client secret" not in str(list(events.values()))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_secret": ""}, "client_secret"),
        ({"default_role": "rep"}, "org"),
        ({"default_role": "admin"}, "default_role"),
        ({"domains": "sam@acme.com"}, "domains"),
        ({"server_url": "nonsense"}, "server_url"),
    ],
)
def test_a_provider_that_cannot_work_is_refused(
    root: Client, changes: dict[str, str], field: str
) -> None:
    answer = root.post("/admin/socialaccount/socialapp/add/", PROVIDER | changes)
    assert field in answer.context["adminform"].form.errors
    assert not SocialApp.objects.exists()


def test_two_providers_of_one_name_are_refused(root: Client) -> None:
    root.post("/admin/socialaccount/socialapp/add/", PROVIDER)
    answer = root.post("/admin/socialaccount/socialapp/add/", PROVIDER)
    assert "provider_id" in answer.context["adminform"].form.errors


def test_pages_carry_no_inline_script(root: Client, rep: Membership) -> None:
    for path in ("", "users/user/", f"users/membership/{rep.pk}/change/", "users/user/add/"):
        html = root.get(f"/admin/{path}").content.decode()
        assert "<script>" not in html
        assert "css/admin.css" in html


def test_no_address_asks_how_a_secret_begins(
    as_admin: Client, root: Client, rep: Membership
) -> None:
    key_of(rep.user, rep.org)
    for path in ("user/?password__startswith=argon2", "apikey/?secret_hash__startswith=d"):
        for client in (as_admin, root):
            assert client.get(f"/admin/users/{path}").status_code == 400
    assert root.get("/admin/mfa/authenticator/?data__secret__startswith=g").status_code == 400


def test_a_role_in_another_org_is_not_to_be_found_out(
    as_admin: Client, root: Client, rep: Membership
) -> None:
    MembershipFactory(user=rep.user, org=OrgFactory(), role=Role.EXECUTIVE)
    path = "/admin/users/user/?role=executive"
    assert rep.user.email not in as_admin.get(path).content.decode()
    assert rep.user.email in as_admin.get("/admin/users/user/?role=rep").content.decode()
    assert rep.user.email in root.get(path).content.decode()
    assert as_admin.get("/admin/users/user/?memberships__role=executive").status_code == 400


def test_an_address_that_is_no_longer_somebodys_opens_nothing(
    as_admin: Client, rep: Membership
) -> None:
    old = rep.user.email
    Client().post("/account/password/reset/", {"email": old})
    assert mail.outbox.pop().to == [old]
    form = {
        "email": "new@example.com",
        "full_name": "Rita Rep",
        "timezone": "UTC",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    as_admin.post(f"/admin/users/user/{rep.user.pk}/change/", form)
    rep.user.refresh_from_db()
    assert rep.user.email == "new@example.com"
    stranger = Client()
    stranger.post("/account/password/reset/", {"email": old})
    assert "/key/" not in mail.outbox[-1].body
    stranger.post("/account/login/", {"login": old, "password": PASSWORD})
    assert "_auth_user_id" not in stranger.session


def test_an_unlinked_identity_is_told_of_its_person(root: Client, rep: Membership) -> None:
    identity = SocialAccount.objects.create(user=rep.user, provider="acme", uid="42")
    root.post(f"/admin/socialaccount/socialaccount/{identity.pk}/delete/", {"post": "yes"})
    assert AuditEvent.objects.get(action="identity_unlinked").person == rep.user
