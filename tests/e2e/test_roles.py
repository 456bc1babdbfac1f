"""Each role signs in, finds its home, and opens every page of its navigation, in four looks."""

import pytest

from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit

HOMES = {
    Role.REP: "risk",
    Role.MANAGER: "risk",
    Role.EXECUTIVE: "overview",
    Role.ADMIN: "operations",
    Role.INTEGRATOR: "developers",
}


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_a_role_finds_its_pages(role: Role, company: Company, visitor: Visit) -> None:
    person = visitor()
    page = person.sign_in(company.user(role))
    assert page.url.endswith(f"/o/acme/{HOMES[role]}/")
    links = page.eval_on_selector_all(".sidebar nav a", "all => all.map(a => a.pathname)")
    assert f"/o/acme/{HOMES[role]}/" in links
    problems: list[str] = []
    for path in dict.fromkeys(links):
        person.open(path)
        name = path.strip("/").replace("/", "-").removeprefix("o-acme-")
        problems += person.look(f"{role}-{name}")
    assert problems == [], "\n".join(problems)
