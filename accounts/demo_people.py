"""The simulated company here: its three orgs with their connections, and who signs in."""

import json
import secrets
from datetime import datetime
from pathlib import Path

from django.db import transaction

from accounts.connectors.demo.calendar import beginning_for
from accounts.connectors.demo.setting import MARKETS, SCALES
from accounts.connectors.demo.staff import DOMAIN, GROUP, ORGS, PEOPLE, Person
from accounts.models import Connection, ObjectSync
from accounts.schedule import ensure_schedule
from revenue.users.models import Membership, Org, OrgGroup, User
from revenue.users.roles import Role

SHOWN = {
    Role.REP: "Rosa Delgado",
    Role.MANAGER: "Marcus Webb",
    Role.EXECUTIVE: "Elena Vargas",
    Role.ADMIN: "Amara Okafor",
    Role.INTEGRATOR: "Ines Costa",
}
SYSTEM_OWNER = f"system.owner@{DOMAIN}"

USUAL_SCALE, USUAL_SEED = "small", 7


class OtherWorldError(Exception):
    """Why the company that is here cannot become another one."""


@transaction.atomic
def seed_people(*, password: str) -> dict[str, int]:
    """Adds what is missing; whoever was edited since stays as edited."""
    group, _ = OrgGroup.objects.get_or_create(name=GROUP)
    orgs = {
        slug: Org.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "kind": Org.Kind.DEMO,
                "timezone": zone,
                "group": group,
                "currency": MARKETS[slug].currency,
            },
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


def connect_orgs(*, scale: str | None, seed: int | None, until: datetime) -> list[Org]:
    """Of an org that is there already, only what nobody has said yet is set."""
    orgs = list(Org.objects.filter(slug__in=ORGS).order_by("pk"))
    for org in orgs:
        connection, is_new = Connection.objects.get_or_create(org=org)
        if is_new:
            ensure_schedule(connection=connection)
        kept = connection.options
        wanted = {
            "scale": scale or kept.get("scale", USUAL_SCALE),
            "seed": kept.get("seed", USUAL_SEED) if seed is None else seed,
            "began": kept.get("began") or beginning_for(until).isoformat(),
        }
        if wanted["scale"] not in SCALES:
            raise OtherWorldError(
                f"There is no scale {wanted['scale']!r}: use one of {', '.join(SCALES)}."
            )
        if ObjectSync.objects.filter(org=org).exists():
            refuse_another(org, kept=kept, wanted=wanted)
        elif not kept.get("began"):
            connection.options = kept | wanted
            connection.save(update_fields=["options"])
        elif kept | wanted != kept:
            connection.options = kept | wanted | {"began": beginning_for(until).isoformat()}
            connection.save(update_fields=["options"])
    return orgs


def refuse_another(org: Org, *, kept: dict[str, object], wanted: dict[str, object]) -> None:
    for name in ("scale", "seed"):
        if kept.get(name) != wanted[name]:
            raise OtherWorldError(
                f"{org.name} is already here with {name} {kept.get(name)}, and its rows cannot "
                f"become those of {name} {wanted[name]}: leave --{name} out, or begin in another "
                "DATA_DIR."
            )


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
