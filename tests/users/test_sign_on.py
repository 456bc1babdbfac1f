import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.test import Client

from revenue.users import sign_on
from revenue.users.models import AuditEvent, Membership, Org, User
from tests.factories.people import PASSWORD, MembershipFactory, UserFactory
from tests.users.identity_provider import SECRET, Provider, running_provider

DROPPED = object()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as server:
        yield server


@pytest.fixture
def app(db: None, provider: Provider) -> SocialApp:
    app = SocialApp(provider="openid_connect", provider_id="acme", name="Acme", client_id="us")
    app.settings = {"server_url": provider.url}
    sign_on.keep_client_secret(app, secret=SECRET)
    app.save()
    return app


def configure(app: SocialApp, **changes: Any) -> None:
    app.settings |= changes
    app.save()


def come_back(client: Client, provider: Provider, **claims: Any) -> Any:
    """Through the button, to the provider and back with what it says of the person."""
    said = {"sub": "42", "name": "Sam Stranger", **claims}
    provider.claims = {name: value for name, value in said.items() if value is not DROPPED}
    leaving = client.post("/account/oidc/acme/login/")
    assert leaving.status_code == 200
    target = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', leaving.content.decode())
    assert target
    query = parse_qs(urlsplit(target[1].replace("&amp;", "&")).query)
    assert query["code_challenge_method"] == ["S256"]
    back = {"code": "a code", "state": query["state"][0]}
    return client.get("/account/oidc/acme/login/callback/", back)


def signed_in_as(client: Client) -> User | None:
    return User.objects.filter(pk=client.session.get("_auth_user_id", 0)).first()


def test_secret_is_encrypted_at_rest_and_used_in_clear(
    client: Client, app: SocialApp, provider: Provider
) -> None:
    assert SECRET not in str(SocialApp.objects.values().get())
    come_back(client, provider, email="x@acme.com")
    assert provider.seen[0]["client_secret"] == [SECRET]


def test_an_address_alone_signs_nobody_in(
    client: Client, app: SocialApp, provider: Provider
) -> None:
    person = UserFactory(email="sam@acme.com")
    answer = come_back(client, provider, email="sam@acme.com", email_verified=True)
    assert answer.status_code == 403
    assert "not linked" in answer.content.decode()
    assert signed_in_as(client) is None
    assert not SocialAccount.objects.filter(user=person).exists()
    assert User.objects.count() == 1


def test_a_trusted_providers_verified_address_signs_in_and_keeps_the_password(
    client: Client, app: SocialApp, provider: Provider
) -> None:
    configure(app, trust_email=True)
    person = UserFactory(email="sam@acme.com")
    come_back(client, provider, email="Sam@Acme.com", email_verified=True)
    assert signed_in_as(client) == person
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    linked = AuditEvent.objects.get(action="identity_linked")
    assert (linked.person, linked.detail) == (person, {"provider": "acme"})
    later = Client()
    configure(app, trust_email=False)
    come_back(later, provider, email="other@elsewhere.com")
    assert signed_in_as(later) == person


@pytest.mark.parametrize("verified", [False, None, "false", "no", 0])
def test_what_is_not_verified_is_not_believed(
    client: Client, app: SocialApp, provider: Provider, verified: Any
) -> None:
    configure(app, trust_email=True)
    UserFactory(email="sam@acme.com")
    answer = come_back(client, provider, email="sam@acme.com", email_verified=verified)
    assert answer.status_code == 403
    assert signed_in_as(client) is None


def test_trust_for_one_org_reaches_its_members_only(
    client: Client, app: SocialApp, provider: Provider, org: Org
) -> None:
    configure(app, trust_email=True, org="acme")
    UserFactory(email="outside@acme.com")
    MembershipFactory(org=org, user__email="root@acme.com", user__is_superuser=True)
    MembershipFactory(org=org, user__email="left@acme.com", is_active=False)
    for email in ("outside@acme.com", "root@acme.com", "left@acme.com"):
        come_back(client, provider, email=email, email_verified=True)
        assert signed_in_as(client) is None
    member = MembershipFactory(org=org, user__email="sam@acme.com")
    come_back(client, provider, email="sam@acme.com", email_verified=True)
    assert signed_in_as(client) == member.user


def test_a_provider_speaks_for_its_domains_only(
    client: Client, app: SocialApp, provider: Provider
) -> None:
    configure(app, trust_email=True, domains=["acme.com"])
    UserFactory(email="sam@acme.com.evil.example")
    person = UserFactory(email="sam@acme.com")
    come_back(client, provider, email="sam@acme.com.evil.example", email_verified=True)
    assert signed_in_as(client) is None
    come_back(client, provider, email="sam@acme.com", email_verified=True)
    assert signed_in_as(client) == person


def test_strangers_join_only_where_the_provider_names_an_org_and_a_role(
    client: Client, app: SocialApp, provider: Provider, org: Org
) -> None:
    stranger = {"email": "sam@acme.com", "email_verified": True}
    for settings in ({}, {"org": "acme"}, {"org": "acme", "default_role": "admin"}):
        configure(app, **settings)
        assert come_back(client, provider, **stranger).status_code == 403
    configure(app, org="acme", default_role="rep")
    unproven = stranger | {"email_verified": False}
    assert come_back(client, provider, **unproven).status_code == 403
    assert not User.objects.exists()
    come_back(client, provider, **stranger)
    membership = Membership.objects.get()
    assert signed_in_as(client) == membership.user
    assert (membership.org, membership.role) == (org, "rep")
    assert membership.user.full_name == "Sam Stranger"
    assert not membership.user.has_usable_password()
    assert AuditEvent.objects.filter(action="user_created", org=org).count() == 1


def test_nobody_is_made_a_second_time(
    client: Client, app: SocialApp, provider: Provider, org: Org
) -> None:
    configure(app, org="acme", default_role="rep")
    UserFactory(email="sam@acme.com")
    answer = come_back(client, provider, email="sam@acme.com", email_verified=True)
    assert answer.status_code == 403
    assert User.objects.count() == 1


def test_a_switched_off_person_stays_out(
    client: Client, app: SocialApp, provider: Provider
) -> None:
    configure(app, trust_email=True)
    UserFactory(email="sam@acme.com", is_active=False)
    come_back(client, provider, email="sam@acme.com", email_verified=True)
    assert signed_in_as(client) is None


def test_a_provider_that_is_away_is_said_and_recorded(client: Client, app: SocialApp) -> None:
    configure(app, server_url="http://127.0.0.1:9")
    answer = client.post("/account/oidc/acme/login/")
    assert answer.status_code == 401
    assert "did not work" in answer.content.decode()
    assert AuditEvent.objects.get(action="sign_in_failed").detail["provider"] == "acme"


@pytest.mark.parametrize("subject", [{"sub": None}, {"sub": ""}, {"sub": DROPPED}])
def test_an_answer_that_names_nobody_is_refused(
    client: Client, app: SocialApp, provider: Provider, subject: dict[str, Any]
) -> None:
    configure(app, trust_email=True)
    UserFactory(email="sam@acme.com")
    answer = come_back(client, provider, email="sam@acme.com", email_verified=True, **subject)
    assert answer.status_code == 401
    assert not SocialAccount.objects.exists()
    assert signed_in_as(client) is None


def test_an_answer_that_was_not_asked_for_is_refused(client: Client, app: SocialApp) -> None:
    answer = client.get("/account/oidc/acme/login/callback/", {"code": "x", "state": "made up"})
    assert answer.status_code == 401
    assert client.get("/account/oidc/other/login/").status_code == 404


def test_somebody_signed_in_links_an_identity(
    client: Client, app: SocialApp, provider: Provider, rep: Membership
) -> None:
    client.force_login(rep.user)
    page = client.get("/account/3rdparty/").content.decode()
    assert "Link Acme" in page
    provider.claims = {"sub": "7", "email": "private@elsewhere.com"}
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    leaving = client.post("/account/oidc/acme/login/?process=connect").content.decode()
    state = re.search(r"state=([^&\"]+)", leaving)
    assert state
    client.get("/account/oidc/acme/login/callback/", {"code": "x", "state": state[1]})
    assert SocialAccount.objects.get().user == rep.user
    rep.user.refresh_from_db()
    assert rep.user.email != "private@elsewhere.com"


def test_one_orgs_provider_opens_no_other_org(
    client: Client, app: SocialApp, provider: Provider, org: Org
) -> None:
    configure(app, trust_email=True, org="acme")
    both = MembershipFactory(org=org, user__email="sam@acme.com")
    MembershipFactory(user=both.user)
    answer = come_back(client, provider, email="sam@acme.com", email_verified=True)
    assert answer.status_code == 403
    assert signed_in_as(client) is None
    failed = AuditEvent.objects.get(action="sign_in_failed")
    assert (failed.person, failed.detail) == (
        both.user,
        {"provider": "acme", "reason": "not linked"},
    )
