"""Of each account, how many suggestions were shown and held out, and what came of them.

Sums alone leave this module: which suggestion was held out is told to nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from crosssell.uplift.proportions import Sides
from revenue.ml.arrays import floats
from revenue.users.models import Org

# What ends is told to everybody: of renewals nothing is held out.
# Of an account and a product the first alone: what is shown is dismissed and taken back otherwise
# than what nobody sees, and so comes again otherwise.
FIRST = """
    SELECT DISTINCT ON (account_ref, product_ref)
           kind, account_ref, is_held_out, suggested_at, bought_at, bought_for
    FROM crosssell_recommendation
    WHERE org_id = %(org)s AND kind <> 'renewal'
    ORDER BY account_ref, product_ref, suggested_at, id
"""
# Only those whose horizon is over count, on both sides: each had the same time to be bought.
SUMS = f"""
    SELECT kind, account_ref,
           count(*) FILTER (WHERE NOT is_held_out),
           count(*) FILTER (WHERE NOT is_held_out AND in_time),
           coalesce(sum(bought_for) FILTER (WHERE NOT is_held_out AND in_time), 0)::float8,
           count(*) FILTER (WHERE is_held_out),
           count(*) FILTER (WHERE is_held_out AND in_time),
           coalesce(sum(bought_for) FILTER (WHERE is_held_out AND in_time), 0)::float8
    FROM (
        SELECT kind, account_ref, is_held_out, bought_for,
               coalesce(bought_at <= suggested_at + %(horizon)s, false) AS in_time
        FROM ({FIRST}) first
        WHERE suggested_at <= %(at)s - %(horizon)s
    ) over
    GROUP BY kind, account_ref
    ORDER BY kind, account_ref
"""  # noqa: S608
WAITING = f"""
    SELECT count(*) FILTER (WHERE is_held_out), count(*), min(suggested_at)
    FROM ({FIRST}) first WHERE suggested_at > %(at)s - %(horizon)s
"""  # noqa: S608
# A decision that was taken back has left no moment behind.
ANSWERED = """
    SELECT answer, count(*), count(*) FILTER (WHERE bought)
    FROM (
        SELECT CASE WHEN state = 'dismissed' THEN 'dismissed'
                    WHEN decided_at IS NOT NULL THEN 'accepted' ELSE 'nothing' END AS answer,
               coalesce(bought_at <= suggested_at + %(horizon)s, false) AS bought
        FROM crosssell_recommendation
        WHERE org_id = %(org)s AND NOT is_held_out AND kind <> 'renewal'
          AND suggested_at <= %(at)s - %(horizon)s
    ) over
    GROUP BY answer
"""


@dataclass(frozen=True, eq=False)
class Kind:
    shown: Sides
    held: Sides


@dataclass(frozen=True)
class Waiting:
    """Suggested, with a horizon that still runs."""

    held: int
    all: int
    since: datetime | None


def params_of(org: Org, *, at: datetime, horizon_days: int) -> dict[str, Any]:
    return {"org": org.pk, "at": at, "horizon": timedelta(days=horizon_days)}


def sides_by_kind(org: Org, *, at: datetime, horizon_days: int) -> tuple[Kind, Mapping[str, Kind]]:
    """All together, and by kind."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, params_of(org, at=at, horizon_days=horizon_days))
        rows = cursor.fetchall()
    kinds = np.array([row[0] for row in rows], dtype=object)
    _, place = np.unique([row[1] for row in rows], return_inverse=True)
    sums = floats([row[2:] for row in rows]).reshape(-1, 6)
    whole = [np.bincount(place, weights=sums[:, at]) for at in range(6)]
    by_kind = {name: kind_of(*sums[kinds == name].T) for name in np.unique(kinds)}
    return kind_of(*whole), by_kind


def kind_of(*columns: Any) -> Kind:
    first, second = (Sides(*(floats(one) for one in columns[at : at + 3])) for at in (0, 3))
    return Kind(shown=first, held=second)


def waiting_of(org: Org, *, at: datetime, horizon_days: int) -> Waiting:
    with connection.cursor() as cursor:
        cursor.execute(WAITING, params_of(org, at=at, horizon_days=horizon_days))
        return Waiting(*cursor.fetchone())


def answers_of(org: Org, *, at: datetime, horizon_days: int) -> dict[str, tuple[int, int]]:
    """How many there were of each answer, and how many of them were bought."""
    with connection.cursor() as cursor:
        cursor.execute(ANSWERED, params_of(org, at=at, horizon_days=horizon_days))
        return {answer: (count, bought) for answer, count, bought in cursor.fetchall()}
