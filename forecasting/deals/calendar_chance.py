"""How deals of an age ended as the calendar went on: competing risks, week by week, as of then.

In many companies more is won as a quarter ends. What a deal may expect of that hangs on how old it
will be by then, so chances of a week are counted by age and month of the quarter, and the coming
half year is lived through. Fiscal quarters need no other cells: months that are three apart share
one, whichever of the three comes first. Only weeks that were over on the day before the moment are
counted.
"""

from dataclasses import dataclass

import numpy as np

from forecasting.deals.moments import MOST_WEEKS, NEVER, Lives, Moments
from forecasting.deals.running import DAY
from revenue.ml.arrays import Floats, Ints, floats, logit

WEEK = 7 * DAY
WEEKS = 26
AGES = np.array([1, 2, 4, 8, 13, 18, 26, 52])  # weeks
CELLS = 3 * (len(AGES) + 1)
PRIOR_WEEKS = 30.0  # a cell is drawn toward all weeks as if so many spoke for that


@dataclass(frozen=True, eq=False)
class Weeks:
    """Weeks of open life that were over by the end of each day, by cell; the last cell is all."""

    first_day: int
    count: Floats
    won: Floats
    lost: Floats

    def chances(self, cell: Ints, at: Ints) -> tuple[Floats, Floats]:
        # The day of the moment is not over.
        day = np.clip(at // DAY - self.first_day, 0, self.count.shape[1] - 1)
        seen, of_all = self.count[cell, day], np.maximum(self.count[CELLS, day], 1)
        won, lost = (
            (ended[cell, day] + PRIOR_WEEKS * ended[CELLS, day] / of_all) / (seen + PRIOR_WEEKS)
            for ended in (self.won, self.lost)
        )
        return floats(won), floats(lost)


def calendar_chance(lives: Lives, moments: Moments) -> Floats:
    """Log-odds of being won, of all that is known being the age and the day."""
    past = weeks_of(lives)
    ages = (moments.at - lives.created[moments.deal]) // WEEK
    won, lost, still = (np.zeros(len(moments)) for _ in range(3))
    still += 1
    for ahead in range(WEEKS):
        cell = cells(ages + ahead, moments.at + ahead * WEEK)
        chances = past.chances(cell, moments.at)
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


def weeks_of(lives: Lives) -> Weeks:
    limit = int(lives.past.as_of.timestamp())
    first_day = int(lives.created.min(initial=limit)) // DAY
    days = max(limit // DAY - first_day, 0) + 2
    count, won, lost = (np.zeros((CELLS + 1, days)) for _ in range(3))
    until = np.minimum(lives.closed, limit + 1)
    alive = np.flatnonzero(lives.created < until)
    for nth in range(MOST_WEEKS):
        begins = lives.created[alive] + nth * WEEK
        alive = alive[begins < until[alive]]
        begins = lives.created[alive] + nth * WEEK
        over = begins + WEEK
        ends = (lives.closed[alive] < over) & (lives.closed[alive] < NEVER)
        here = np.flatnonzero(over <= limit)
        # From the end of its day on, so that a moment sees whole days only.
        place = cells(np.full(len(here), nth), begins[here]) * days
        place += over[here] // DAY + 1 - first_day
        is_won = ends[here] & (lives.won[alive[here]] == 1)
        is_lost = ends[here] & (lives.won[alive[here]] == 0)
        for table, chosen in ((count, slice(None)), (won, is_won), (lost, is_lost)):
            found = np.bincount(place[chosen], minlength=(CELLS + 1) * days)
            table[:] += found.reshape(CELLS + 1, days)
        if not len(alive):
            break
    for table in (count, won, lost):
        table[CELLS] = table[:CELLS].sum(axis=0)
        np.cumsum(table, axis=1, out=table)
    return Weeks(first_day, count, won, lost)
