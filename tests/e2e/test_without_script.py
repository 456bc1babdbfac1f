"""Every page reads without JavaScript, and what is done by form is done."""

import re

import pytest
from playwright.sync_api import expect

from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.people import MembershipFactory, UserFactory

HOMES = {
    Role.REP: ("/o/acme/risk/", "Deals at risk"),
    Role.MANAGER: ("/o/acme/risk/", "Deals at risk"),
    Role.EXECUTIVE: ("/o/acme/overview/", "Acme Instruments"),
    Role.ADMIN: ("/o/acme/operations/", "Operations"),
    Role.INTEGRATOR: ("/o/acme/developers/", "Developers"),
}


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_a_role_signs_in_and_reads_its_home(role: Role, company: Company, visitor: Visit) -> None:
    person = visitor(scripts=False)
    page = person.sign_in(company.user(role))
    path, heading = HOMES[role]
    expect(page).to_have_url(re.compile(f"{path}$"))
    expect(page.locator("h1")).to_have_text(heading)
    expect(page.locator("main .card, main .tile").first).to_be_visible()
    person.sign_out()


def test_a_list_is_filtered_and_paged(company: Company, visitor: Visit) -> None:
    for number in range(60):
        user = UserFactory.create(full_name=f"Rep {number:02}")
        MembershipFactory.create(org=company.org, user=user)
    page = visitor(scripts=False).arrive(company.user(Role.ADMIN), "/o/acme/members/")
    names = page.locator("#members tbody th")
    page.get_by_role("searchbox").fill("Rep")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?.*q=Rep"))
    expect(names).to_have_count(50)
    page.get_by_role("link", name="Next").click()
    expect(names).to_have_text([f"Rep {number}" for number in range(50, 60)])

    page.locator("summary", has_text="Filter").click()
    page.get_by_label("Manager").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="Nothing matches these filters")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Clear filters").click()
    expect(names).to_have_count(50)


def test_the_numbers_of_a_chart_are_readable(company: Company, visitor: Visit) -> None:
    person = visitor(scripts=False)
    page = person.sign_in(company.user(Role.EXECUTIVE))
    chart = page.locator("#people-by-day")
    expect(chart.locator("[data-chart]")).to_be_hidden()
    chart.locator("summary").click()
    expect(chart.locator("tbody tr").last.locator("td")).to_have_text("1")
    person.shoot("overview-without-script")


def test_a_key_is_made(company: Company, visitor: Visit) -> None:
    page = visitor(scripts=False).arrive(company.user(Role.INTEGRATOR), "/me/api-keys/new/")
    page.get_by_label("Name").fill("Nightly export")
    page.get_by_role("button", name="Make key").click()
    expect(page.locator("#new-key")).to_have_text(re.compile(r"^ri_\S{30,}$"))
