import pytest
from django.test import Client

from revenue.users.models import AuditEvent, Membership, Org
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


@pytest.mark.parametrize(
    ("name", "value"), [("currency", "EUR"), ("hierarchy", "roles"), ("clock_date", "2017-12-31")]
)
def test_its_admins_say_what_it_counts_in_who_is_above_whom_and_what_today_is(
    as_admin: Client, admin: Membership, name: str, value: str
) -> None:
    said = {"name": "Acme", "timezone": "UTC", "currency": "USD", "hierarchy": "managers"}
    answer = as_admin.post(f"/admin/users/org/{admin.org_id}/change/", said | {name: value})
    assert answer.status_code == 302
    org = Org.objects.get(pk=admin.org_id)
    assert str(getattr(org, name)) == value
    assert AuditEvent.objects.filter(org=org, action="org_changed").exists()


def test_a_currency_is_three_capital_letters(as_admin: Client, admin: Membership) -> None:
    said = {"name": "Acme", "timezone": "UTC", "currency": "euro", "hierarchy": "managers"}
    answer = as_admin.post(f"/admin/users/org/{admin.org_id}/change/", said)
    assert "currency" in answer.context["adminform"].form.errors
