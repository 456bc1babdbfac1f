"""The forecast in a real browser: read, followed down the line, and without script on a phone."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from forecasting.models import BacktestRow, Forecast
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.facts import a_crm_user, a_quota, an_account, an_opportunity
from tests.forecasting.forecasts import (
    AS_OF,
    TODAY,
    a_backtest_row,
    a_forecast,
    a_forecast_deal,
    a_node,
)

TEAMS = {"North": ("Ana Lima", "Bo Chen", "Rosa Delgado"), "South": ("Eli Roth", "Fay Okoro")}
QUARTERS = [date(year, month, 1) for year in (2024, 2025) for month in (1, 4, 7, 10)]


@pytest.fixture
def foreseen(company: Company) -> Company:
    Org.objects.filter(pk=company.org.pk).update(clock_date=TODAY, data_as_of=AS_OF)
    company.org.refresh_from_db()
    for weeks in (6, 4, 3, 2, 1):
        earlier = AS_OF - timedelta(weeks=weeks)
        nodes_of(a_forecast(company.org, as_of=earlier, is_latest=False), less=weeks * 60_000)
    latest = a_forecast(company.org, problem="New business is a guess: only 3 quarters are known.")
    nodes_of(latest)
    for team, people in TEAMS.items():
        a_crm_user(org=company.org, external_id=team, name=f"{team} lead")
        for at, name in enumerate(people):
            member = company.people[Role.REP] if name == "Rosa Delgado" else None
            a_crm_user(
                org=company.org,
                external_id=name,
                name=name,
                manager_ref=team,
                membership=member,
            )
            a_quota(
                org=company.org,
                owner_ref=name,
                starts_date=date(2026, 10, 1),
                ends_date=date(2027, 1, 1),
                amount=Decimal(400_000),
            )
            deals_of(latest, name, number=5 + at)
    for at, since in enumerate(QUARTERS):
        record_of(company.org, since, actual=900_000 + 40_000 * (at % 3))
    return company


def nodes_of(forecast: Forecast, *, less: int = 0) -> None:
    everybody = [name for people in TEAMS.values() for name in people]
    amounts: dict[str, Any] = {"closed": 700_000 - less, "from_open": 800_000, "from_new": 150_000}
    a_node(forecast, owners=everybody, **amounts)
    for team, people in TEAMS.items():
        half: dict[str, Any] = {name: amount // 2 for name, amount in amounts.items()}
        a_node(forecast, team, name=f"{team} lead", owners=list(people), **half)
        own: dict[str, Any] = {name: amount // len(people) for name, amount in half.items()}
        for name in people:
            a_node(forecast, name, parent=team, depth=2, **own)


def deals_of(forecast: Forecast, owner: str, *, number: int) -> None:
    for at in range(number):
        account = an_account(org=forecast.org, name=f"Customer {at}", owner_ref=owner)
        deal = an_opportunity(
            org=forecast.org,
            name=f"Renewal {at} of {owner}",
            owner_ref=owner,
            account_ref=account.external_id,
            won=at == 0,
            corporate_amount=Decimal(30_000 + 7_000 * at),
            close_date=TODAY + timedelta(days=11 * at - 20),
        )
        a_forecast_deal(forecast, deal, **({} if at == 0 else {"chance": 0.15 * at}))


def record_of(org: Org, since: date, *, actual: int) -> None:
    said: dict[str, Any] = {"since": since, "actual": Decimal(actual)}
    for at, cut in enumerate(BacktestRow.Cut):
        near = Decimal(actual) * Decimal(f"{1.12 - 0.03 * at:.2f}")
        a_backtest_row(
            org, cut=cut, said=near, p10=near * Decimal("0.85"), p90=near * Decimal("1.2"), **said
        )
        for method, factor in ((BacktestRow.Method.STAGE, "1.4"), ("year_before", "0.8")):
            point = Decimal(actual) * Decimal(factor)
            a_backtest_row(org, cut=cut, method=method, said=point, p10=None, p90=None, **said)


def test_its_pages_look_right(foreseen: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.arrive(foreseen.user(Role.EXECUTIVE), "/o/acme/forecast/")
    page.locator(".forecast-how summary").click()
    problems = person.look("forecast")
    page.get_by_role("navigation", name="Pages of the forecast").get_by_text("Deals").click()
    expect(page.locator("#forecast-deals tbody tr")).to_have_count(29)
    problems += person.look("forecast-deals")
    page.get_by_role("navigation", name="Pages of the forecast").get_by_text("Record").click()
    expect(page.locator("h1")).to_have_text("How near forecasts have come")
    problems += person.look("forecast-record")
    assert problems == [], "\n".join(problems)


def test_an_executive_follows_the_number_down_to_its_deals(
    foreseen: Company, visitor: Visit
) -> None:
    page = visitor().arrive(foreseen.user(Role.EXECUTIVE), "/o/acme/forecast/")
    expect(page.locator(".forecast-headline")).to_contain_text("Q4 2026: $1.6M likely (P50)")
    page.get_by_role("link", name="North lead").click()
    expect(page.locator("h1")).to_have_text("Forecast: North lead")
    page.get_by_role("link", name="Ana Lima").click()
    expect(page.locator(".breadcrumb")).to_have_text(re.compile("North lead.*Ana Lima"))
    page.get_by_role("link", name="From open", exact=True).click()
    expect(page.locator("h1")).to_have_text("Deals of the forecast: Ana Lima")
    expect(page.locator("#forecast-deals tbody tr")).to_have_count(4)
    page.get_by_role("link", name="The quarter after").click()
    expect(page.get_by_text("There is no forecast of this period")).to_be_visible()


def test_a_rep_reads_theirs_on_a_phone_without_script(foreseen: Company, visitor: Visit) -> None:
    person = visitor(size="phone", scripts=False)
    page = person.arrive(foreseen.user(Role.REP), "/o/acme/forecast/")
    expect(page.locator(".forecast-headline")).to_contain_text("8 of 10 cases")
    expect(page.locator(".forecast-bar rect").first).to_be_visible()
    page.locator("#forecast-weeks summary").click()
    expect(page.locator("#forecast-weeks tbody tr").first).to_be_visible()
    assert not person.overflows()
    page.get_by_role("link", name="P50").click()
    expect(page.locator("#forecast-deals tbody tr")).to_have_count(7)
    assert not person.overflows()
