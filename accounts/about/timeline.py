"""What happened with a customer, newest first, by day; the CRM's undated entries come last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.utils import timezone

from accounts.models import Activity
from revenue.web.keyset import Key, Pager

PAGE_SIZE = 20
ICONS = {"task": "circle-check", "call": "phone", "meeting": "calendar", "email": "mail"}
PLURALS = {"call": "Calls", "meeting": "Meetings", "email": "E-mails", "task": "Tasks"}


@dataclass(frozen=True)
class Entry:
    activity: Activity
    is_planned: bool
    is_overdue: bool

    @property
    def icon(self) -> str:
        return ICONS[self.activity.kind]

    @property
    def has_time(self) -> bool:
        return not is_whole_day(self.activity.happens_at)

    @property
    def direction(self) -> str:
        if self.activity.is_incoming is None:
            return ""
        return "from the customer" if self.activity.is_incoming else "to the customer"


@dataclass(frozen=True)
class Day:
    date: date | None
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Choice:
    label: str
    count: int
    url: str
    active: bool


@dataclass(frozen=True)
class Timeline:
    days: Sequence[Day]
    next_url: str
    choices: Sequence[Choice] = ()


def timeline(
    rows: QuerySet[Any], *, cursor: str, kind: str, path: str, at: datetime, choices: bool
) -> Timeline:
    """`choices`: with how many there are of each kind, which a further page need not tell again."""
    asked = kind if kind in PLURALS else ""
    pager = Pager(
        queryset=(rows.filter(kind=asked) if asked else rows).select_related("owner"),
        keys=(Key("happens_at", descending=True),),
        page_size=PAGE_SIZE,
        scope=f"timeline {asked}",
    )
    page = pager.page(cursor)
    query = {"kind": asked} if asked else {}
    next_url = f"{path}?{urlencode(query | {'before': page.next})}" if page.next else ""
    return Timeline(
        days=list(by_day(page.rows, at=at)),
        next_url=next_url,
        choices=choices_of(rows, asked=asked, path=path) if choices else (),
    )


def choices_of(rows: QuerySet[Any], *, asked: str, path: str) -> list[Choice]:
    """None where there is nothing to choose between."""
    counts = dict(rows.order_by().values_list("kind").annotate(Count("pk")))
    kinds = [kind for kind in PLURALS if kind in counts or kind == asked]
    if len(kinds) < 2:
        return []
    everything = Choice("All", sum(counts.values()), path, active=not asked)
    return [
        everything,
        *(
            Choice(PLURALS[kind], counts.get(kind, 0), f"{path}?kind={kind}", active=kind == asked)
            for kind in kinds
        ),
    ]


def by_day(activities: Sequence[Activity], *, at: datetime) -> Iterator[Day]:
    for day, group in groupby(activities, key=day_of):
        yield Day(date=day, entries=[entry(each, at=at) for each in group])


def is_whole_day(moment: datetime | None) -> bool:
    """A day without a time stands for its beginning in UTC."""
    return moment is None or moment.astimezone(UTC).time() == time.min


def day_of(activity: Activity) -> date | None:
    """In the reader's time; a day without a time is the same day everywhere."""
    moment = activity.happens_at
    if moment is None:
        return None
    if is_whole_day(moment):
        return moment.astimezone(UTC).date()
    return timezone.localtime(moment).date()


def entry(activity: Activity, *, at: datetime) -> Entry:
    """A task of today is not overdue yet."""
    day = day_of(activity)
    today = timezone.localtime(at).date()
    ahead = activity.happens_at is not None and activity.happens_at > at
    is_open = ahead or not activity.is_done
    is_overdue = is_open and not ahead and day is not None and day < today
    return Entry(activity=activity, is_planned=is_open and not is_overdue, is_overdue=is_overdue)
