from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.pipeline import pipeline_of
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.facts import a_crm_user, an_opportunity
from tests.factories.people import MembershipFactory, OrgFactory

TODAY = date(2026, 11, 21)

pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Org:
    found = OrgFactory(slug="acme", currency="EUR", data_as_of=timezone.now(), clock_date=TODAY)
    for facts in (
        {"close_date": date(2026, 12, 31)},
        {"close_date": date(2027, 1, 1), "corporate_amount": None},
        {"close_date": date(2026, 11, 20), "corporate_amount": Decimal(30)},
        {"close_date": date(2026, 10, 1), "won": True, "corporate_amount": Decimal(7)},
        {"close_date": date(2026, 9, 30), "won": True},
        {"close_date": date(2026, 11, 1), "lost": True},
    ):
        an_opportunity(org=found, **facts)
    an_opportunity(org=OrgFactory())
    return found


def test_each_deal_of_the_org_is_counted_where_it_stands(org: Org) -> None:
    found = pipeline_of(MembershipFactory(org=org, role=Role.EXECUTIVE), today=TODAY)
    figures = (found.open, found.closing, found.overdue, found.won)
    assert [each.deals for each in figures] == [3, 1, 1, 1]
    assert [each.amount for each in figures] == [Decimal(each) for each in (1030, 1000, 30, 7)]


def test_quarters_are_those_of_the_org_s_own_year(org: Org, client: Client) -> None:
    org.fiscal_month = 2
    org.save()
    reader = MembershipFactory(org=org, role=Role.EXECUTIVE)
    found = pipeline_of(reader, today=TODAY)
    assert (found.since, found.until) == (date(2026, 11, 1), date(2027, 1, 31))
    # The deal won on 1 October is of the quarter before; both open ones are due in this.
    assert (found.won.deals, found.closing.deals) == (0, 2)
    client.force_login(reader.user)
    assert "Won since 1 Nov" in client.get("/o/acme/overview/").content.decode()
    a_crm_user(org=org, external_id="u-1")
    assert "Won since 1 Nov" in client.get("/o/acme/team/").content.decode()


@pytest.mark.parametrize("name", ["open", "closing", "overdue", "won"])
def test_a_figure_leads_to_the_deals_that_it_counts(org: Org, client: Client, name: str) -> None:
    reader = MembershipFactory(org=org, role=Role.EXECUTIVE)
    figure = getattr(pipeline_of(reader, today=TODAY), name)
    client.force_login(reader.user)
    html = client.get(f"/o/acme/deals/{figure.query}").content.decode()
    counted = ">1 deal<" if figure.deals == 1 else f"of {figure.deals} deals"
    assert counted in html


def test_the_first_page_of_an_executive_begins_with_the_pipeline(org: Org, client: Client) -> None:
    client.force_login(MembershipFactory(org=org, role=Role.EXECUTIVE).user)
    html = client.get("/o/acme/overview/").content.decode()
    for text in ("Open pipeline", "€1k", "3 deals", "closing by 31 Dec", "Won since 1 Oct"):
        assert text in html
    assert html.index("Open pipeline") < html.index("People who signed in")


def test_an_org_without_facts_shows_no_figures(client: Client) -> None:
    org = OrgFactory()
    client.force_login(MembershipFactory(org=org, role=Role.EXECUTIVE).user)
    assert "Open pipeline" not in client.get(f"/o/{org.slug}/overview/").content.decode()
