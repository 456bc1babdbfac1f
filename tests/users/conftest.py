import pytest
from django.test import Client

from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories.people import MembershipFactory, OrgFactory


@pytest.fixture
def org(db: None) -> Org:
    return OrgFactory(slug="acme", name="Acme")


@pytest.fixture
def admin(org: Org) -> Membership:
    return MembershipFactory(org=org, role=Role.ADMIN, user__full_name="Ada Admin")


@pytest.fixture
def rep(org: Org) -> Membership:
    return MembershipFactory(org=org, role=Role.REP, user__full_name="Rita Rep")


@pytest.fixture
def as_admin(client: Client, admin: Membership) -> Client:
    client.force_login(admin.user)
    return client
