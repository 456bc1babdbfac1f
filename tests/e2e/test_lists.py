"""A long list: the address says what is seen, and every way back to it shows the same rows."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.people import MembershipFactory, UserFactory

REPS = [f"Rep {number:02}" for number in range(60)]
OTHERS = ["Amara Okafor", "Elena Vargas", "Ines Costa", "Marcus Webb"]
FIRST = [*OTHERS, *REPS[:46]]
SECOND = [*REPS[46:], "Rosa Delgado"]
ONES = [name for name in REPS if "1" in name]


@dataclass
class Seen:
    """A step of the journey: the address, and the rows that it stands for."""

    url: str
    rows: list[str]


def address_of(name: str) -> str:
    """Of letters only: a search for a number finds names."""
    return f"{''.join('abcdefghij'[int(digit)] for digit in name[-2:])}@acme.example"


@pytest.fixture
def crowd(company: Company) -> Company:
    for name in REPS:
        MembershipFactory.create(
            org=company.org,
            user=UserFactory.create(full_name=name, email=address_of(name)),
            reports_to=company.people[Role.MANAGER],
        )
    return company


def shown(page: Page, *, query: str, rows: list[str]) -> Seen:
    expect(page).to_have_url(re.compile(rf"/o/acme/members/{query}$"))
    expect(page.locator("#members tbody th")).to_have_text(rows)
    return Seen(page.url, rows)


def test_the_address_is_true_after_every_step(crowd: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.arrive(crowd.user(Role.ADMIN), "/o/acme/members/")
    steps = [shown(page, query="", rows=FIRST)]

    page.get_by_role("link", name="Next").click()
    steps.append(shown(page, query=r"\?cursor=[^&]+", rows=SECOND))
    expect(page.locator(".pager")).to_contain_text("51–65 of 65 members")

    page.get_by_role("searchbox").fill("Rep 1")
    steps.append(shown(page, query=r"\?q=Rep(\+|%20)1", rows=ONES))

    page.locator("#members-sort-name").click()
    steps.append(shown(page, query=r"\?q=Rep(\+|%20)1&sort=-name", rows=ONES[::-1]))

    page.locator("summary", has_text="Filter").click()
    page.get_by_label("Manager").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="Nothing matches these filters")).to_be_visible()
    page.get_by_role("link", name="Remove filter Search members").click()
    steps.append(shown(page, query=r"\?role=manager&sort=-name", rows=["Marcus Webb"]))
    person.shoot("list-filtered")

    page.reload()
    shown(page, query=r"\?role=manager&sort=-name", rows=["Marcus Webb"])
    page.go_back()
    expect(page.get_by_role("heading", name="Nothing matches these filters")).to_be_visible()
    for step in reversed(steps[:-1]):
        page.go_back()
        shown(page, query=re.escape(step.url.partition("/members/")[2]), rows=step.rows)
    page.go_forward()
    shown(page, query=re.escape(steps[1].url.partition("/members/")[2]), rows=steps[1].rows)

    for step in steps:
        person.context.new_page().goto(step.url)
        copy = person.context.pages[-1]
        expect(copy.locator("#members tbody th")).to_have_text(step.rows)
        copy.close()


def test_a_copied_address_shows_its_reader_only_what_they_may_see(
    crowd: Company, visitor: Visit
) -> None:
    owner, reader = visitor(), visitor()
    page = owner.arrive(crowd.user(Role.ADMIN), "/o/acme/members/?q=o&sort=-name")
    names = ["Rosa Delgado", "Ines Costa", "Amara Okafor"]
    expect(page.locator("#members tbody th")).to_have_text(names)
    address = page.url.removeprefix(owner.base)
    other = reader.arrive(crowd.user(Role.MANAGER), address)
    expect(other.locator("#members tbody th")).to_have_text(["Rosa Delgado"])


def test_a_row_opens_beside_the_list_and_as_a_page(crowd: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.arrive(crowd.user(Role.ADMIN), "/o/acme/members/?q=Rep+59")
    row = page.get_by_role("link", name="Rep 59", exact=True)
    row.click()
    expect(page.locator("#drawer-title")).to_have_text("Rep 59")
    expect(page.locator("#drawer-body")).to_contain_text("Member since")
    assert page.url.endswith("?q=Rep+59")
    problems = person.look("drawer")
    assert problems == [], "\n".join(problems)
    page.get_by_role("link", name="Open as a page").click()
    expect(page.locator("h1")).to_have_text("Rep 59")
    page.go_back()
    expect(page.locator("#members tbody th")).to_have_text(["Rep 59"])
