"""What health reads beside what every task reads of customers, as of a moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from accounts.customers.reading import (
    Known,
    counted_within,
    days_since,
    own_numbers,
    own_of_kinds,
    read_known,
)
from accounts.frames import read_frame
from accounts.history import Relation, records
from accounts.models.sync import SourceField
from forecasting.health.dimensions import words_of
from forecasting.health.leaving import LEFT
from revenue.users.models import Org

WEEKS_BEFORE = (30, 60)  # days; the moment itself and 90 days before are read of everybody
NAMED = ("boolean", "picklist", "string")
NUMBERS = ("integer", "double", "currency", "percent")
CAPACITY = r"(?i)licen|seat|contracted|purchased|entitled|quota|limit|capacity|paid"
GRAVE = r"(?i)^(?:high|highest|urgent|critical|severe|p1|1|sev ?1|blocker)"


@dataclass(frozen=True, eq=False)
class Facts:
    """`own_all` are own fields of a file without dates: as they are, since no day is known."""

    known: Known
    own_then: tuple[pd.DataFrame, ...]
    own_named: pd.DataFrame
    capacity: pd.DataFrame
    cases: pd.DataFrame
    turnover: pd.DataFrame
    own_all: pd.DataFrame | None = None

    @property
    def own_names(self) -> set[str]:
        return set() if self.own_all is None else set(self.own_all["name"].astype(str))


def read_facts(*, org: Org, as_of: datetime, is_dated: bool) -> Facts:
    then = [as_of - timedelta(days=days) for days in WEEKS_BEFORE]
    named = own_of_kinds(org, as_of, NAMED, tracked=True)
    every = own_of_kinds(org, as_of, (*NAMED, *NUMBERS), tracked=False)
    return Facts(
        known=read_known(org=org, as_of=as_of),
        own_then=tuple(read_frame(own_numbers(org, one)) for one in then),
        own_named=read_frame(named),
        capacity=capacities(read_frame(own_of_kinds(org, as_of, NUMBERS, tracked=True))),
        cases=read_frame(graver_cases(org, as_of)),
        turnover=read_turnover(org, as_of),
        own_all=None if is_dated else read_frame(every),
    )


def capacities(rows: pd.DataFrame) -> pd.DataFrame:
    """How much was bought of what is used: licences, seats, where changes are recorded."""
    return rows[rows["name"].astype(str).str.contains(CAPACITY, regex=True).to_numpy(dtype=bool)]


def graver_cases(org: Org, as_of: datetime) -> Relation:
    known = records("case", org=org, as_of=as_of)
    sql = f"""
        SELECT ref,
               count(*) FILTER (WHERE is_grave AND at > %(as_of)s - interval '180 days') AS grave,
               {counted_within("at", 30, 180)},
               count(*) FILTER (WHERE is_escalated AND at > %(as_of)s - interval '365 days')
                   AS escalated,
               max(extract(epoch FROM %(as_of)s - at) / 86400) FILTER (WHERE is_open) AS open_days,
               avg(extract(epoch FROM closed_at - at) / 86400) FILTER (
                   WHERE NOT is_open AND at > %(as_of)s - interval '365 days'
               ) AS resolve_days,
               {days_since("max(at)")} AS days_since
        FROM (
            SELECT account_ref AS ref, coalesce(opened_at, created_at) AS at, closed_at,
                   priority ~* %(grave)s AS is_grave, is_escalated,
                   closed_at IS NULL OR closed_at > %(as_of)s AS is_open
            FROM ({known.sql}) told
            WHERE account_ref IS NOT NULL AND greatest(opened_at, created_at) <= %(as_of)s
        ) one
        GROUP BY ref ORDER BY ref
    """  # noqa: S608
    grave = GRAVE.removeprefix("(?i)").replace("(?:", "(")
    return Relation(sql, known.params | {"grave": grave})


def read_turnover(org: Org, as_of: datetime) -> pd.DataFrame:
    """People who came and, where a day says so, who left."""
    return read_frame(turnover(org, as_of, leaving_day(org)))


def leaving_day(org: Org) -> str:
    """The own field of a contact that holds the day on which it left; empty where none does."""
    fields = SourceField.objects.filter(
        org=org, object_name="Contact", column="", type__in=("date", "datetime")
    )
    named = (one.name for one in fields.order_by("name"))
    return next((name for name in named if any(LEFT.match(word) for word in words_of(name))), "")


def turnover(org: Org, as_of: datetime, field: str) -> Relation:
    known = records("contact", org=org, as_of=as_of)
    sql = f"""
        SELECT ref, {counted_within("created_at", 180)},
               count(left_at) FILTER (WHERE left_at > %(as_of)s - interval '90 days') AS left_90,
               count(left_at) FILTER (WHERE left_at > %(as_of)s - interval '180 days') AS left_180,
               count(left_at) AS has_left, count(*) AS people
        FROM (
            SELECT account_ref AS ref, created_at,
                   CASE WHEN day ~ '^\\d{{4}}-\\d\\d-\\d\\d'
                         AND left(day, 10)::date <= %(as_of)s::date
                        THEN left(day, 10)::date END AS left_at
            FROM (SELECT account_ref, created_at, extra ->> %(field)s AS day
                  FROM ({known.sql}) person WHERE account_ref IS NOT NULL) told
        ) one
        GROUP BY ref ORDER BY ref
    """  # noqa: S608
    return Relation(sql, known.params | {"field": field})
