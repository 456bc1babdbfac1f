"""What a hazard says too much or too little of, from the deals that it was learned from.

A hazard draws what is seldom toward what is usual, and lets a feature move every week ahead alike:
of young deals and of large ones it says that more are won soon than ever were. So for each of some
horizons the chances are held against what came of past deals that were followed so long, and bent:
the odds by a level, a slope, a slope of their own where deals are unlikely, and by amount.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from revenue.ml.arrays import Floats, floats, logit, sigmoid
from revenue.ml.curves import WhenEnded, ended_by
from revenue.ml.encode import as_numbers
from revenue.ml.frames import Frame
from revenue.ml.weeks import WEEK, WON

AMOUNT = "amount_log"
HORIZONS = (1, 2, 3, 4, 6, 9, 13, 18, 26)  # weeks
UNLIKELY = float(logit(0.2))
MOST_FROM_USUAL = 2.5  # of the logarithm of an amount
USUAL = np.array([0.0, 1.0, 0.0, 0.0])  # level, slope, what is added below the unlikely, by amount
HELD = 2.0  # deals: so strongly each of the four is drawn to what is usual
MOST_ROWS = 20_000
LEAST_WON = 20.0  # deals
STEPS = 25
LEAST_SLOPE, ENOUGH = 0.2, 1e-8
SEED = 20_261_122


@dataclass(frozen=True, eq=False)
class Bends:
    """`by_week`: a row each week ahead."""

    by_week: Floats
    usual_amount: float = 0.0  # its logarithm

    def bent(self, won: Floats, frame: Frame) -> Floats:
        """By deal and week; never falling from week to week, as what is won stays won."""
        terms = terms_of(won, amounts(frame, self.usual_amount)[:, None])
        odds = sum(terms[place] * self.by_week[:, place] for place in range(len(USUAL)))
        found = np.where(won > 0, sigmoid(floats(odds)), 0.0)
        return floats(np.maximum.accumulate(found, axis=1))


def terms_of(won: Floats, amount: Floats) -> Floats:
    odds = logit(won)
    below = np.minimum(odds - UNLIKELY, 0)
    return floats([np.ones_like(odds), odds, below, np.broadcast_to(amount, odds.shape)])


def amounts(frame: Frame, usual: float) -> Floats:
    """How far from the usual one; nought where there is none."""
    if AMOUNT not in frame.values.columns:
        return np.zeros(len(frame))
    said = as_numbers(frame.column(AMOUNT))
    said = np.where(said > 0, said, np.nan)
    return floats(np.clip(np.nan_to_num(said - usual), -MOST_FROM_USUAL, MOST_FROM_USUAL))


def usual_amount(frame: Frame) -> float:
    if AMOUNT not in frame.values.columns:
        return 0.0
    said = as_numbers(frame.column(AMOUNT))
    said = said[said > 0]
    return float(np.median(said)) if len(said) else 0.0


def bends_of(told_by: WhenEnded, frame: Frame, *, until: np.datetime64) -> Bends:
    """From rows of before `until`; a horizon that few were won within is bent as the one before.

    A deal's many moments tell of one end: all rows together weigh as many as there are deals.
    """
    rows = np.flatnonzero(frame.as_of < until)
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(SEED).choice(rows, MOST_ROWS, replace=False))
    seen = frame.take(rows)
    weight = frame.groups() / max(len(seen), 1)
    usual = usual_amount(seen)
    won, amount = told_by.curves(seen).won, amounts(seen, usual)
    found, last = [], USUAL
    for weeks in HORIZONS:
        full = seen.as_of + weeks * WEEK <= until
        came = ended_by(seen.take(full), weeks, WON)
        if weight * min(came.sum(), (1 - came).sum()) >= LEAST_WON:
            last = fitted(terms_of(won[full, weeks - 1], amount[full]).T, came, weight)
        found.append(last)
    return Bends(between(found, weeks=won.shape[1]), usual)


def fitted(terms: Floats, came: Floats, weight: float) -> Floats:
    """By Newton's method; where odds would turn round, as if nothing had been seen."""
    bend = USUAL.copy()
    for _ in range(STEPS):
        said = sigmoid(terms @ bend)
        slope = weight * terms.T @ (said - came) + HELD * (bend - USUAL)
        curved = weight * (terms.T * (said * (1 - said))) @ terms + HELD * np.eye(len(bend))
        step = np.linalg.solve(curved, slope)
        bend = bend - step
        if np.abs(step).max() < ENOUGH:
            break
    is_sound = np.isfinite(bend).all() and min(bend[1], bend[1] + bend[2]) >= LEAST_SLOPE
    return bend if is_sound else USUAL


def between(found: Sequence[Floats], *, weeks: int) -> Floats:
    at = np.arange(1, weeks + 1)
    return floats([np.interp(at, HORIZONS, column) for column in np.array(found).T]).T
