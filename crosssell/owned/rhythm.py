"""What is bought again and again: when it is due by its own rhythm."""

import numpy as np
import pandas as pd

from crosssell.owned.counting import Factor, banded
from crosssell.owned.ground import LEAST_TIMES, PAIR, Ground

SHORTEST, LONGEST = 7.0, 400.0  # days between two purchases that make a rhythm
DAY_S = 86_400
GIVEN_UP = 2.5  # so many intervals without a purchase, and nobody waits for the next
LAST_ONES = 5

TIMES = Factor(
    "times",
    "How often they bought it",
    (
        "customers who had bought it three times",
        "customers who had bought it four to six times",
        "customers who had bought it seven times or more",
    ),
)
REGULAR = Factor(
    "regular",
    "How regular they are",
    (
        "customers who buy it about as regularly as a clock",
        "customers who buy it with some regularity",
        "customers who buy it irregularly",
    ),
)
LATE = Factor(
    "late",
    "When it is due",
    (
        "customers for whom it is due later",
        "customers for whom it is due now",
        "customers for whom it is overdue",
    ),
)
OFTEN = Factor(
    "often",
    "Days between",
    (
        "customers who buy it monthly or more often",
        "customers who buy it each quarter",
        "customers who buy it less often",
    ),
)
FACTORS = (TIMES, REGULAR, LATE, OFTEN)
NOTHING = pd.DataFrame({"account_ref": [], "product_ref": [], "label": []})
EDGES = {"times": (4, 7), "regular": (0.25, 0.6), "late": (0.8, 1.25), "often": (35, 100)}


def look(ground: Ground, at: pd.Timestamp) -> pd.DataFrame:
    """By account and product what is due within the horizon; what a contract holds is not."""
    rows = ground.repeated[(ground.repeated["at"] <= at).to_numpy()].copy()
    if rows.empty:
        return NOTHING
    rows["gap"] = rows.groupby(PAIR)["day"].diff().dt.total_seconds() / DAY_S
    grouped = rows.groupby(PAIR, sort=True)
    found = grouped.agg(times=("day", "size"), last=("day", "max"), gap=("gap", "median"))
    found = found[(found["times"] >= LEAST_TIMES).to_numpy()].reset_index()
    found = found[found["gap"].between(SHORTEST, LONGEST).to_numpy()].reset_index(drop=True)
    found["since"] = (at - found["last"]).dt.total_seconds() / DAY_S
    due = found["gap"] - found["since"]
    waits = (due <= ground.days) & (found["since"] <= GIVEN_UP * found["gap"])
    found = without_contracts(found[waits.to_numpy()].reset_index(drop=True), ground, at)
    found = with_usual(found, rows)
    found["due_on"] = found["last"] + pd.to_timedelta(np.round(found["gap"]), unit="D")
    late = found["since"] / found["gap"]
    found = found.assign(
        count=found["times"],
        times=banded(found["times"], EDGES["times"]),
        regular=banded(found["spread"], EDGES["regular"]),
        late=banded(late, EDGES["late"]),
        often=banded(found["gap"], EDGES["often"]),
    )
    return with_label(found, ground, at)


def without_contracts(found: pd.DataFrame, ground: Ground, at: pd.Timestamp) -> pd.DataFrame:
    had = ground.had.at(at)
    ending = had[(had["runs"] & had["ends_date"].notna()).to_numpy()]
    held = pd.MultiIndex.from_frame(ending[PAIR])
    inside = pd.MultiIndex.from_frame(found[PAIR]).isin(held)
    return found[~inside].reset_index(drop=True)


def with_usual(found: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """What they take at once of late, and how far apart the gaps are, beside the usual one."""
    known = rows.merge(found[[*PAIR, "gap"]].rename(columns={"gap": "usual"}), on=PAIR)
    known["apart"] = (known["gap"] - known["usual"]).abs() / known["usual"]
    spread = known.groupby(PAIR)["apart"].median()
    lately = known.groupby(PAIR).tail(LAST_ONES).groupby(PAIR)[["quantity", "total"]].median()
    key = pd.MultiIndex.from_frame(found[PAIR])
    return found.assign(
        spread=spread.reindex(key).to_numpy(),
        quantity=lately["quantity"].reindex(key).to_numpy(),
        total=lately["total"].reindex(key).to_numpy(),
    )


def with_label(found: pd.DataFrame, ground: Ground, at: pd.Timestamp) -> pd.DataFrame:
    if at + ground.horizon > pd.Timestamp(ground.as_of):
        return found.assign(label=np.nan)
    sold = pd.MultiIndex.from_frame(ground.sold(at, at + ground.horizon)[PAIR].drop_duplicates())
    return found.assign(label=pd.MultiIndex.from_frame(found[PAIR]).isin(sold).astype(float))
