"""How deals of an age ended as the calendar went on: competing risks, week by week, as of then.

In many companies more is won as a quarter ends. What a deal may expect of that hangs on how old it
will be by then, so chances of a week are counted by age and month of the quarter, and the coming
half year is lived through. Only weeks that were over at the moment are counted.
"""

import numpy as np

from forecasting.deals.moments import Lives, Moments, moments_of
from forecasting.deals.running import DAY, Timeline
from revenue.ml.arrays import Floats, Ints, floats, logit

WEEK = 7 * DAY
WEEKS = 26
AGES = np.array([1, 2, 4, 8, 13, 18, 26, 52])  # weeks
PRIOR_WEEKS = 30.0  # a cell is drawn toward all weeks as if so many spoke for that


def calendar_chance(lives: Lives, moments: Moments) -> Floats:
    """Log-odds of being won, of all that is known being the age and the day."""
    past = weeks_of(lives)
    ages = (moments.at - lives.created[moments.deal]) // WEEK
    won, lost, still = (np.zeros(len(moments)) for _ in range(3))
    still += 1
    for ahead in range(WEEKS):
        cell = cells(ages + ahead, moments.at + ahead * WEEK)
        chances = [chance(past, name, cell, moments.at) for name in ("won", "lost")]
        won += still * chances[0]
        lost += still * chances[1]
        still *= 1 - chances[0] - chances[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = won / (won + lost)
    return np.where(won + lost > 0, logit(np.nan_to_num(share, nan=0.5)), np.nan)


def cells(age_weeks: Ints, at: Ints) -> Ints:
    months = at.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    found: Ints = np.searchsorted(AGES, age_weeks, side="right") * 3 + months % 3
    return found


def weeks_of(lives: Lives) -> tuple[Timeline, Timeline]:
    """Each week of each deal's open life, by its cell, and all together."""
    every = moments_of(lives)
    since = every.at - lives.created[every.deal]
    weekly = since % WEEK == 0
    deal, at, age = every.deal[weekly], every.at[weekly], since[weekly] // WEEK
    ends = lives.closed[deal] < at + WEEK
    won = floats(ends & (lives.won[deal] == 1))
    lost = floats(ends & (lives.won[deal] == 0))
    over = at + WEEK
    return (
        Timeline.of(cells(age, at), over, won=won, lost=lost),
        Timeline.of(np.zeros(len(at), dtype=np.int64), over, won=won, lost=lost),
    )


def chance(past: tuple[Timeline, Timeline], name: str, cell: Ints, at: Ints) -> Floats:
    mine, whole = past
    all_weeks = np.zeros(len(cell), dtype=np.int64)
    of_all = whole.total(name, all_weeks, at) / np.maximum(whole.count(all_weeks, at), 1)
    seen = mine.count(cell, at)
    return floats((mine.total(name, cell, at) + PRIOR_WEEKS * of_all) / (seen + PRIOR_WEEKS))
