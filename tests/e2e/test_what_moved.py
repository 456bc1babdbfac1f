"""What moved the forecast, and what it would be, in a real browser."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from forecasting.bridge.making import make_bridge
from forecasting.models import Forecast, ForecastNode
from forecasting.quarter.worlds import band, inputs_of, run
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.facts import a_crm_user, an_account, an_opportunity
from tests.forecasting.forecasts import AS_OF, METHOD, TODAY, a_forecast, a_forecast_deal, a_node

TEAMS = {"North": ("Ana Lima", "Bo Chen", "Rosa Delgado"), "South": ("Eli Roth", "Fay Okoro")}
THEN = AS_OF - timedelta(days=7)
NEW = {"mean": 4.0, "spread": 0.3, "each_mean": 30_000.0, "each_sd": 20_000.0}


@pytest.fixture
def moved(company: Company) -> Company:
    org = company.org
    Org.objects.filter(pk=org.pk).update(clock_date=TODAY, data_as_of=AS_OF)
    org.refresh_from_db()
    people = [name for team in TEAMS.values() for name in team]
    before, after = (
        a_forecast(
            org,
            as_of=at,
            made_at=at,
            is_latest=at == AS_OF,
            method={**METHOD, "new": {**NEW, "by_owner": dict.fromkeys(people, each)}},
        )
        for at, each in ((THEN, 1.2), (AS_OF, 1.0))
    )
    for team, names in TEAMS.items():
        a_crm_user(org=org, external_id=team, name=f"{team} lead")
        for name in names:
            member = company.people[Role.REP] if name == "Rosa Delgado" else None
            a_crm_user(org=org, external_id=name, name=name, manager_ref=team, membership=member)
    deals_of(before, after, people)
    for forecast in (before, after):
        nodes_of(forecast, people)
    make_bridge(before, after, at=AS_OF)
    return company


def deals_of(before: Forecast, after: Forecast, people: list[str]) -> None:
    rng = np.random.default_rng(7)
    for at in range(60):
        owner, fate = (
            people[at % 5],
            ("won", "lost", "new", "amount", "more", "less", "same")[at % 7],
        )
        account = an_account(org=after.org, name=f"Customer {at % 9}", owner_ref=owner)
        ended = fate in ("won", "lost")
        deal = an_opportunity(
            org=after.org,
            name=f"Renewal {at} with Customer {at % 9}",
            owner_ref=owner,
            account_ref=account.external_id,
            won=fate == "won",
            lost=fate == "lost",
            corporate_amount=Decimal(int(rng.integers(10, 90)) * 1000),
            created_at=(AS_OF if fate == "new" else THEN) - timedelta(days=3),
            close_date=TODAY + timedelta(days=-2 if ended else 20),
        )
        chance = float(rng.uniform(0.2, 0.6))
        shares = [min(1.0, max(0.0, (week - 6) / 7)) for week in range(14)]
        said: dict[str, Any] = {"chance": chance, "standing": "open", "weeks": shares}
        if fate != "new":
            a_forecast_deal(before, deal, **said)
        if fate == "won":
            a_forecast_deal(after, deal, weeks=shares)
        elif fate == "amount":
            a_forecast_deal(after, deal, **{**said, "amount": Decimal(99_000)})
        elif fate != "lost":
            change = {"more": 1.3, "less": 0.7}.get(fate, 1.0)
            a_forecast_deal(after, deal, **{**said, "chance": chance * change})


def nodes_of(forecast: Forecast, people: list[str]) -> None:
    a_node(forecast, owners=people)
    for team, names in TEAMS.items():
        a_node(forecast, team, name=f"{team} lead", owners=list(names))
        for name in names:
            a_node(forecast, name, parent=team, depth=2)
    inputs, owners, _ = inputs_of(forecast)
    worlds = run(inputs)
    for node in ForecastNode.objects.filter(forecast=forecast):
        found = band(worlds.of([owners.index(name) for name in node.owners]))
        ForecastNode.objects.filter(pk=node.pk).update(p50=found.p50)


def test_what_moved_looks_right_and_leads_to_its_deals(moved: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.arrive(moved.user(Role.EXECUTIVE), "/o/acme/forecast/bridge/")
    expect(page.locator(".forecast-headline")).to_contain_text("The likely number (P50)")
    problems = person.look("forecast-bridge")
    page.locator(".bridge-steps").get_by_role("link", name="Won").click()
    expect(page.locator("#bridge-deals tbody tr")).to_have_count(9)
    page.get_by_role("link", name="South lead").click()
    expect(page.locator("h1")).to_have_text("What moved the forecast: South lead")
    assert problems == [], "\n".join(problems)


def test_a_what_if_is_tried_and_kept(moved: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.arrive(moved.user(Role.EXECUTIVE), "/o/acme/forecast/what-if/")
    page.locator(".scenario-choices button").first.click()
    drop = page.get_by_role("checkbox").first
    drop.check()
    expect(page.locator(".scenario-lines .scenario-down")).to_be_visible()
    page.locator("#hires").fill("3")
    page.locator("#hires").blur()
    expect(page.get_by_text("for the ramp =")).to_be_visible()
    page.get_by_label("Keep it as").fill("Three more")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("link", name="Three more")).to_be_visible()
    problems = person.look("forecast-what-if")
    assert problems == [], "\n".join(problems)


def test_a_rep_tries_on_a_phone_without_script(moved: Company, visitor: Visit) -> None:
    person = visitor(size="phone", scripts=False)
    page = person.arrive(moved.user(Role.REP), "/o/acme/forecast/what-if/")
    page.locator(".scenario-choices button").first.click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Work it out").last.click()
    expect(page.locator(".scenario-lines .scenario-down")).to_be_visible()
    assert not person.overflows()
    page.goto(page.url.split("what-if")[0] + "bridge/")
    expect(page.locator(".bridge-steps")).to_be_visible()
    assert not person.overflows()
