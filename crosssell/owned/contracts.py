"""Contracts that end within the horizon, and whether such contracts were renewed."""

import numpy as np
import pandas as pd

from crosssell.owned.counting import Factor, banded
from crosssell.owned.ground import PAIR, Ground, summed
from revenue.ml.arrays import Floats, floats

GRACE_DAYS = 30  # so late after its end a renewal may still be written down
LEAST_LONGER = pd.Timedelta(days=14)

USE = Factor(
    "use",
    "Use of licences",
    (
        "customers who use less than 40 % of their licences",
        "customers who use 40 to 60 % of their licences",
        "customers who use 60 to 80 % of their licences",
        "customers who use 80 % of their licences or more",
    ),
)
TREND = Factor(
    "trend",
    "Change of use",
    (
        "customers whose use fell by a fifth or more in 90 days",
        "customers whose use hardly changed in 90 days",
        "customers whose use grew by a fifth or more in 90 days",
    ),
)
QUIET = Factor(
    "quiet",
    "Contact",
    (
        "customers spoken with in the last 30 days",
        "customers last spoken with 30 to 90 days ago",
        "customers nobody spoke with for 90 days",
    ),
)
BEFORE = Factor(
    "before",
    "Renewed before",
    (
        "customers in their first term",
        "customers who renewed it once before",
        "customers who renewed it twice or more before",
    ),
)
FACTORS = (USE, TREND, QUIET, BEFORE)
EDGES = {"share": (0.4, 0.6, 0.8), "trend": (0.8, 1.2), "quiet": (30, 90), "before": (1, 2)}


def look(ground: Ground, at: pd.Timestamp) -> pd.DataFrame:
    """By account and product what ends; `label` where its time is over by now."""
    had = ground.had.at(at)
    ends = had["runs"] & (had["ends_at"] > at) & (had["ends_at"] <= at + ground.horizon)
    rows = had[ends.to_numpy()].copy()
    rows["before"] = renewals_before(ground, rows, at)
    rows["label"] = renewed(ground, rows, at)
    found = summed(rows)
    grouped = rows.groupby(PAIR, sort=True)
    times = grouped["before"].max().to_numpy()
    found["label"] = grouped["label"].max().to_numpy()
    return with_codes(found, ground, at).assign(before=banded(times, EDGES["before"]))


def with_codes(found: pd.DataFrame, ground: Ground, at: pd.Timestamp) -> pd.DataFrame:
    use = ground.use.of(found["account_ref"], at)
    return found.assign(
        share_used=use["share"].to_numpy(),
        used=use["used"].to_numpy(),
        capacity=use["capacity"].to_numpy(),
        use=banded(use["share"], EDGES["share"]),
        trend=banded(use["trend"], EDGES["trend"]),
        quiet=banded(ground.quiet_days(at, found["account_ref"]), EDGES["quiet"]),
    )


def renewals_before(ground: Ground, rows: pd.DataFrame, at: pd.Timestamp) -> Floats:
    changes = ground.had.changes
    longer = changes["field"].eq("ends_date") & (changes["at"] <= at)
    longer &= changes["new"].astype(str) > changes["old"].astype(str)
    # A save that both the CRM and our sync tell of counts once.
    told = changes[longer.to_numpy()].drop_duplicates(["ref", "new"])
    return floats(rows["ref"].map(told["ref"].value_counts()).fillna(0))


def renewed(ground: Ground, rows: pd.DataFrame, at: pd.Timestamp) -> Floats:
    """Its end was put later, or the same was bought anew, before it was long over."""
    had = ground.had
    until = rows["ends_at"] + pd.Timedelta(days=GRACE_DAYS)
    then = had.value_at(rows["ref"], until, "ends_date")
    longer = then > rows["ends_date"].reset_index(drop=True) + LEAST_LONGER
    sold = ground.sold(at, at + ground.horizon + pd.Timedelta(days=GRACE_DAYS))
    asked = rows[PAIR].assign(place=np.arange(len(rows)), until=until.to_numpy())
    met = asked.merge(sold[[*PAIR, "at"]], on=PAIR)
    met = met[(met["at"] <= pd.to_datetime(met["until"], utc=True)).to_numpy()]
    label = longer.to_numpy(dtype=float)
    label[met["place"].unique()] = 1.0
    return floats(np.where(until <= pd.Timestamp(ground.as_of), label, np.nan))
