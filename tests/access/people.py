"""One person of each kind, and one object behind each argument of an address."""

from dataclasses import dataclass
from typing import Any

from revenue.users.models import Membership, Org, User
from revenue.users.roles import Role
from tests.access.rules import Persona
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory

P = Persona


@dataclass
class World:
    org: Org
    people: dict[Persona, User]
    memberships: dict[Persona, Membership]
    objects: dict[str, Any]

    def argument(self, url_name: str, key: str) -> Any:
        namespace = url_name.partition(":")[0]
        for wanted in (f"{url_name}:{key}", f"{namespace}:{key}", key):
            if wanted in self.objects:
                return self.objects[wanted]
        raise LookupError(f"Give {key} of {url_name} an object in tests/access/people.py.")


def make_world() -> World:
    org, elsewhere = OrgFactory(slug="inside"), OrgFactory(slug="outside")
    members: dict[Persona, Membership] = {}

    def join(persona: Persona, role: Role, boss: Persona | None = None, **user: Any) -> None:
        members[persona] = MembershipFactory(
            org=org, role=role, reports_to=boss and members[boss], user=UserFactory(**user)
        )

    join(P.EXECUTIVE, Role.EXECUTIVE)
    join(P.MANAGER, Role.MANAGER, P.EXECUTIVE)
    join(P.SIBLING_MANAGER, Role.MANAGER, P.EXECUTIVE)
    join(P.REP, Role.REP, P.MANAGER)
    join(P.OTHER_REP, Role.REP, P.SIBLING_MANAGER)
    join(P.ADMIN, Role.ADMIN)
    join(P.INTEGRATOR, Role.INTEGRATOR)
    join(P.INACTIVE, Role.ADMIN, is_active=False)
    stranger = MembershipFactory(org=elsewhere, role=Role.ADMIN)
    people = {persona: found.user for persona, found in members.items()}
    people |= {P.STRANGER: stranger.user, P.SUPERUSER: UserFactory(is_superuser=True)}
    return World(org=org, people=people, memberships=members, objects=objects(org, members))


def objects(org: Org, members: dict[Persona, Membership]) -> dict[str, Any]:
    return {"org_slug": org.slug}
