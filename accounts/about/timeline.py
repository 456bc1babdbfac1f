"""What happened with a customer, newest first, by day; the CRM's undated entries come last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Activity
from revenue.web.keyset import Key, Pager

PAGE_SIZE = 20
ICONS = {"task": "circle-check", "call": "phone", "meeting": "calendar", "email": "mail"}


@dataclass(frozen=True)
class Entry:
    activity: Activity
    is_planned: bool

    @property
    def icon(self) -> str:
        return ICONS[self.activity.kind]

    @property
    def has_time(self) -> bool:
        """A day without a time stands for its beginning in UTC."""
        moment = self.activity.happens_at
        return moment is not None and moment.astimezone(UTC).time() != time.min

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
class Timeline:
    days: Sequence[Day]
    next_url: str


def timeline(rows: QuerySet[Any], *, cursor: str, path: str, at: datetime) -> Timeline:
    pager = Pager(
        queryset=rows.select_related("owner"),
        keys=(Key("happens_at", descending=True),),
        page_size=PAGE_SIZE,
        scope="timeline",
    )
    page = pager.page(cursor)
    next_url = f"{path}?{urlencode({'before': page.next})}" if page.next else ""
    return Timeline(days=list(by_day(page.rows, at=at)), next_url=next_url)


def by_day(activities: Sequence[Activity], *, at: datetime) -> Iterator[Day]:
    for day, group in groupby(activities, key=day_of):
        yield Day(date=day, entries=[entry(each, at=at) for each in group])


def day_of(activity: Activity) -> date | None:
    """In the reader's time; a day without a time is the same day everywhere."""
    moment = activity.happens_at
    if moment is None:
        return None
    whole = moment.astimezone(UTC)
    return whole.date() if whole.time() == time.min else timezone.localtime(moment).date()


def entry(activity: Activity, *, at: datetime) -> Entry:
    ahead = activity.happens_at is not None and activity.happens_at > at
    return Entry(activity=activity, is_planned=ahead or not activity.is_done)
