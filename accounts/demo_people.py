"""The people of the simulated company: three orgs of one group, a hierarchy in each."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from revenue.users.models import Membership, Org, OrgGroup, User
from revenue.users.roles import Role

DOMAIN = "meridian.example"
GROUP = "Meridian Group"
ORGS = {
    "meridian-americas": ("Meridian Americas", "America/New_York"),
    "meridian-europe": ("Meridian Europe", "Europe/Berlin"),
    "meridian-cloud": ("Meridian Cloud", "UTC"),
}


@dataclass(frozen=True)
class Person:
    name: str
    role: Role
    orgs: tuple[str, ...]
    reports_to: str = ""

    @property
    def email(self) -> str:
        return f"{self.name.lower().replace(' ', '.')}@{DOMAIN}"


EVERY = tuple(ORGS)
AMERICAS, EUROPE, CLOUD = (("meridian-americas",), ("meridian-europe",), ("meridian-cloud",))
PEOPLE = [
    Person("Elena Vargas", Role.EXECUTIVE, EVERY),
    Person("Amara Okafor", Role.ADMIN, EVERY),
    Person("Ines Costa", Role.INTEGRATOR, EVERY),
    Person("Marcus Webb", Role.MANAGER, AMERICAS, "Elena Vargas"),
    Person("Priya Nair", Role.MANAGER, AMERICAS, "Elena Vargas"),
    Person("Rosa Delgado", Role.REP, AMERICAS, "Marcus Webb"),
    Person("Tom Becker", Role.REP, AMERICAS, "Marcus Webb"),
    Person("Hannah Stone", Role.REP, AMERICAS, "Marcus Webb"),
    Person("Diego Ruiz", Role.REP, AMERICAS, "Priya Nair"),
    Person("Grace Kim", Role.REP, AMERICAS, "Priya Nair"),
    Person("Anna Lindqvist", Role.MANAGER, EUROPE, "Elena Vargas"),
    Person("Luca Moretti", Role.MANAGER, EUROPE, "Elena Vargas"),
    Person("Sophie Laurent", Role.REP, EUROPE, "Anna Lindqvist"),
    Person("Jonas Weber", Role.REP, EUROPE, "Anna Lindqvist"),
    Person("Katarzyna Nowak", Role.REP, EUROPE, "Luca Moretti"),
    Person("Finn Murphy", Role.REP, EUROPE, "Luca Moretti"),
    Person("Wei Chen", Role.MANAGER, CLOUD, "Elena Vargas"),
    Person("Noah Williams", Role.REP, CLOUD, "Wei Chen"),
    Person("Yuki Tanaka", Role.REP, CLOUD, "Wei Chen"),
]
SHOWN = {
    Role.REP: "Rosa Delgado",
    Role.MANAGER: "Marcus Webb",
    Role.EXECUTIVE: "Elena Vargas",
    Role.ADMIN: "Amara Okafor",
    Role.INTEGRATOR: "Ines Costa",
}
SYSTEM_OWNER = f"system.owner@{DOMAIN}"


@transaction.atomic
def seed_people(*, password: str) -> dict[str, int]:
    """Adds what is missing; whoever was edited since stays as edited."""
    group, _ = OrgGroup.objects.get_or_create(name=GROUP)
    orgs = {
        slug: Org.objects.get_or_create(
            slug=slug,
            defaults={"name": name, "kind": Org.Kind.DEMO, "timezone": zone, "group": group},
        )[0]
        for slug, (name, zone) in ORGS.items()
    }
    added = {person.name: _add(person, password=password) for person in PEOPLE}
    for person in PEOPLE:
        for slug in person.orgs:
            boss = added.get(person.reports_to)
            Membership.objects.get_or_create(
                user=added[person.name],
                org=orgs[slug],
                defaults={
                    "role": person.role,
                    "reports_to": Membership.objects.filter(user=boss, org=orgs[slug]).first(),
                },
            )
    if not User.objects.filter(email=SYSTEM_OWNER).exists():
        User.objects.create_superuser(SYSTEM_OWNER, password, full_name="System Owner")
    return {"orgs": len(orgs), "people": len(added) + 1}


def _add(person: Person, *, password: str) -> User:
    found = User.objects.filter(email=person.email).first()
    return found or User.objects.create_user(person.email, password, full_name=person.name)


def password_of_demo(*, sign_ins: Path) -> str:
    """One password for every simulated person, made here once: no two installations share it."""
    if sign_ins.exists():
        return str(json.loads(sign_ins.read_text())[0]["password"])
    return f"demo-{secrets.token_hex(3)}-{secrets.token_hex(3)}"


def write_sign_ins(*, sign_ins: Path, password: str) -> None:
    people = {person.name: person.email for person in PEOPLE}
    rows = [
        {"role": role.label, "email": people[name], "password": password}
        for role, name in SHOWN.items()
    ]
    rows.append({"role": "System owner", "email": SYSTEM_OWNER, "password": password})
    sign_ins.parent.mkdir(parents=True, exist_ok=True)
    draft = sign_ins.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(rows, indent=2))
    draft.replace(sign_ins)
