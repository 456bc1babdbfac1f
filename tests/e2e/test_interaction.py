"""One feature against what it adds, in a real browser: asked for, starred, and clicked on."""

from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from accounts.models import Opportunity
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.deals import a_score, an_analysis, an_outlook
from tests.factories.facts import a_crm_user, an_opportunity
from tests.factories.models import a_model_run

FEATURES = (
    ("days_since_meeting", "Meetings: days since the last", "number"),
    ("source", "Source", "category"),
    ("amount_log", "Amount", "number"),
)


@dataclass
class Field:
    company: Company
    deals: list[Opportunity]

    @property
    def address(self) -> str:
        return f"/o/acme/risk/interaction/?deal={self.deals[0].pk}"


@pytest.fixture
def field(company: Company) -> Field:
    org, rng = company.org, np.random.default_rng(6)
    seller = a_crm_user(org=org, name="Rosa Delgado", membership=company.people[Role.REP])
    listed = [dict(zip(("name", "title", "kind"), one, strict=True)) for one in FEATURES]
    run = a_model_run(org=org, live=True, features=listed)
    deals = []
    for number in range(90):
        deal = an_opportunity(
            org=org, owner_ref=seller.external_id, name=f"Deal {number}",
            stage=("Discovery", "Proposal", "Negotiation")[number % 3],
        )  # fmt: skip
        since = float(rng.uniform(0, 60)) if number % 9 else None
        adds = 0.6 - (since if since is not None else 45) / 40 + float(rng.normal(0, 0.15))
        source = ("Web", "Partner", "Referral")[number % 3]
        values = {
            "days_since_meeting": since,
            "source": source,
            "amount_log": float(rng.normal(10, 1)),
            "activities_30": float(rng.poisson(4)),
        }
        an_outlook(deal=deal, run=run, grade="ABCD"[number % 4])
        an_analysis(deal=deal, run=run, values=values)
        told = {"days_since_meeting": adds, "source": 0.1 * (number % 3)}
        a_score(deal=deal, run=run, contributions=told)
        deals.append(deal)
    return Field(company, deals[1:])


def is_drawn(page: Page) -> None:
    expect(page.locator("#interaction-plot .main-svg").first).to_be_visible(timeout=15_000)


def test_a_feature_is_chosen_and_a_point_opens_its_deal(field: Field, visitor: Visit) -> None:
    person = visitor()
    page = person.arrive(field.company.user(Role.REP), field.address)
    is_drawn(page)
    expect(page.locator("#interaction-plot-title")).to_contain_text("Meetings: days since the last")
    expect(page.locator(".legend")).to_contain_text("This deal")
    page.get_by_label("What is known").select_option("source")
    expect(page.locator("#interaction-plot-title")).to_contain_text("Source, and what it adds")
    page.wait_for_url(lambda url: "feature=source" in url and f"deal={field.deals[0].pk}" in url)
    page.get_by_label("Coloured by").select_option("Stage")
    page.wait_for_url(lambda url: "colour=stage" in url)
    expect(page.locator(".legend")).to_contain_text("Negotiation")
    page.go_back()
    expect(page.get_by_label("Coloured by")).to_have_value("actions")
    is_drawn(page)


def test_the_plot_looks_right(field: Field, visitor: Visit) -> None:
    person = visitor()
    page = person.arrive(field.company.user(Role.REP), field.address + "&colour=activity")
    is_drawn(page)
    problems = person.look("interaction")
    assert problems == [], "\n".join(problems)


def test_where_nothing_is_scored_it_looks_right(company: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.arrive(company.user(Role.REP), "/o/acme/risk/interaction/")
    expect(page.locator("main")).to_contain_text("No deal is scored yet")
    problems = person.look("interaction-empty")
    assert problems == [], "\n".join(problems)


def test_the_numbers_are_read_without_script(field: Field, visitor: Visit) -> None:
    person = visitor(scripts=False)
    page = person.arrive(field.company.user(Role.REP), field.address)
    page.get_by_label("What is known").select_option("source")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#interaction-plot-summary")).to_contain_text("It adds most at Referral")
    page.locator("summary", has_text="Show as a table").click()
    expect(page.locator("#interaction-plot tbody tr")).to_have_count(3)
