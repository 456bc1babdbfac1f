"""Records in a real browser: found by typing, read, narrowed, and joined to one customer."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.matching.joining import follow_decisions, match_group
from accounts.models import Account, Activity, Match, Opportunity
from accounts.search import refresh_search
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.facts import (
    a_contact,
    a_crm_user,
    a_field_change,
    a_line_item,
    a_product,
    a_stage_change,
    an_account,
    an_activity,
    an_opportunity,
    an_opportunity_contact,
)
from tests.factories.people import MembershipFactory, OrgFactory, OrgGroupFactory

LONG = "Internationale Beteiligungsgesellschaft für Donaudampfschifffahrt und Söhne mbH & Co. KG"
DAY = timedelta(days=1)


@dataclass
class Book:
    company: Company
    account: Account
    deal: Opportunity


@pytest.fixture
def book(company: Company) -> Book:
    """What Rosa sells: a customer of a long name, with a lively deal that is overdue."""
    org, now = company.org, timezone.now()
    rosa = company.people[Role.REP]
    seller = a_crm_user(org=org, name="Rosa Delgado", membership=rosa).external_id
    mine: dict[str, Any] = {"org": org, "owner_ref": seller}
    account = an_account(**mine, name="O'Hara & Söhne", industry="Retail", city="Łódź")
    an_account(**mine, name=LONG)
    an_account(**mine, name="Старые Друзья")
    ref = account.external_id
    contact = a_contact(**mine, name="Zoë O'Hara", account_ref=ref, email="zoe@ohara.example")
    deal = an_opportunity(
        **mine, name="Spring renewal", account_ref=ref, close_date=(now - 3 * DAY).date()
    )
    about = {"org": org, "opportunity_ref": deal.external_id}
    an_opportunity_contact(**about, contact_ref=contact.external_id)
    a_line_item(**about, product_ref=a_product(org=org).external_id)
    for age, stage, amount in ((60, "Qualification", 700), (20, "Proposal", 1000)):
        a_stage_change(**about, stage=stage, amount=amount, changed_at=now - age * DAY)
    a_field_change(
        org=org, record_ref=deal.external_id, field_name="amount", old_value="700", new_value="1000"
    )
    for number in range(30):
        an_activity(
            **mine,
            account_ref=ref,
            opportunity_ref=deal.external_id,
            kind=Activity.Kind.EMAIL if number % 5 == 0 else Activity.Kind.CALL,
            subject=f"Talk {number:02}",
            happens_at=now - number * DAY,
        )
    for number in range(60):
        an_opportunity(
            **mine,
            name=f"Deal {number:02}",
            stage="Late" if number % 2 else "Early",
            close_date=(now + 30 * DAY).date(),
        )
    Org.objects.filter(pk=org.pk).update(data_as_of=now)
    refresh_search(org=org, since=None)
    return Book(company=company, account=account, deal=deal)


def test_typing_leads_to_the_account_its_deal_and_back(book: Book, visitor: Visit) -> None:
    person = visitor()
    page = person.arrive(book.company.user(Role.REP), "/o/acme/deals/")
    search, found = page.locator("#record-search"), page.locator("#record-search-list")
    page.keyboard.press("s")
    expect(search).to_be_focused()
    for typed in ("ohara", "OHARA & sohne", "o'hara shne", "O"):
        search.fill(typed)
        expect(found.get_by_role("option", name="O'Hara & Söhne")).to_be_visible()
    search.fill("Друз")
    expect(found.get_by_role("option", name="Старые Друзья")).to_be_visible()
    search.fill("zzzz")
    expect(found).to_contain_text("Nothing found that you may see.")
    search.fill("o'hara")
    expect(found.get_by_role("option", name="O'Hara & Söhne")).to_be_visible()
    assert person.axe() == []
    page.keyboard.press("ArrowDown")
    expect(search).to_have_attribute("aria-activedescendant", "record-search-account-1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/o/acme/accounts/{book.account.pk}/$"))
    expect(page.locator("h1")).to_have_text("O'Hara & Söhne")
    problems = person.look("account")
    assert problems == [], "\n".join(problems)

    person.wear(size="desktop", scheme="light")
    page.get_by_role("link", name="Spring renewal").click()
    expect(page.locator("h1")).to_have_text("Spring renewal")
    expect(page.locator(".path-step[aria-current=step]")).to_contain_text("Proposal")
    expect(page.locator(".page-header")).to_contain_text("3 days overdue")
    problems = person.look("deal")
    assert problems == [], "\n".join(problems)
    page.go_back()
    expect(page.locator("h1")).to_have_text("O'Hara & Söhne")
    page.go_back()
    expect(page).to_have_url(re.compile(r"/o/acme/deals/$"))


def test_activity_by_kind_and_further_back(book: Book, visitor: Visit) -> None:
    person = visitor()
    address = f"/o/acme/accounts/{book.account.pk}/"
    page = person.arrive(book.company.user(Role.REP), address)
    entries = page.locator(".timeline-icon")
    expect(entries).to_have_count(20)
    page.get_by_role("link", name="Show earlier").click()
    expect(entries).to_have_count(30)
    expect(page.get_by_role("link", name="Show earlier")).to_have_count(0)
    kinds = page.get_by_role("navigation", name="Kinds of activity")
    kinds.get_by_role("link", name="E-mails").click()
    expect(entries).to_have_count(6)
    expect(page).to_have_url(re.compile(r"\?kind=email$"))
    page.reload()
    expect(entries).to_have_count(6)
    assert person.axe() == []


def test_a_list_of_deals_is_narrowed_on_a_phone(book: Book, visitor: Visit) -> None:
    person = visitor(size="phone", scheme="dark")
    page = person.arrive(book.company.user(Role.REP), "/o/acme/deals/")
    page.locator("summary", has_text="Menu").click()
    page.get_by_role("navigation").get_by_role("link", name="Accounts").last.click()
    expect(page.locator("#accounts tbody th")).to_have_count(3)
    assert not person.overflows()
    page.go_back()
    page.locator("#deals summary", has_text="Filter").click()
    page.get_by_label("Late", exact=True).check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#deals .pager")).to_contain_text("of 30 deals")
    page.get_by_role("link", name="Overdue").click()
    expect(page).to_have_url(re.compile(r"state=overdue"))
    expect(page.get_by_role("heading", name="Nothing matches these filters")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("#deals tbody th").first).to_contain_text("Spring renewal")
    assert person.axe() == []
    assert not person.overflows()
    page.goto(person.base + "/o/acme/search/")
    page.get_by_role("searchbox").fill("donaudampf")
    expect(page.get_by_role("link", name=LONG)).to_be_visible()
    assert person.axe() == []
    assert not person.overflows()


def test_two_customers_are_joined_and_taken_apart(book: Book, visitor: Visit) -> None:
    group, now = OrgGroupFactory(), timezone.now()
    elsewhere = OrgFactory(slug="acme-eu", name="Acme Europe", group=group)
    Org.objects.filter(pk=book.company.org.pk).update(group=group)
    admin = book.company.people[Role.ADMIN].user
    MembershipFactory(org=elsewhere, user=admin, role=Role.ADMIN)
    other = an_account(org=elsewhere, name="O'Hara und Söhne")
    Account.objects.filter(pk=book.account.pk).update(name="O'Hara und Söhne GmbH")
    match_group(group=group, at=now)
    assert Match.objects.get().state == Match.State.DOUBTFUL
    person = visitor()
    page = person.arrive(admin, "/o/acme/customers/")
    problems = person.look("same-customers")
    assert problems == [], "\n".join(problems)
    person.wear(size="desktop", scheme="light")
    tabs = page.get_by_role("navigation", name="Pairs")
    page.get_by_role("button", name="Same customer").click()
    expect(page.get_by_text("are one customer")).to_be_visible()
    expect(tabs).to_contain_text("Joined (1)")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Not the same")).to_be_visible()
    expect(tabs).to_contain_text("To decide (1)")
    page.get_by_role("button", name="Same customer").click()
    expect(tabs).to_contain_text("Joined (1)")
    follow_decisions(group=group, at=now)  # As the worker does that the decision has woken.
    page.goto(f"{person.base}/o/acme/accounts/{book.account.pk}/")
    page.get_by_role("link", name=other.name, exact=True).click()
    expect(page).to_have_url(re.compile(rf"/o/acme-eu/accounts/{other.pk}/$"))
    page.goto(f"{person.base}/o/acme/customers/?state=joined")
    page.get_by_role("button", name="Take apart").click()
    expect(tabs).to_contain_text("Kept apart (1)")
    follow_decisions(group=group, at=now)
    page.goto(f"{person.base}/o/acme/accounts/{book.account.pk}/")
    expect(page.get_by_text("The same customer elsewhere")).to_have_count(0)
