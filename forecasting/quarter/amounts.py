"""What won deals were won for, beside what they said while they were open."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.deals.features import numbers_of
from forecasting.deals.moments import NEVER, Lives, States, places, recorded
from forecasting.deals.running import DAY
from forecasting.quarter.simulation import Ratios
from forecasting.quarter.state import State
from revenue.ml.arrays import Anything, Floats, floats

EVERY_DAYS = 28  # how often the past is looked at
LOOKED_BACK = 13  # times
AHEAD_DAYS = 91
PRIOR_DEALS = 40.0  # a stage's own ratio is drawn toward that of all, as if so many spoke for it
PRIOR_NOUGHT = 4.0
LEAST_SEEN = 8
MOST_TIMES = 20.0  # beyond that, an amount was a mistake and was mended


@dataclass(frozen=True)
class Amounts:
    """`spread` is about the mean of a stage, so that the mean of it all is one."""

    by_stage: Mapping[str, float]
    spread: Ratios
    without: float  # what deals of no amount are won for, in the org's currency
    nothing: float  # and those of an amount of nought
    seen: int

    def expected(self, state: State) -> Floats:
        """Of each deal what it would be won for."""
        said = floats([self.by_stage.get(stage, 1.0) for stage in state.stage])
        worth = np.where(state.amount > 0, np.nan_to_num(state.amount) * said, self.nothing)
        return np.where(np.isfinite(state.amount), worth, self.without)


def amounts_of(lives: Lives, state: State) -> Amounts:
    """`state` is of the same moment: it says in the org's currency what was won."""
    said = numbers_of(recorded(lives.past, lives.refs, lives.created, "amount"))
    stage, ratio, deals = ratios_seen(lives, said)
    without, nothing = amounts_of_none(lives, state, said)
    if len(ratio) < LEAST_SEEN:
        return Amounts({}, Ratios(), without, nothing, deals)
    overall = float(ratio.mean())
    by_stage = {}
    about = np.ones(len(ratio))
    for name in sorted(set(stage.tolist())):
        here = stage == name
        weight = here.sum() / (here.sum() + PRIOR_DEALS)
        by_stage[name] = float(weight * ratio[here].mean() + (1 - weight) * overall)
        about[here] = ratio[here] / by_stage[name]
    spread = about / about.mean()
    return Amounts(by_stage, Ratios.of(spread), without, nothing, deals)


def ratios_seen(lives: Lives, said: States) -> tuple[Anything, Floats, int]:
    """Of deals won within a quarter of having been looked at: their stage then, and the ratio."""
    won = np.flatnonzero(lives.won == 1)
    final = floats(said.at_moments(won, lives.closed[won], missing=np.nan))
    limit = int(lives.past.as_of.timestamp())
    stages: list[Anything] = []
    ratios: list[Floats] = []
    deals: set[int] = set()
    for nth in range(1, LOOKED_BACK + 1):
        at = limit - nth * EVERY_DAYS * DAY
        here = (lives.created[won] <= at) & (lives.closed[won] > at)
        here &= lives.closed[won] <= at + AHEAD_DAYS * DAY
        who = won[here]
        then = np.full(len(who), at, dtype=np.int64)
        amount = floats(said.at_moments(who, then, missing=np.nan))
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = final[here] / amount
        kept = np.isfinite(ratio) & (ratio > 1 / MOST_TIMES) & (ratio < MOST_TIMES)
        stages.append(lives.stages.at_moments(who[kept], then[kept]))
        ratios.append(floats(ratio[kept]))
        deals.update(who[kept].tolist())
    stage = np.concatenate(stages) if stages else np.array([], dtype=object)
    named = np.array([str(one or "") for one in stage.tolist()], dtype=object)
    return named, floats(np.concatenate(ratios)) if ratios else np.zeros(0), len(deals)


def amounts_of_none(lives: Lives, state: State, said: States) -> tuple[float, float]:
    """What deals were won for that said nothing when they were half through, and that said nought.

    Drawn to what deals are won for: nought may be all that a deal brings, or a place to fill in.
    """
    place = places(lives.refs, pd.Series(state.refs[state.is_won], dtype=object))
    ended = state.amount[state.is_won]
    known = (place >= 0) & np.isfinite(ended) & (ended >= 0)
    place, ended = place[known], ended[known]
    if not len(ended):
        return 0.0, 0.0
    middle = (lives.created[place] + np.minimum(lives.closed[place], NEVER - 1)) // 2
    then = floats(said.at_moments(place, middle, missing=np.nan))
    usual = float(ended.mean())
    return (
        drawn(ended[~np.isfinite(then)], usual, PRIOR_DEALS),
        drawn(ended[then <= 0], usual, PRIOR_NOUGHT),
    )


def drawn(seen: Floats, usual: float, prior: float) -> float:
    return float((seen.sum() + prior * usual) / (len(seen) + prior))
