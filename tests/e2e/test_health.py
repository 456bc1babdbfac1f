"""A rep opens the customer with most at risk, accepts a play, and takes it back on its page."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from revenue.users.models import Org
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.facts import a_crm_user, an_account
from tests.factories.outlooks import a_health, an_account_action
from tests.factories.selling import the_selling_run


@pytest.fixture
def caring(company: Company) -> Company:
    now = timezone.now()
    Org.objects.filter(pk=company.org.pk).update(data_as_of=now)
    a_crm_user(org=company.org, external_id="u-rep", membership=company.people[Role.REP])
    the_selling_run(company.org, task="account_health", report={"health": {"start": 74}})
    for number in range(4):
        account = an_account(org=company.org, name=f"Customer {number}", owner_ref="u-rep")
        a_health(account=account, as_of=now, at_risk=Decimal(9000 - number))
        an_account_action(account=account, suggested_at=now)
    return company


def test_a_rep_opens_accepts_and_takes_back(caring: Company, visitor: Visit) -> None:
    person = visitor()
    address = reverse("forecasting:health-list", args=["acme"])
    page = person.arrive(caring.user(Role.REP), address)
    page.locator(".row-turn").first.click()
    page.get_by_role("button", name="Accept").first.click()
    expect(page.get_by_text("Accepted by")).to_be_visible()
    under_way = page.locator("#health-tiles .tile", has_text="Plays under way")
    expect(under_way.locator(".tile-value")).to_have_text("1")
    problems = person.look("health-list-open")
    page.locator("#customers-at-risk tbody th a:not(.row-turn)").first.click()
    panel = page.locator("#account-health")
    panel.get_by_role("button", name="Undo").click()
    expect(panel.get_by_role("button", name="Accept")).to_be_visible()
    assert [*problems, *person.look("health-panel")] == []
