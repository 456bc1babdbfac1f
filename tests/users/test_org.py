from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from revenue.users.models import AuditEvent, Membership, Org
from revenue.users.roles import Role
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory

SAID = {
    "name": "Acme",
    "timezone": "UTC",
    "currency": "USD",
    "hierarchy": "managers",
    "fiscal_month": "1",
}


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
    ("name", "value"),
    [
        ("currency", "EUR"),
        ("hierarchy", "roles"),
        ("clock_date", "2017-12-31"),
        ("fiscal_month", "4"),
    ],
)
def test_its_admins_say_what_it_counts_in_who_is_above_whom_and_what_today_is(
    as_admin: Client, admin: Membership, name: str, value: str
) -> None:
    answer = as_admin.post(f"/admin/users/org/{admin.org_id}/change/", SAID | {name: value})
    assert answer.status_code == 302
    org = Org.objects.get(pk=admin.org_id)
    assert str(getattr(org, name)) == value
    assert AuditEvent.objects.filter(org=org, action="org_changed").exists()


def test_a_currency_is_three_capital_letters(as_admin: Client, admin: Membership) -> None:
    answer = as_admin.post(f"/admin/users/org/{admin.org_id}/change/", SAID | {"currency": "euro"})
    assert "currency" in answer.context["adminform"].form.errors


def test_a_fiscal_month_that_an_admin_sets_is_kept(as_admin: Client, admin: Membership) -> None:
    address = f"/admin/users/org/{admin.org_id}/change/"
    as_admin.post(address, SAID | {"currency": "EUR"})
    assert not Org.objects.get(pk=admin.org_id).keeps_fiscal_month
    as_admin.post(address, SAID | {"currency": "EUR", "fiscal_month": "2"})
    org = Org.objects.get(pk=admin.org_id)
    assert (org.fiscal_month, org.keeps_fiscal_month) == (2, True)
    assert str(org.quarter_of(date(2026, 11, 21))) == "Q4 FY2027"
    event = AuditEvent.objects.filter(org=org, action="org_changed").latest("id")
    assert event.detail["fields"] == ["Fiscal year begins in"]
    # The CRM's word counts again once the admin says so.
    as_admin.post(address, SAID | {"fiscal_month": "2"})
    assert not Org.objects.get(pk=admin.org_id).keeps_fiscal_month


def test_a_year_has_twelve_months_to_begin_in() -> None:
    with pytest.raises(ValidationError) as refused:
        OrgFactory.build(fiscal_month=13).clean_fields()
    assert "fiscal_month" in refused.value.message_dict
