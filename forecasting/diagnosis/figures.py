"""What the deals of two stretches come to, side by side."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from forecasting.diagnosis.closed import Closed
from forecasting.diagnosis.frames import Reading, Stretches
from revenue.ml.arrays import Flags, floats
from revenue.ml.judging import wilson

LEAST = 10


@dataclass(frozen=True)
class Pair:
    """A figure before and now; nothing where too few deals would say it."""

    before: float | None
    now: float | None

    @property
    def change(self) -> float | None:
        return None if self.before is None or self.now is None else self.now - self.before


def figures_of(reading: Reading, stretches: Stretches) -> dict[str, dict[str, Any]]:
    closed, deals = reading.closed, reading.deals
    length = {
        False: (stretches.turn - stretches.since).days,
        True: (stretches.until - stretches.turn).days,
    }
    took = days_taken(deals)
    both: dict[str, dict[bool, float | None]] = {}
    for later in (False, True):
        rows = closed.now == later
        won = rows & closed.won
        a_day = rows.sum() / length[later]
        rate, mean_value = share(won, rows), mean(closed.value[won])
        cycle = median(took[won])
        of_value = closed.value[rows].sum()
        for name, value in {
            "rate": rate,
            "rate_by_value": float(closed.value[won].sum() / of_value) if of_value else None,
            "closed_a_quarter": float(a_day * 91),
            "won_value_a_quarter": float(closed.value[won].sum() / length[later] * 91),
            "mean_value": mean_value,
            "cycle_days": cycle,
            "velocity_a_day": velocity(a_day, rate, mean_value, cycle),
        }.items():
            both.setdefault(name, {})[later] = value
    return {name: asdict(Pair(pair[False], pair[True])) for name, pair in both.items()}


def velocity(
    a_day: float, rate: float | None, value: float | None, cycle: float | None
) -> float | None:
    """Deals × win rate × average value ÷ cycle days; the deals are those in work at a time."""
    if rate is None or value is None or not cycle:
        return None
    at_work = a_day * cycle
    return float(at_work * rate * value / cycle)


def days_taken(deals: pd.DataFrame) -> Any:
    took = pd.to_datetime(deals["close_date"], utc=True) - pd.to_datetime(deals["created_at"])
    return np.maximum(floats(took.dt.days), 0)


def share(some: Flags, rows: Flags) -> float | None:
    return float(some.sum() / rows.sum()) if rows.sum() >= LEAST else None


def mean(values: Any) -> float | None:
    return float(values.mean()) if len(values) >= LEAST else None


def median(values: Any) -> float | None:
    seen = values[np.isfinite(values)]
    return float(np.median(seen)) if len(seen) >= LEAST else None


def months_of(reading: Reading) -> list[dict[str, Any]]:
    """The rate by month of closing, with its interval."""
    month = pd.to_datetime(reading.deals["close_date"]).dt.strftime("%Y-%m")
    found = []
    for name, places in month.groupby(month).groups.items():
        won = reading.closed.won[np.asarray(places)]
        low, high = wilson(float(won.mean()), len(won))
        found.append(
            {
                "month": str(name),
                "closed": len(won),
                "won": int(won.sum()),
                "rate": float(won.mean()),
                "low": low,
                "high": high,
            }
        )
    return found


def steps_of(closed: Closed) -> list[dict[str, Any]]:
    """Of those that came to a stage, the share that went on from it."""
    found = []
    for place, step in enumerate(closed.steps):
        came = closed.passed[:, place]
        parts = [came[(closed.now == later) & ~np.isnan(came)] for later in (False, True)]
        if min(len(one) for one in parts) < LEAST:
            continue
        before, now = (float(one.mean()) for one in parts)
        found.append(
            {
                "step": step,
                "before": before,
                "now": now,
                "deals_before": len(parts[0]),
                "deals_now": len(parts[1]),
                "p": two_shares(parts[0], parts[1]),
            }
        )
    return found


def two_shares(one: Any, other: Any) -> float:
    whole = np.concatenate([one, other]).mean()
    spread = np.sqrt(whole * (1 - whole) * (1 / len(one) + 1 / len(other)))
    return float(2 * norm.sf(abs(other.mean() - one.mean()) / spread)) if spread > 0 else 1.0
