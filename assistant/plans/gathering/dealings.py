"""What was written, said and planned with a customer, from the rows that the reader may read."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.about.clock import moment_of
from accounts.models import Activity
from assistant.claims import count, day, days
from assistant.plans.gathering.known import Known, Meeting, Person, Said
from revenue.users.models import Membership

MOST_PAST, MOST_AHEAD = 60, 5
GREETING = re.compile(r"^[^.!?]{1,40}[,:、，]$")
SHORT_NAME = re.compile(r"^[^.!?,:;]{1,40}$")
KINDS = {"email": "E-mail", "call": "Call", "meeting": "Meeting", "task": "Task"}


def read_dealings(known: Known, *, reader: Membership, about: Q, people: Sequence[Person]) -> None:
    rows = Activity.objects.visible_to(reader).filter(about, org=known.org)
    moment = moment_of(known.org, at=known.at)
    past = rows.filter(happens_at__lte=moment).exclude(description="", subject="")
    ahead = rows.filter(happens_at__gt=moment, is_done=False)
    known.ahead = [
        meeting
        for row in ahead.order_by("happens_at", "id")[:MOST_AHEAD]
        if (meeting := meeting_of(known, row))
    ]
    known.said = [
        said
        for row in past.order_by("-happens_at", "-id")[:MOST_PAST]
        if (said := said_of(known, row, people=people))
    ]


def day_of(moment: datetime) -> date:
    """In the org's time; a day without a time is the same day everywhere."""
    if moment.astimezone(UTC).time() == time.min:
        return moment.astimezone(UTC).date()
    return timezone.localtime(moment).date()


def meeting_of(known: Known, row: Activity) -> Meeting | None:
    if row.happens_at is None:
        return None
    on = day_of(row.happens_at)
    local = timezone.localtime(row.happens_at)
    has_time = row.happens_at.astimezone(UTC).time() != time.min
    at = f"{local:%H:%M}" if has_time else ""
    key = known.source(
        f"activity:{row.pk}",
        f"{KINDS[row.kind]}, {on:%-d %b}",
        reverse("assistant:search-activity", args=[known.org.slug, row.pk]),
        [day(on), days((on - known.today).days, is_ahead=True)],
        f"{row.subject}. {row.description} {at}",
    )
    return Meeting(key, on, at, row.kind, row.subject, row.description.strip())


def said_of(known: Known, row: Activity, *, people: Sequence[Person]) -> Said | None:
    if row.happens_at is None:
        return None
    on = day_of(row.happens_at)
    text, by = unwrapped(row.description)
    incoming = bool(row.is_incoming)
    key = known.source(
        f"activity:{row.pk}",
        f"{KINDS[row.kind]}, {on:%-d %b}",
        reverse("assistant:search-activity", args=[known.org.slug, row.pk]),
        [day(on), days((known.today - on).days, is_ahead=False), count(1)],
        f"{row.subject}. {row.description}",
    )
    author = next((each.name for each in people if by and named(each, by)), "")
    return Said(key, on, row.kind, row.subject, text, author or (by if incoming else ""), incoming)


def named(person: Person, by: str) -> bool:
    return by in (person.name, person.first)


def unwrapped(text: str) -> tuple[str, str]:
    """What a mail says without its greeting and its end, and who signed it."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if len(lines) < 2:
        return " ".join(lines), ""
    if GREETING.match(lines[0]):
        lines = lines[1:]
    signed = ""
    while len(lines) > 1 and (GREETING.match(lines[-1]) or is_name(lines[-1])):
        if not signed and is_name(lines[-1]):
            signed = lines[-1]
        lines.pop()
    return " ".join(lines), signed


def is_name(line: str) -> bool:
    return bool(SHORT_NAME.match(line)) and len(line.split()) <= 3
