"""Of what runs and is not about to end: who takes more of it."""

import numpy as np
import pandas as pd

from crosssell.owned.contracts import TREND, USE, with_codes
from crosssell.owned.counting import UNKNOWN, Factor, banded
from crosssell.owned.ground import PAIR, Ground, summed
from revenue.ml.arrays import Floats, floats

LATELY_DAYS = 180
LEAST_ALIKE = 5  # customers of a size that have it, before they are a measure
ROOM = Factor(
    "room",
    "Beside customers of their size",
    (
        "customers who have much more of it than those of their size",
        "customers who have about as much of it as those of their size",
        "customers who have much less of it than those of their size",
    ),
)
GREW = Factor(
    "grew",
    "Took more before",
    ("customers who took no more of it in half a year", "customers who took more of it of late"),
)
FACTORS = (USE, TREND, ROOM, GREW)
EDGES = {"room": (0.67, 1.5)}
# In these bands it is a reason to speak of more.
SIGNALS = {"use": (3,), "trend": (2,), "room": (2,), "grew": (1,)}


def look(ground: Ground, at: pd.Timestamp) -> pd.DataFrame:
    """By account and product; `label` where the horizon is over by now, `more` by how much."""
    had = ground.had.at(at)
    # What neither ends nor stands in some state was sold once: that is no stock of anything.
    lasting = had["ends_date"].notna() | had["status"].fillna("").ne("")
    rows = had[(had["runs"] & lasting).to_numpy()]
    found = summed(rows)
    due = (found["ends_at"] <= at + ground.horizon).to_numpy()
    found = found[~due].reset_index(drop=True)
    found = with_codes(found, ground, at)
    usual = usual_of_size(found, ground)
    found["usual"] = usual
    found["room"] = banded(usual / found["quantity"], EDGES["room"])
    found["grew"] = grew_lately(ground, found, at)
    found["more"] = more_taken(ground, found, rows, at)
    over = at + ground.horizon <= pd.Timestamp(ground.as_of)
    found["label"] = (found["more"] > 0).astype(float) if over else np.nan
    return found


def usual_of_size(found: pd.DataFrame, ground: Ground) -> Floats:
    """The middle of what customers of the same size have of the product, where enough do."""
    band = found["account_ref"].map(ground.bands).fillna(UNKNOWN)
    grouped = found.groupby([found["product_ref"], band])["quantity"]
    usual, count = grouped.transform("median"), grouped.transform("size")
    return floats(usual.where((count >= LEAST_ALIKE) & (band != UNKNOWN)))


def quantities_at(ground: Ground, at: pd.Timestamp) -> "pd.Series[float]":
    had = ground.had.at(at)
    return had[had["quantity"] > 0].groupby(PAIR)["quantity"].sum()


def grew_lately(ground: Ground, found: pd.DataFrame, at: pd.Timestamp) -> Floats:
    """Beside half a year before; nothing where that lies before any history, or it is newer."""
    before = at - pd.Timedelta(days=LATELY_DAYS)
    known_from = ground.had.known_from
    if known_from is None or before < known_from:
        return np.full(len(found), UNKNOWN, dtype=np.int64)
    then = quantities_at(ground, before).reindex(pd.MultiIndex.from_frame(found[PAIR]))
    code = (found["quantity"].to_numpy() > then.to_numpy()).astype(np.int64)
    return np.where(np.isnan(then.to_numpy()), UNKNOWN, code)


def more_taken(ground: Ground, found: pd.DataFrame, rows: pd.DataFrame, at: pd.Timestamp) -> Floats:
    """How much more of it there was at the end of the horizon; what was given up is not less."""
    until = min(at + ground.horizon, pd.Timestamp(ground.as_of))
    key = pd.MultiIndex.from_frame(found[PAIR])
    then = ground.had.at(until)
    same = then[then["ref"].isin(rows["ref"]).to_numpy()]
    new = then[((then["at"] > at) & (then["quantity"] > 0)).to_numpy()]
    parts = [floats(one.groupby(PAIR)["quantity"].sum().reindex(key)) for one in (same, new)]
    grown = np.nan_to_num(parts[0] - found["quantity"].to_numpy())
    return floats(np.maximum(grown, 0) + np.nan_to_num(parts[1]))
