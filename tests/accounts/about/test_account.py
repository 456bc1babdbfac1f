import pytest

from accounts.about.account import linked_accounts
from revenue.users.roles import Role
from tests.factories.facts import a_customer, a_customer_account, an_account
from tests.factories.people import MembershipFactory, OrgFactory, OrgGroupFactory, UserFactory


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["org", "other"])
@pytest.mark.parametrize("is_regrouped", [False, True], ids=["no group", "another group"])
def test_an_org_that_left_the_group_is_a_stranger_before_any_run(
    place: str, is_regrouped: bool
) -> None:
    together = OrgGroupFactory()
    orgs = {name: OrgFactory(group=together) for name in ("org", "other")}
    person, customer = UserFactory(), a_customer(group=together)
    for org in orgs.values():
        MembershipFactory(user=person, org=org, role=Role.EXECUTIVE)
    here, there = (an_account(org=org, name="Northwind") for org in orgs.values())
    for account in (here, there):
        a_customer_account(org=account.org, account_ref=account.external_id, customer=customer)
    assert linked_accounts(here, person=person) == [there]

    orgs[place].group = OrgGroupFactory.create() if is_regrouped else None
    orgs[place].save()

    here.org.refresh_from_db()
    assert linked_accounts(here, person=person) == []
