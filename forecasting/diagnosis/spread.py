"""How long deals take and how large they are, and what becomes of those made in a month."""

from typing import Any

import numpy as np
import pandas as pd

from forecasting.diagnosis.figures import days_taken
from forecasting.diagnosis.frames import Reading, Stretches
from revenue.ml.arrays import Flags, Floats, floats

MONTH = 30.4
MOST_MONTHS = 12
LEAST_OF_COHORT = 5
LEAST = 10
DAYS = (0, 15, 30, 60, 90, 120, 180, 270, 365)
STEPS = (1, 2, 5)


def cohorts_of(reading: Reading, stretches: Stretches) -> list[dict[str, Any]]:
    """By month made, the share won within so many months; nothing where that is still to come."""
    made = reading.made
    until = np.datetime64(stretches.until)
    created = made["created_at"].dt.tz_convert(None).to_numpy().astype("datetime64[D]")
    ended = pd.to_datetime(made["close_date"]).to_numpy().astype("datetime64[D]")
    won = made["is_won"].to_numpy(dtype=bool) & (ended < until)
    took = np.maximum((ended - created).astype(float), 0) / MONTH
    months = created.astype("datetime64[M]")
    found = []
    for month in np.unique(months):
        rows = months == month
        if rows.sum() < LEAST_OF_COHORT:
            continue
        # All of a month's deals must have had the time: its youngest was made on its last day.
        seen = (until - ((month + 1).astype("datetime64[D]") - 1)).astype(float) / MONTH
        found.append(
            {
                "month": str(month),
                "deals": int(rows.sum()),
                "won": [
                    float((won & (took < within))[rows].mean()) if seen >= within else None
                    for within in range(1, MOST_MONTHS + 1)
                ],
            }
        )
    return found


def distributions_of(reading: Reading) -> dict[str, dict[str, Any]]:
    """Shares of deals by bin, before and now; nothing where a side has too few."""
    closed, took = reading.closed, days_taken(reading.deals)
    amounts = round_steps(closed.value)
    return {
        "won": binned(took, closed.won, closed.now, floats(DAYS)),
        "lost": binned(took, ~closed.won, closed.now, floats(DAYS)),
        "amount": binned(closed.value, closed.value > 0, closed.now, amounts),
    }


def binned(values: Floats, chosen: Flags, now: Flags, edges: Floats) -> dict[str, Any]:
    sides = {}
    for name, later in (("before", False), ("now", True)):
        seen = values[chosen & (now == later) & np.isfinite(values)]
        place = np.clip(np.searchsorted(edges, seen, side="right") - 1, 0, len(edges) - 1)
        many = np.bincount(place, minlength=len(edges))
        sides[name] = (many / len(seen)).tolist() if len(seen) >= LEAST else None
        sides[f"{name}_deals"] = len(seen)
        sides[f"{name}_middle"] = float(np.median(seen)) if len(seen) >= LEAST else None
    return {"edges": edges.tolist(), **sides}


def round_steps(values: Floats) -> Floats:
    """Round amounts from the smallest tenth of deals to the largest."""
    paid = values[values > 0]
    if not len(paid):
        return floats([0.0])
    low, high = np.quantile(paid, [0.05, 0.97])
    powers = range(int(np.floor(np.log10(low))), int(np.floor(np.log10(high))) + 1)
    steps = [first * 10.0**power for power in powers for first in STEPS]
    return floats([0.0, *(one for one in steps if low <= one <= high)])
