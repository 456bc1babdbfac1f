"""What a seller, a segment or a product won, as of a moment: drawn toward all, and less it."""

import numpy as np
import pandas as pd

from forecasting.deals.moments import Lives, Moments
from forecasting.deals.running import Timeline
from revenue.ml.arrays import Anything, Floats, Ints

# A plain rate of a seller or a segment is drawn toward the whole as if so many deals spoke for it.
PRIOR_DEALS = 20.0
EVEN_DEALS = 4.0
# Where rates drift, what was won lately says more: from step to step a deal counts half as much.
STEP_DAYS = 90
STEPS = 5


def rate_of(
    lives: Lives, moments: Moments, of_deal: Anything, asked: Anything, *, of_late: bool = False
) -> Floats:
    """A deal closes after each of its moments, so it has no say in its own rate."""
    codes, uniques = pd.factorize(of_deal)
    ended = np.isfinite(lives.won)
    won, closed = lives.won[ended], lives.closed[ended]
    key = np.asarray(pd.Index(uniques).get_indexer(asked), dtype=np.int64)
    key[pd.isna(asked)] = -1
    whole = Timeline.of(np.zeros(len(won), dtype=np.int64), closed, won=won)
    mine = Timeline.of(codes[ended].astype(np.int64), closed, won=won)
    # A deal that was reopened had closed before; by now it counts from its last close on.
    return shrunken_rate(mine, whole, key, moments.at, of_late=of_late)


def shrunken_rate(
    events: Timeline, whole: Timeline, key: Ints, at: Ints, *, of_late: bool = False
) -> Floats:
    """The share won among what had closed by then, drawn toward the share of all, and less it.

    The share of all drifts, lowest in an org's first months, when only quick losses have closed:
    in a seller's own rate that would be taken for the seller.
    """
    counted = faded if of_late else plainly
    asked, of_whom = np.unique(at, return_inverse=True)
    all_closed, all_won = counted(whole, np.zeros(len(asked), dtype=np.int64), asked)
    of_all = ((all_won + EVEN_DEALS / 2) / (all_closed + EVEN_DEALS))[of_whom]
    return drawn_toward(of_all, *counted(events, key, at), key)


def drawn_toward(of_all: Floats, closed: Floats, won: Floats, key: Ints) -> Floats:
    rate = (won + PRIOR_DEALS * of_all) / (closed + PRIOR_DEALS)
    return np.where(key < 0, np.nan, rate - of_all)


def plainly(events: Timeline, key: Ints, at: Ints) -> tuple[Floats, Floats]:
    return events.count(key, at), events.total("won", key, at)


def faded(events: Timeline, key: Ints, at: Ints) -> tuple[Floats, Floats]:
    closed, won = np.zeros(len(key)), np.zeros(len(key))
    before = (closed.copy(), won.copy())
    for step in range(STEPS + 1):
        days = None if step == STEPS else float(STEP_DAYS * (step + 1))
        within = events.count(key, at, days=days), events.total("won", key, at, days=days)
        closed += 0.5**step * (within[0] - before[0])
        won += 0.5**step * (within[1] - before[1])
        before = within
    return closed, won
