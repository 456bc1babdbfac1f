"""What others would say of a period: the ways of forecasting that people know."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from forecasting.quarter.state import State
from revenue.ml.arrays import Anything, Flags, floats
from revenue.periods import Period

# As sales teams use to weigh them; names as CRMs have them, without case and spaces.
WEIGHTS = {"commit": 0.9, "best_case": 0.5, "pipeline": 0.1}
NAMES = {
    "commit": "commit",
    "forecast": "commit",
    "mostlikely": "commit",
    "bestcase": "best_case",
    "upside": "best_case",
    "pipeline": "pipeline",
    "omitted": "omitted",
    "closed": "closed",
}


@dataclass(frozen=True)
class Beside:
    closed: float
    pipeline: float
    stage_weighted: float
    category_weighted: float | None
    year_before: float | None
    categories: Mapping[str, float]
    open_deals: int


def beside(state: State, period: Period, *, owners: Collection[str] | None = None) -> Beside:
    """Of all, or of what some own."""
    mine = np.ones(len(state), dtype=np.bool_) if owners is None else owned(state, owners)
    worth = np.nan_to_num(state.amount)
    closed = float(worth[mine & state.won_in(period.since, period.until)].sum())
    due = mine & state.is_open & state.is_due(period)
    weighted = np.nan_to_num(stage_chance(state))[due] * worth[due]
    kinds = categories_of(state.category[due])
    sums = {name: float(worth[due][kinds == name].sum()) for name in WEIGHTS}
    known = bool(np.isin(kinds, (*WEIGHTS, "omitted")).any()) or not due.any()
    by_category = closed + sum(WEIGHTS[name] * total for name, total in sums.items())
    return Beside(
        closed=closed,
        pipeline=float(worth[due].sum()),
        stage_weighted=closed + float(weighted.sum()),
        category_weighted=by_category if known else None,
        year_before=year_before(state, period, mine),
        categories={"closed": closed, **sums},
        open_deals=int((mine & state.is_open).sum()),
    )


def owned(state: State, owners: Collection[str]) -> Flags:
    wanted = set(owners)
    return np.array([owner in wanted for owner in state.owner.tolist()], dtype=np.bool_)


def stage_chance(state: State) -> Anything:
    """As the CRM weighs a stage; where it does not, the share of all that was won."""
    ended = ~state.is_open
    rate = float(state.is_won[ended].mean()) if ended.any() else np.nan
    return np.where(np.isfinite(state.probability), state.probability, rate)


def categories_of(names: Anything) -> Anything:
    plain = ["".join(one.lower().split()) for one in names.tolist()]
    return np.array([NAMES.get(one, one) for one in plain], dtype=object)


def year_before(state: State, period: Period, mine: Flags) -> float | None:
    """None where nothing was recorded then."""
    then = period.year_before()
    known = state.created[~np.isnat(state.created)]
    if not len(known) or known.min().astype(object) > then.since:
        return None
    chosen = mine & state.won_in(then.since, then.until)
    return float(floats(np.nan_to_num(state.amount[chosen])).sum())
