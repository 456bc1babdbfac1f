"""What can be said of each seller; by name and never by rank: intervals of most overlap."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection
from scipy.stats import chi2_contingency

from forecasting.diagnosis.figures import days_taken, median, share
from forecasting.diagnosis.frames import Reading
from revenue.ml.arrays import Flags
from revenue.ml.judging import wilson
from revenue.users.models import Org

ALARM = 0.05
LEAST_OF_QUARTER = 8
HELD = """
    SELECT owner_ref, count(*), count(*) FILTER (WHERE close_date < %(today)s),
           count(*) FILTER (WHERE corporate_amount IS NULL OR corporate_amount = 0)
    FROM accounts_opportunity
    WHERE org_id = %(org)s AND deleted_at IS NULL AND NOT is_closed
    GROUP BY owner_ref
"""


def sellers_of(reading: Reading, *, org: Org, today: date) -> list[dict[str, Any]]:
    closed, deals, took = reading.closed, reading.deals, days_taken(reading.deals)
    quarter = pd.to_datetime(deals["close_date"]).dt.to_period("Q").astype(str).to_numpy()
    held, found = held_by(org, today), []
    for ref, places in deals.groupby("owner_ref").groups.items():
        at = np.asarray(places)
        later = closed.now[at]
        won = closed.won[at]
        closed_now = int(later.sum())
        low, high = wilson(won[later].sum() / max(closed_now, 1), closed_now)
        found.append(
            {
                "ref": str(ref),
                "name": str(deals["seller"].iloc[at[0]]),
                "before": share(won & ~later, ~later),
                "closed_before": int((~later).sum()),
                "now": share(won & later, later),
                "closed_now": closed_now,
                "low": low,
                "high": high,
                "cycle_days": median(took[at][later & won]),
                "steady": steady(won, quarter[at]),
                **held.get(str(ref), {"open": 0, "overdue": 0, "without_amount": 0}),
            }
        )
    return sorted(found, key=lambda one: (one["name"], one["ref"]))


def steady(won: Flags, quarter: Any) -> bool | None:
    """Whether quarters differ no more than luck would make them; nothing where too few say it."""
    names, place, many = np.unique(quarter, return_inverse=True, return_counts=True)
    enough = many >= LEAST_OF_QUARTER
    wins = np.bincount(place, weights=won, minlength=len(names))[enough]
    losses = many[enough] - wins
    if len(wins) < 2 or not wins.sum() or not losses.sum():
        return None
    return bool(chi2_contingency(np.stack([wins, losses])).pvalue >= ALARM)


def held_by(org: Org, today: date) -> dict[str, dict[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(HELD, {"org": org.pk, "today": today})
        return {
            str(ref): {"open": number, "overdue": overdue, "without_amount": bare}
            for ref, number, overdue, bare in cursor.fetchall()
        }
