"""A manager's morning: what is at risk, why, kept as a view, and taken along as a file."""

import csv
import re
import zipfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import CrmUser
from forecasting.models import DealOutlook
from revenue.users.models import Org, SavedView
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit, Visitor
from tests.factories.deals import an_outlook
from tests.factories.facts import a_crm_user, an_account, an_opportunity

REASONS = [
    {
        "title": title,
        "words": words,
        "points": points,
        "base_rate": {"won": 0.12, "against": 0.31, "deals": 812},
    }
    for title, words, points in (
        ("Days since a meeting", "no meeting in 21 days", -0.12),
        ("Stage", "in Proposal for 40 days", -0.07),
        ("Contacts", "three people take part", 0.04),
        ("Amount", "a large amount", -0.02),
    )
]
FIRST, SECOND = "Deal 0 of Rosa", "Deal 1 of Rosa"


@pytest.fixture
def company_at_risk(company: Company) -> Company:
    now = timezone.now()
    Org.objects.filter(pk=company.org.pk).update(data_as_of=now)
    for role, boss in {Role.MANAGER: None, Role.REP: "u-manager"}.items():
        a_crm_user(
            org=company.org,
            external_id=f"u-{role}",
            name=company.user(role).full_name,
            membership=company.people[role],
            manager_ref=boss,
        )
    for number in range(24):
        a_deal(company, number)
    return company


def a_deal(company: Company, number: int) -> DealOutlook:
    owner = CrmUser.objects.get(external_id="u-rep" if number % 3 else "u-manager")
    account = an_account(org=company.org, name=f"Customer {number}", owner_ref=owner.external_id)
    name = f"Deal {number // 3} of {owner.name.split()[0]}" if number % 3 else f"Own deal {number}"
    deal = an_opportunity(
        org=company.org,
        owner_ref=owner.external_id,
        account_ref=account.external_id,
        name=FIRST if number == 1 else SECOND if number == 2 else name,
        stage=("Prospecting", "Proposal", "Negotiation")[number % 3],
        close_date=timezone.localdate() + timedelta(days=number - 4),
        corporate_amount=Decimal(120_000 - number * 4000),
    )
    risk = 90.0 - number * 3
    return an_outlook(
        deal=deal,
        account_name=account.name,
        owner_name=owner.name,
        as_of=timezone.now(),
        stage_rank=number % 3,
        risk=risk,
        risk_before=risk - 14 if number % 4 == 1 else risk,
        probability=0.1 + number * 0.03,
        probability_before=0.1 + number * 0.03,
        amount_before=Decimal(110_000),
        grade="D" if risk > 60 else "C" if risk > 45 else "B" if risk > 30 else "A",
        trend="declining" if number % 2 else "steady",
        warnings=["ghosted", "no_next_step"] if number < 6 else [],
        reasons=REASONS,
    )


def rows(page: Page) -> list[str]:
    shown = page.locator("#deals-at-risk tbody th a:not(.row-turn)")
    return [text.strip() for text in shown.all_text_contents()]


def look(person: Visitor, name: str) -> None:
    problems = person.look(name)
    assert problems == [], "\n".join(problems)
    person.wear(size="desktop", scheme="light")


def narrowed(page: Page) -> None:
    page.get_by_role("link", name="Value at risk", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?sort=-at_risk$"))
    page.locator("summary", has_text="Filter").click()
    page.locator("#deals-at-risk").get_by_label("Ghosted").check()
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"warning=ghosted"))
    expect(page.locator("#deals-at-risk tbody tr")).to_have_count(6)
    # The figures above follow the filter.
    expect(page.locator("#risk-tiles .tile-value").first).to_have_text("$660k")


def opened_by_keyboard(page: Page) -> None:
    page.locator(".row-turn").nth(1).focus()
    page.keyboard.press("Enter")
    detail = page.locator(".row-detail")
    expect(detail).to_contain_text("no meeting in 21 days")
    expect(detail.locator("li")).to_have_count(3)
    expect(page.locator(".row-turn").nth(1)).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".row-turn").nth(1)).to_be_focused()


def kept(page: Page) -> None:
    page.locator("#saved-views > summary").click()
    page.get_by_label("Save this view as").fill("Ghosted ones")
    page.get_by_label("Share with Acme Instruments").check()
    page.get_by_role("button", name="Save view").click()
    expect(page.locator("#saved-views .view-name")).to_have_text("Ghosted ones")
    view = SavedView.objects.get()
    assert view.is_shared
    assert "warning=ghosted" in view.query
    assert "open" not in view.query


def taken_along(page: Page, *, folder: Path) -> None:
    shown = rows(page)
    page.locator("#risk-exports > summary").click()
    for name, file in {"CSV": "deals.csv", "Excel": "deals.xlsx"}.items():
        with page.expect_download() as download:
            page.get_by_role("link", name=re.compile(f"^{name}")).click()
        download.value.save_as(folder / file)
    text = (folder / "deals.csv").read_text(encoding="utf-8-sig")
    lines = list(csv.reader(text.splitlines()))
    assert lines[0][:4] == ["Deal", "Account", "Risk", "Grade"]
    assert [line[0] for line in lines[1:]] == shown
    assert zipfile.is_zipfile(folder / "deals.xlsx")


def test_a_manager_filters_opens_a_row_keeps_the_view_and_takes_a_file(
    company_at_risk: Company, visitor: Visit, tmp_path: Path
) -> None:
    person = visitor()
    page = person.arrive(company_at_risk.user(Role.MANAGER), "/o/acme/")
    expect(page.locator("h1")).to_have_text("Deals at risk")
    expect(page.locator("#deals-at-risk tbody tr")).to_have_count(24)
    look(person, "dashboard")
    narrowed(page)
    opened_by_keyboard(page)
    look(person, "dashboard-open-row")
    kept(page)
    taken_along(page, folder=tmp_path)


def test_a_colleague_opens_the_shared_view_with_their_own_rows(
    company_at_risk: Company, visitor: Visit
) -> None:
    SavedView.objects.create(
        org=company_at_risk.org,
        owner=company_at_risk.people[Role.MANAGER],
        page="forecasting:risk-list",
        name="Ghosted ones",
        query="warning=ghosted",
        is_shared=True,
        saved_at=timezone.now(),
    )
    person = visitor(size="phone")
    page = person.arrive(company_at_risk.user(Role.REP), "/o/acme/risk/")
    page.locator("#saved-views > summary").click()
    page.get_by_role("link", name=re.compile("Ghosted ones")).click()
    expect(page.locator("#saved-views .view-name")).to_have_text("Ghosted ones")
    assert len(rows(page)) == 4
    assert not person.overflows()


def test_the_team_page_leads_down_and_to_the_deals(
    company_at_risk: Company, visitor: Visit
) -> None:
    person = visitor()
    page = person.arrive(company_at_risk.user(Role.MANAGER), "/o/acme/risk/team/")
    expect(page.locator("tbody th")).to_have_text(["Marcus Webb", "Rosa Delgado"])
    look(person, "dashboard-team")
    row = page.locator("tbody tr", has_text="Rosa Delgado")
    row.get_by_role("link", name="16", exact=True).click()
    expect(page).to_have_url(re.compile(r"/risk/\?owner=u-rep$"))
    expect(page.locator("#deals-at-risk tbody tr")).to_have_count(16)


def test_without_script_a_row_opens_and_a_view_is_kept(
    company_at_risk: Company, visitor: Visit
) -> None:
    person = visitor(scripts=False)
    page = person.arrive(company_at_risk.user(Role.REP), "/o/acme/risk/?grade=D")
    page.locator(".row-turn").first.click()
    expect(page.locator(".row-detail")).to_contain_text("no meeting in 21 days")
    page.locator("#saved-views > summary").click()
    page.get_by_label("Save this view as").fill("Mine")
    page.get_by_role("button", name="Save view").click()
    expect(page.locator("#saved-views .view-name")).to_have_text("Mine")
