"""The life of a key: made on a page, used by a program, revoked on a page."""

import re

import requests
from playwright.sync_api import expect

from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit, Visitor


def status_with(person: Visitor, secret: str) -> int:
    answer = requests.get(
        f"{person.base}/api/v1/me", headers={"Authorization": f"Bearer {secret}"}, timeout=10
    )
    return answer.status_code


def test_a_key_is_shown_once_works_and_is_revoked(company: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.arrive(company.user(Role.INTEGRATOR), "/o/acme/developers/")
    page.get_by_role("link", name="New key").click()
    page.get_by_label("Name").fill("Warehouse")
    page.get_by_role("button", name="Make key").click()

    shown = page.locator("#new-key")
    expect(shown).to_have_text(re.compile(r"^ri_\S{30,}$"))
    secret = shown.inner_text()
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
    assert person.axe() == []
    page.reload()
    expect(page.get_by_role("rowheader", name="Warehouse")).to_be_visible()
    expect(shown).to_have_count(0)
    assert secret not in page.content()

    assert status_with(person, secret) == 200
    page.reload()
    row = page.get_by_role("row", name="Warehouse")
    expect(row).not_to_contain_text("Never")
    assert person.look("api-keys") == []
    row.get_by_role("link", name="Revoke Warehouse").click()
    assert person.look("api-key-revoke") == []
    page.get_by_role("button", name="Revoke").click()

    expect(page.locator(".toast")).to_contain_text("“Warehouse” is revoked")
    expect(row).to_contain_text("Revoked")
    assert status_with(person, secret) == 401
