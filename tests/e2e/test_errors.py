"""A page that says no says what to do, in every look, and leads home."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.people import OrgFactory


def leads_home(page: Page) -> None:
    page.get_by_role("link", name="Go to your home page").click()
    expect(page).to_have_url(re.compile("/o/acme/risk/$"))


def test_what_is_not_there_and_what_is_not_mine_look_the_same(
    company: Company, visitor: Visit
) -> None:
    OrgFactory.create(slug="globex", name="Globex Trading")
    person = visitor(expected=[404])
    page = person.arrive(company.user(Role.REP), "/o/acme/nothing/")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("may be mistyped")
    assert person.look("error-404") == []
    person.open("/o/globex/deals/")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    leads_home(page)


def test_a_page_of_another_role_says_whom_to_ask(company: Company, visitor: Visit) -> None:
    person = visitor(expected=[403])
    page = person.arrive(company.user(Role.REP), "/o/acme/audit/")
    expect(page.get_by_role("heading", name="You may not open this")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Ask an administrator")
    assert person.look("error-403") == []
    leads_home(page)


def test_a_page_that_breaks_says_so_and_gives_a_reference(
    company: Company, visitor: Visit, settings: Any
) -> None:
    settings.ROOT_URLCONF = "tests.e2e.urls"
    person = visitor(expected=[500])
    page = person.arrive(company.user(Role.REP), "/break-down/")
    expect(page.get_by_role("heading", name="Something went wrong on our side")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Try again in a minute")
    expect(page.locator(".error-page code")).to_have_text(re.compile(r"^[0-9a-f]{32}$"))
    expect(page.locator("body")).not_to_contain_text("RuntimeError")
    assert person.look("error-500") == []
    leads_home(page)


def test_a_form_that_was_open_too_long_asks_to_be_sent_again(
    company: Company, visitor: Visit
) -> None:
    person = visitor(expected=[403])
    page = person.open("/account/login/")
    person.context.clear_cookies()
    page.fill("input[name=login]", "rosa@acme.example")
    page.fill("input[name=password]", "any pass phrase")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="This form was open for too long")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("reload the page and send it again")
    assert person.look("error-csrf") == []


def test_a_part_of_a_page_that_fails_becomes_a_message(company: Company, visitor: Visit) -> None:
    person = visitor(expected=[404])
    page = person.arrive(company.user(Role.ADMIN), "/o/acme/members/")
    row = page.get_by_role("link", name="Rosa Delgado")
    company.people[Role.REP].delete()
    row.click()
    expect(page.locator(".toast")).to_contain_text("There is nothing here that you may see")
    expect(page.locator("#drawer-body")).to_contain_text("could not be loaded")
    person.wrong = [each for each in person.wrong if "Response Status Error Code 404" not in each]
