"""Who takes part on the customer's side, and when anybody last spoke with them."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Max
from django.urls import reverse

from accounts.about.deal import people_of
from accounts.models import Account, Activity, Contact, Opportunity
from assistant.claims import count, day, days
from assistant.plans.gathering.dealings import day_of
from assistant.plans.gathering.known import Known, Person, Said
from assistant.plans.gathering.passages import has_word
from revenue.users.models import Membership

MOST = 12
SENIOR = re.compile(
    r"\b(?:chief|c[efoitm]o|ciso|vp|vice president|president|director|head|owner|founder"
    r"|partner|managing|general manager|svp|evp)\b",
    re.IGNORECASE,
)
HAS_LEFT = re.compile(r"has_?left", re.IGNORECASE)
LEFT_ON = re.compile(r"left_?(?:on|date)", re.IGNORECASE)


def of_deal(known: Known, deal: Opportunity, *, reader: Membership) -> list[Person]:
    rows = people_of(deal, reader=reader)[:MOST]
    last = last_seen(known, [row.contact for row in rows], reader=reader)
    return [
        person_of(known, row.contact, role=row.role, is_primary=row.is_primary, last=last)
        for row in rows
    ]


def of_account(known: Known, account: Account, *, reader: Membership) -> list[Person]:
    """Those who were spoken with last, and of the others the senior ones first."""
    contacts = list(
        Contact.objects.visible_to(reader)
        .filter(org=known.org, account_ref=account.external_id)
        .order_by("name", "id")[:60]
    )
    last = last_seen(known, contacts, reader=reader)
    people = [person_of(known, each, role="", is_primary=False, last=last) for each in contacts]
    people.sort(key=lambda each: (each.has_left, -(each.last_on or date.min).toordinal()))
    return people[:MOST]


def last_seen(
    known: Known, contacts: Sequence[Any], *, reader: Membership
) -> Mapping[str, date | None]:
    refs = [contact.external_id for contact in contacts]
    rows = (
        Activity.objects.visible_to(reader)
        .filter(org=known.org, contact_ref__in=refs, happens_at__lte=known.at)
        .order_by()
        .values_list("contact_ref")
        .annotate(Max("happens_at"))
    )
    found = {str(ref): day_of(at) for ref, at in rows if at is not None}
    return {
        contact.external_id: max(
            filter(None, (found.get(contact.external_id), contact.last_activity_date)),
            default=None,
        )
        for contact in contacts
    }


def person_of(
    known: Known,
    contact: Any,
    *,
    role: str,
    is_primary: bool,
    last: Mapping[str, date | None],
) -> Person:
    on = last.get(contact.external_id)
    if on is not None and on > known.today:
        on = None
    since = [day(on), days((known.today - on).days, is_ahead=False)] if on else []
    left = left_on(contact)
    if left:
        since += [day(left), days((known.today - left).days, is_ahead=False)]
    key = known.source(
        f"contact:{contact.pk}",
        contact.name or str(contact),
        reverse("accounts:contact-show", args=[known.org.slug, contact.pk]),
        [*since, count(1)],
        f"{contact.title} {contact.department} {role}",
        names=(contact.name, contact.title),
    )
    return Person(
        key,
        contact.name or str(contact),
        contact.title,
        role,
        is_primary,
        bool(SENIOR.search(contact.title)),
        on,
        any(HAS_LEFT.search(name) and value is True for name, value in contact.extra.items()),
        left,
    )


def left_on(contact: Any) -> date | None:
    for name, value in contact.extra.items():
        if LEFT_ON.search(name) and isinstance(value, str):
            with suppress(ValueError):
                return date.fromisoformat(value[:10])
    return None


def with_doubts(people: Sequence[Person], *, said: Sequence[Said]) -> list[Person]:
    """Who is marked as gone and yet appears in what was written later."""
    return [replace(each, seen_in=seen_since(each, said)) for each in people]


def seen_since(person: Person, said: Sequence[Said]) -> str:
    if not person.has_left or person.left_on is None:
        return ""
    for each in said:
        by_them = each.by == person.name
        noted = each.kind in ("call", "meeting") and has_word(each.text, person.first)
        if each.on > person.left_on and (by_them or noted):
            return each.key
    return ""
