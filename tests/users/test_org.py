import pytest

from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN], ids=str)
def test_an_org_is_run_by_its_own_admins_only(role: Role) -> None:
    org = OrgFactory()
    admin = MembershipFactory(org=org, role=Role.ADMIN)
    other = MembershipFactory(org=org, role=role)
    MembershipFactory(user=other.user, role=Role.ADMIN, is_active=False)
    assert list(Org.objects.run_by(admin.user)) == [org]
    assert list(Org.objects.run_by(other.user)) == []


@pytest.mark.django_db
def test_only_orgs_of_active_memberships_are_seen() -> None:
    user = UserFactory()
    inside = MembershipFactory(user=user).org
    MembershipFactory(user=user, is_active=False)
    MembershipFactory(user=user, org=OrgFactory(is_active=False))
    MembershipFactory()
    assert list(Org.objects.visible_to(user)) == [inside]
    user.is_active = False
    assert list(Org.objects.visible_to(user)) == []
