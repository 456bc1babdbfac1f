"""Each role signs in, finds its home, and opens every page of its navigation, in four looks."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from revenue.users.models import Membership
from revenue.users.roles import Role
from tests.e2e.conftest import Visitor
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory

HOMES = {
    Role.REP: "deals",
    Role.MANAGER: "team",
    Role.EXECUTIVE: "overview",
    Role.ADMIN: "operations",
    Role.INTEGRATOR: "developers",
}


@dataclass
class Company:
    people: dict[Role, Membership]


@pytest.fixture
def company(transactional_db: None) -> Company:
    org = OrgFactory(slug="acme", name="Acme Instruments")
    names = {
        Role.EXECUTIVE: "Elena Vargas",
        Role.ADMIN: "Amara Okafor",
        Role.INTEGRATOR: "Ines Costa",
        Role.MANAGER: "Marcus Webb",
        Role.REP: "Rosa Delgado",
    }
    people: dict[Role, Membership] = {}
    for role, name in names.items():
        boss = {Role.REP: Role.MANAGER, Role.MANAGER: Role.EXECUTIVE}.get(role)
        people[role] = MembershipFactory(
            org=org,
            role=role,
            user=UserFactory(full_name=name),
            reports_to=people[boss] if boss else None,
        )
    return Company(people=people)


LOOKS = [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")]


@pytest.mark.parametrize(("size", "scheme"), LOOKS, ids=lambda part: part)
@pytest.mark.parametrize("role", list(Role), ids=str)
def test_a_role_finds_its_pages(
    role: Role, size: str, scheme: str, company: Company, visitor: Callable[..., Visitor]
) -> None:
    person = visitor(size=size, scheme=scheme)
    page = person.sign_in(company.people[role].user)
    assert page.url.endswith(f"/o/acme/{HOMES[role]}/")
    links = page.eval_on_selector_all(".sidebar nav a", "all => all.map(a => a.pathname)")
    assert f"/o/acme/{HOMES[role]}/" in links
    problems: list[str] = []
    for path in [*dict.fromkeys(links), "/me/"]:
        person.open(path)
        name = path.strip("/").replace("/", "-").removeprefix("o-acme-")
        person.shoot(f"{role}-{name}-{size}-{scheme}")
        problems += person.axe()
        if person.overflows():
            problems.append(f"{path} scrolls sideways at {size}")
    assert problems == [], "\n".join(problems)
