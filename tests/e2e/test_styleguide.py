"""What only a browser shows of the components: drawing, swapping, focus, reading without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from revenue.users.models import User
from tests.e2e.conftest import Visit, Visitor
from tests.factories.people import PASSWORD

ADDRESS = "/styleguide/"


@pytest.fixture
def designer(transactional_db: None) -> User:
    return User.objects.create_superuser(
        "designer@example.com", password=PASSWORD, full_name="Dana Sorel"
    )


def opened(person: Visitor, designer: User, path: str = ADDRESS) -> Page:
    person.sign_in(designer)
    return person.open(path)


def ending(text: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(text)}$")


def drawn(page: Page) -> None:
    for name in ("forecast", "bridge"):
        expect(page.locator(f"#{name} [data-chart]")).to_have_attribute("data-state", "drawn")


def test_every_component_is_accessible_and_fits(visitor: Visit, designer: User) -> None:
    person = visitor()
    page = opened(person, designer)
    drawn(page)
    expect(page.locator("#sample-progress .badge")).to_have_text("Done", timeout=15_000)
    assert person.look("styleguide") == []


def test_a_list_swaps_and_the_address_and_back_button_follow(
    visitor: Visit, designer: User
) -> None:
    page = opened(visitor(), designer)
    rows = page.locator("#permissions tbody tr")
    page.fill("[data-search]", "permission")
    expect(page).to_have_url(ending("?q=permission"))
    expect(rows).to_have_count(4)
    expect(page.locator("[data-search]")).to_be_focused()

    page.click("#permissions-sort-id")
    expect(page).to_have_url(ending("?q=permission&sort=-id"))
    page.go_back()
    expect(page).to_have_url(ending("?q=permission"))
    expect(page.locator("h1")).to_have_text("Styleguide")
    expect(rows).to_have_count(4)


def test_the_focus_goes_on_where_the_next_link_ends(visitor: Visit, designer: User) -> None:
    page = opened(visitor(), designer, f"{ADDRESS}?verb=add")
    following, place = page.locator("#permissions a[rel=next]"), page.locator(".pager > span").first
    while following.count():
        before = place.inner_text()
        following.focus()
        page.keyboard.press("Enter")
        expect(place).not_to_have_text(before)

    expect(page.locator("#permissions .table-scroll")).to_be_focused()


def test_the_drawer_opens_closes_and_gives_the_focus_back(visitor: Visit, designer: User) -> None:
    page = opened(visitor(), designer)
    address = page.url
    row = page.locator("#permissions-row-1")
    name = row.inner_text()
    row.click()

    expect(page.locator("#drawer-title")).to_have_text(name)
    expect(page.locator("#drawer-body dl")).to_be_visible()
    assert page.url == address
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(row).to_be_focused()


def test_charts_take_the_colours_of_the_theme_and_lead_on(visitor: Visit, designer: User) -> None:
    page = opened(visitor(), designer)
    drawn(page)
    bar = page.locator("#bridge .point path").first
    light = bar.evaluate("element => getComputedStyle(element).fill")
    page.locator("[data-theme-toggle] button").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.wait_for_function(
        "light => getComputedStyle(document.querySelector('#bridge .point path')).fill !== light",
        arg=light,
    )
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    drawn(page)
    box = page.locator("#bridge .point path").nth(1).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#bridge .hovertext")).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    expect(page).to_have_url(ending("?q=New"))


def test_the_keyboard_searches_goes_home_and_shows_its_own_list(
    visitor: Visit, designer: User
) -> None:
    page = opened(visitor(), designer)
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.locator("[data-search]").blur()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page).not_to_have_url(re.compile("styleguide"))


def test_all_of_it_reads_without_script(visitor: Visit, designer: User) -> None:
    page = opened(visitor(scripts=False), designer)
    page.locator("#bridge summary").click()
    expect(page.locator("#bridge table")).to_contain_text("Pushed out")
    page.click("#permissions-sort-id")
    expect(page).to_have_url(ending("?sort=-id"))
    page.click("#permissions a[rel=next]")
    expect(page.locator("#permissions a[rel=prev]")).to_be_visible()
    page.locator("summary", has_text="Your account").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
