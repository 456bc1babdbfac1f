"""The frame around every page: orgs, themes, the menu of a phone, and the keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.people import MembershipFactory, OrgFactory

FOCUSED = """() => {
    const at = document.activeElement, style = getComputedStyle(at);
    const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    const name = at.getAttribute('aria-label') || at.innerText.trim().split('\\n').at(-1);
    return [name, ring || Boolean(at.closest('.tile'))];
}"""


def tab(page: Page) -> str:
    page.keyboard.press("Tab")
    name, visible = page.evaluate(FOCUSED)
    assert visible, f"the focus on {name!r} cannot be seen"
    return str(name)


def test_the_switch_of_orgs_lands_where_the_role_there_belongs(
    company: Company, visitor: Visit
) -> None:
    globex = OrgFactory.create(slug="globex", name="Globex Trading")
    MembershipFactory.create(user=company.user(Role.EXECUTIVE), org=globex, role=Role.REP)
    person = visitor()
    page = person.arrive(company.user(Role.EXECUTIVE), "/o/acme/overview/")

    page.locator("summary", has_text="Acme Instruments").click()
    assert person.axe() == []
    page.get_by_role("link", name="Globex Trading").click()
    expect(page).to_have_url(re.compile("/o/globex/risk/$"))
    expect(page.locator("h1")).to_have_text("Deals at risk")
    expect(page.locator(".sidebar .nav-link")).to_have_text(
        [
            *(
                "Deals at risk",
                "Forecast",
                "Pipeline changes",
                "Account health",
                "Cross-sell",
                "Expansion",
                "Lead scores",
                "My plan",
            ),
            *("Ask", "Knowledge"),
            *("Deals", "Accounts", "Contacts", "Leads", "Data"),
        ]
    )

    page.locator("summary", has_text="Globex Trading").click()
    page.get_by_role("link", name="Acme Instruments").click()
    expect(page).to_have_url(re.compile("/o/acme/risk/$"))
    expect(page.locator("h1")).to_have_text("Deals at risk")
    page.go_back()
    expect(page.locator(".sidebar .nav-link")).to_have_text(
        [
            *(
                "Deals at risk",
                "Forecast",
                "Pipeline changes",
                "Account health",
                "Cross-sell",
                "Expansion",
                "Lead scores",
                "My plan",
            ),
            *("Ask", "Knowledge"),
            *("Deals", "Accounts", "Contacts", "Leads", "Data"),
        ]
    )


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_theme_stays_with_the_person(size: str, company: Company, visitor: Visit) -> None:
    first = visitor(size=size)
    page = first.sign_in(company.user(Role.REP))
    html = page.locator("html")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    with page.expect_response("**/theme/") as kept:
        page.get_by_role("button", name="Switch between light and dark").click()
    assert kept.value.status == 302
    expect(html).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    page.reload()
    expect(html).to_have_attribute("data-theme", "dark")

    elsewhere = visitor(size=size)
    other = elsewhere.open("/account/login/")
    expect(other.locator("html")).to_have_attribute("data-theme", "system")
    elsewhere.sign_in(company.user(Role.REP))
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_menu_of_a_phone_opens_leads_on_and_closes(company: Company, visitor: Visit) -> None:
    person = visitor(size="phone")
    page = person.arrive(company.user(Role.MANAGER), "/o/acme/team/")
    menu = page.locator("summary", has_text="Menu")
    sheet = page.get_by_role("navigation", name="Menu")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    menu.click()
    expect(sheet).to_be_visible()
    assert person.axe() == []
    person.shoot("menu-phone-light")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(menu).to_be_focused()

    menu.click()
    page.mouse.click(350, 600)
    expect(sheet).to_be_hidden()
    menu.click()
    sheet.get_by_role("link", name="Members").click()
    expect(page).to_have_url(re.compile("/o/acme/members/$"))
    expect(sheet).to_be_hidden()


def test_the_keyboard_alone_reaches_everything(company: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.arrive(company.user(Role.EXECUTIVE), "/o/acme/members/")
    assert [tab(page) for _ in range(27)] == [
        "Skip to content",
        "Revenue Intelligence",
        "Deals at risk",
        "Forecast",
        "Pipeline changes",
        "Overview",
        "Win rate",
        "Team",
        "Account health",
        "Cross-sell",
        "Expansion",
        "Lead scores",
        "Allocation",
        "Ask",
        "Knowledge",
        "Deals",
        "Accounts",
        "Contacts",
        "Leads",
        "Data",
        "Models",
        "Members",
        "Organisation: Acme Instruments. Switch organisation",
        "Search accounts, contacts, deals and leads",
        "Switch between light and dark",
        "Your account",
        "Search members",
    ]

    page.reload()
    tab(page)
    page.keyboard.press("Enter")
    expect(page.locator("#page")).to_be_focused()
    assert tab(page) == "Search members"

    account = page.locator("summary", has_text="Your account")
    account.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert tab(page) == "Profile and security"
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(account).to_be_focused()


def test_shortcuts_are_listed_and_search_is_one_key_away(company: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.arrive(company.user(Role.MANAGER), "/o/acme/members/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    assert person.axe() == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search members")
    expect(search).to_be_focused()
    page.keyboard.type("ro?a")
    expect(dialog).to_be_hidden()
    expect(search).to_have_value("ro?a")
