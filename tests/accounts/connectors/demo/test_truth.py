"""What is hidden can be learned, and nothing on the surface gives it away."""

import re
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from accounts.connectors.base import Row
from accounts.connectors.demo.truth import Truth, same_customers
from accounts.connectors.demo.world import World
from tests.accounts.connectors.demo.conftest import NOW
from tests.accounts.connectors.demo.judging import judge

ROOT = Path(__file__).parents[4]
Company = dict[str, World]
KNOWS = re.compile(r"connectors\.demo(\.truth| import .*\btruth\b)")


@pytest.fixture(scope="module")
def closed(company: Company) -> list[Row]:
    return [
        deal for world in company.values() for deal in world.rows("Opportunity") if deal["IsClosed"]
    ]


def test_who_knows_the_hidden_hazard_foresees_deals(company: Company) -> None:
    chances, won = [], []
    for world in company.values():
        later = {deal["Id"]: deal for deal in world.rows("Opportunity")}
        for days in (300, 480):
            known = Truth(world).win_probability(NOW - timedelta(days=days), copies=48)
            for ref, chance in known.items():
                if later.get(ref, {}).get("IsClosed"):
                    chances.append(chance)
                    won.append(later[ref]["IsWon"])
    found = judge(chances, won)
    assert len(won) > 250
    assert found.auc > 0.78
    assert found.brier_skill > 0.22
    assert found.log_loss_gain > 0.12
    assert abs(found.bias) < 3


def test_who_knows_the_hidden_score_foresees_leads(company: Company) -> None:
    chances, converted = [], []
    for world in company.values():
        later = {lead["Id"]: lead for lead in world.rows("Lead", with_deleted=True)}
        for days in range(100, 800, 140):
            at = NOW - timedelta(days=days)
            for ref, chance in Truth(world).lead_conversion(at).items():
                done = later[ref]["ConvertedDate"]
                chances.append(chance)
                converted.append(bool(done and done <= (at + timedelta(days=90)).date()))
    found = judge(chances, converted)
    assert found.auc > 0.68
    assert found.brier_skill > 0.06
    assert abs(found.bias) < 3


def test_who_knows_how_customers_feel_foresees_who_leaves(company: Company) -> None:
    chances, left = [], []
    for world in company.values():
        later = {each["Id"]: each["Churned_On__c"] for each in world.rows("Account")}
        for days in (190, 370, 550, 730):
            at = NOW - timedelta(days=days)
            for ref, chance in Truth(world).churn(at).items():
                if ref in later:
                    gone = later[ref]
                    chances.append(chance)
                    left.append(bool(gone and gone <= (at + timedelta(days=180)).date()))
    found = judge(chances, left)
    assert sum(left) > 40
    assert found.auc > 0.66
    assert found.brier_skill > 0.01
    assert abs(found.bias) < 3


def test_unhappy_customers_show_it_before_they_leave(company: Company) -> None:
    """Use falls and grave cases come, in the half year before; so health can be told from rows."""
    grave: dict[bool, list[int]] = {True: [], False: []}
    for world in company.values():
        cases: dict[str, int] = defaultdict(int)
        for case in world.rows("Case"):
            if case["Priority"] == "High":
                cases[case["AccountId"]] += 1
        for account in world.rows("Account"):
            if account["Customer_Since__c"]:
                gone = account["Churned_On__c"] is not None
                end = account["Churned_On__c"] or NOW.date()
                since = max(account["Customer_Since__c"], world.setting.began)
                months = max((end - since).days / 30, 3)
                grave[gone].append(cases[account["Id"]] / months)
    assert np.mean(grave[True]) > 1.3 * np.mean(grave[False])


def test_what_is_liked_is_bought(company: Company) -> None:
    ranks = []
    for world in company.values():
        at = NOW - timedelta(days=365)
        truth = Truth(world)
        before, after = truth.owned(at), truth.owned(NOW)
        for account, appeal in truth.appeal(at).items():
            order = sorted(appeal, key=lambda product: -appeal[product])
            bought = after[account] - before[account]
            ranks += [order.index(product) / (len(order) - 1) for product in bought]
    assert len(ranks) > 150
    assert np.mean(ranks) < 0.36


def test_who_knows_the_hidden_rates_foresees_what_accounts_bring(company: Company) -> None:
    at = NOW - timedelta(days=180)
    sums = np.zeros(3)
    for world in company.values():
        said = Truth(world).expected_revenue(at, days=180)
        came: dict[str, float] = defaultdict(float)
        for deal in world.rows("Opportunity"):
            if deal["IsWon"] and deal["Amount"] and at.date() < deal["CloseDate"] <= NOW.date():
                came[deal["AccountId"]] += float(deal["Amount"])
        assert min(said.values()) >= 0
        order = sorted(said, key=lambda account: -said[account])
        third = len(order) // 3
        parts = (order[:third], order[third : 2 * third], order[2 * third :])
        sums += [sum(came[account] for account in part) for part in parts]
        assert 0.4 < sum(came.values()) / sum(said.values()) < 1.6
    assert sums[0] > 2 * sums[1] > 4 * sums[2]


def test_care_brings_deals_and_each_visit_less(company: Company) -> None:
    truth = Truth(company["meridian-americas"])
    gains = truth.action_effects(NOW)
    assert all(0 <= gain < 2 for each in gains.values() for gain in each.values())
    chunk = next(truth.chunks(NOW))
    dose = chunk.satisfaction.dose
    begun = np.zeros(dose.shape)
    month = chunk.satisfaction.month_of(chunk.deals.created_at // 86_400)
    later = chunk.companies.lead[chunk.deals.account] < 0
    np.add.at(begun, (chunk.deals.account[later], month[later]), 1)
    there = chunk.companies.lead < 0
    usual = np.repeat(chunk.companies.deals_a_day[:, None], dose.shape[1], axis=1)[there]
    rates = [
        begun[there][where].sum() / usual[where].sum()
        for where in (dose[there] == 0, dose[there] > 1.5)
    ]
    assert rates[1] > 1.35 * rates[0]


def test_the_planted_fall_is_seen_and_not_absurd(company: Company, closed: list[Row]) -> None:
    planted = Truth(company["meridian-europe"]).planted()
    assert planted.cause == "segment_rate"
    industry = {
        account["Id"]: account["Industry"]
        for world in company.values()
        for account in world.rows("Account", with_deleted=True)
    }
    rates = defaultdict(list)
    for deal in closed:
        touched = industry[deal["AccountId"]] == planted.where
        rates[touched, deal["CloseDate"] >= planted.since].append(deal["IsWon"])
    fall = np.mean(rates[True, True]) - np.mean(rates[True, False])
    others = np.mean(rates[False, True]) - np.mean(rates[False, False])
    assert -0.22 < fall < -0.09
    assert abs(others) < 0.06


def test_the_figures_are_those_of_a_company(company: Company, closed: list[Row]) -> None:
    deals = [deal for world in company.values() for deal in world.rows("Opportunity")]
    assert 1_700 <= len(deals) <= 2_500
    assert 0.23 <= np.mean([deal["IsWon"] for deal in closed]) <= 0.32
    about = [
        row["WhatId"] if name != "EmailMessage" else row["RelatedToId"]
        for world in company.values()
        for name in ("Task", "Event", "EmailMessage")
        for row in world.rows(name)
    ]
    deal_ids = {deal["Id"] for deal in deals}
    assert 8 <= sum(ref in deal_ids for ref in about) / len(deals) <= 12
    still = [deal for deal in deals if not deal["IsClosed"]]
    overdue = [deal for deal in still if deal["CloseDate"] < NOW.date()]
    assert 0.02 < len(overdue) / len(still) < 0.35
    assert max(deal["PushCount"] for deal in deals) >= 3
    last_days = [deal for deal in closed if deal["IsWon"] and _days_left(deal["CloseDate"]) < 15]
    assert len(last_days) / sum(deal["IsWon"] for deal in closed) > 15 / 91 * 1.2


def _days_left(day: date) -> int:
    """Until its quarter ends."""
    months = day.year * 12 + 3 * ((day.month - 1) // 3) + 3
    return (date(months // 12, months % 12 + 1, 1) - day).days


def test_no_field_of_an_open_deal_gives_the_outcome_away(company: Company) -> None:
    """Of deals that are closed by now, as they looked when they were open."""
    values: dict[str, dict[object, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for world in company.values():
        later = {deal["Id"]: deal for deal in world.rows("Opportunity")}
        for deal in world.at(NOW - timedelta(days=365)).rows("Opportunity"):
            end = later.get(deal["Id"])
            if not deal["IsClosed"] and end and end["IsClosed"]:
                for name, value in deal.items():
                    values[name][value].append(end["IsWon"])
    for name, groups in values.items():
        if len(groups) > 12:
            continue
        for value, won in groups.items():
            assert len(won) < 20 or 0.03 < np.mean(won) < 0.97, (name, value)


def test_texts_are_many_and_in_several_letters(company: Company) -> None:
    bodies = [row["TextBody"] for world in company.values() for row in world.rows("EmailMessage")]
    assert len(set(bodies)) > 0.9 * len(bodies)
    assert not any("{" in body or "lorem" in body.lower() for body in bodies)
    for letters in ("ü", "é", "ł", "α", "の"):
        assert sum(letters in body for body in bodies) >= 5, letters
    names = {row["Name"] for world in company.values() for row in world.rows("Account")}
    assert any("株式会社" in name for name in names)


def test_addresses_lie_in_their_countries(company: Company) -> None:
    american = {"Boston", "New York", "Atlanta", "Chicago", "Austin", "Denver", "Seattle"}
    for world in company.values():
        for row in world.rows("Account"):
            if row["BillingCity"] in american:
                assert row["BillingCountry"] == "United States", row["Name"]


def test_customers_overlap(company: Company) -> None:
    groups = same_customers(company.values())
    assert len(groups) > 50
    orgs = [[slug for slug, _ in group] for group in groups]
    assert all(len(each) == len(set(each)) for each in orgs)
    assert any(len(each) == 3 for each in orgs)


def test_nothing_of_the_product_knows_the_truth() -> None:
    for path in ROOT.glob("*/**/*.py"):
        place = path.relative_to(ROOT)
        if place.parts[0] in ("tests", ".venv", "benchmarks", "node_modules"):
            continue
        if place.name in ("truth.py", "evaluate.py"):
            continue
        said = path.read_text()
        if "demo" in said and "truth" in said:
            assert not KNOWS.search(said), f"{place} imports what is hidden in the company"


def test_the_orders_of_skill_are_those_of_the_sellers(company: Company) -> None:
    skills = Truth(company["meridian-cloud"]).seller_skill()
    users = {row["Id"]: row["Title"] for row in company["meridian-cloud"].rows("User")}
    assert {users[ref] for ref in skills} == {"Account Executive"}
    assert any(one != other for one, other in pairwise(skills.values()))
