"""What comes of deals that do not exist yet: what was made and won in the same part of the past."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from forecasting.quarter.state import State
from revenue.ml.arrays import Flags, Floats, floats
from revenue.periods import Period

LOOKED_BACK = 4  # periods: a year of quarters
OLDER_WEIGHS = 0.7  # of a period beside the one after it
LEAD_DAYS = 91
PRIOR_WON = 5.0  # shares of owners are drawn toward how many deals they make
USUAL_SPREAD, SPREAD_COUNTS = 0.15, 4.0  # the spread is drawn toward it, as if so many periods said
MOST_SPREAD = 1.0
LEAST_AMOUNTS = 5


@dataclass(frozen=True)
class Coming:
    """`spread` is of a factor that all owners share; amounts are in the org's currency."""

    expected: float = 0.0
    each_mean: float = 0.0
    each_sd: float = 0.0
    spread: float = USUAL_SPREAD
    by_owner: Mapping[str, float] = field(default_factory=dict)
    weeks: Sequence[float] = ()
    periods: int = 0

    @property
    def mean(self) -> float:
        return self.expected * self.each_mean

    @property
    def variance(self) -> float:
        alone = self.expected * (self.each_mean**2 + self.each_sd**2)
        return alone + (self.mean * self.spread) ** 2


def coming(state: State, period: Period) -> Coming:
    """As of the state's moment, from periods that were over by then."""
    today = state.today
    offset = (today - period.since).days  # below nought of a period that is yet to begin
    if today >= period.until:
        return Coming(weeks=(1.0,) * len(period.weeks))
    past = past_periods(state, period, offset)
    if not past:
        return without_periods(state, period, offset)
    wins, leads, weights = [], [], []
    for age, one in enumerate(past):
        begin = one.since + timedelta(days=offset)
        wins.append(float(made_and_won(state, one, offset).sum()))
        leads.append(float(state.made_in(begin - timedelta(days=LEAD_DAYS), begin).sum()))
        weights.append(OLDER_WEIGHS**age)
    won, led, weight = floats(wins), floats(leads), floats(weights)
    now = float(state.made_in(today - timedelta(days=LEAD_DAYS), today).sum())
    # What is made of late says how much is made; the past, how much of that is won in time.
    rate = float((weight * won).sum() / max((weight * led).sum(), 1.0))
    expected = rate * now
    worth = amounts_won(state, past, offset)
    shares = week_shares(state, past, period, offset)
    return Coming(
        expected=expected,
        each_mean=float(worth.mean()) if len(worth) else 0.0,
        each_sd=float(worth.std()) if len(worth) else 0.0,
        spread=spread_of(won, rate * led),
        by_owner=by_owner(state, past, offset, expected),
        weeks=tuple(shares),
        periods=len(past),
    )


def past_periods(state: State, period: Period, offset: int) -> list[Period]:
    """The newest first; the one in which the org began to write is not whole."""
    known = state.created[~np.isnat(state.created)]
    if not len(known):
        return []
    began = known.min().astype(object)
    found = []
    for number in range(1, LOOKED_BACK + 1):
        one = period.before(number)
        # Deals of before its beginning must be known too: they say how many are made.
        if one.since + timedelta(days=min(offset, 0)) < began + timedelta(days=LEAD_DAYS):
            break
        if one.until <= state.today:
            found.append(one)
    return found


def made_and_won(state: State, period: Period, offset: int) -> Flags:
    """Made from as far into it on, and won within it."""
    begin = period.since + timedelta(days=offset)
    made: Flags = state.made_in(begin, period.until)
    return made & state.won_in(max(begin, period.since), period.until)


def amounts_won(state: State, past: Sequence[Period], offset: int) -> Floats:
    """Of deals made and won in the same part; where those are few, of all that were won soon."""
    for begin in (offset, 0):
        chosen = np.zeros(len(state), dtype=np.bool_)
        for one in past:
            chosen |= made_and_won(state, one, begin)
        worth = state.amount[chosen]
        worth = worth[np.isfinite(worth) & (worth > 0)]
        if len(worth) >= LEAST_AMOUNTS:
            return floats(worth)
    worth = state.amount[state.is_won]
    return floats(worth[np.isfinite(worth) & (worth > 0)])


def spread_of(seen: Floats, expected: Floats) -> float:
    """Beyond what chance alone does to counts."""
    some = expected > 0
    if not some.any():
        return USUAL_SPREAD
    beyond = (seen[some] - expected[some]) ** 2 - expected[some]
    count = int(some.sum())
    # As one ratio: a part in which next to nothing was expected would else speak loudest.
    pooled = max(float(beyond.sum() / (expected[some] ** 2).sum()), 0.0)
    variance = (count * pooled + SPREAD_COUNTS * USUAL_SPREAD**2) / (count + SPREAD_COUNTS)
    return min(float(np.sqrt(variance)), MOST_SPREAD)


def by_owner(
    state: State, past: Sequence[Period], offset: int, expected: float
) -> dict[str, float]:
    """By what they have won so, drawn toward what they make of late: who makes none brings none."""
    recent = state.made_in(state.today - timedelta(days=2 * LEAD_DAYS), state.today)
    makers, made = np.unique(state.owner[recent].astype(str), return_counts=True)
    if not len(makers):
        return {}
    chosen = np.zeros(len(state), dtype=np.bool_)
    for one in past:
        chosen |= made_and_won(state, one, offset)
    winners, won = np.unique(state.owner[chosen].astype(str), return_counts=True)
    wins = dict(zip(winners.tolist(), won.tolist(), strict=True))
    total_won = max(float(sum(wins.get(one, 0) for one in makers.tolist())), 1.0)
    prior = made / made.sum()
    own = floats([wins.get(one, 0) for one in makers.tolist()])
    strength = PRIOR_WON * len(makers)
    share = (own + strength * prior) / (total_won + strength)
    share /= share.sum()
    return dict(zip(makers.tolist(), (expected * share).tolist(), strict=True))


def week_shares(state: State, past: Sequence[Period], period: Period, offset: int) -> list[float]:
    """Of what comes, how much is won by the end of each week."""
    ends = [*period.weeks[1:], period.until]
    shares = [(end - period.since).days / period.days for end in ends]
    counts = np.zeros(len(ends))
    for one in past:
        chosen = made_and_won(state, one, offset)
        for place, share in enumerate(shares):
            counts[place] += (chosen & state.won_in(one.since, one.day_at(share))).sum()
    if counts[-1] <= 0:
        left = [max((end - period.since).days - max(offset, 0), 0) for end in ends]
        return [days / max(left[-1], 1) for days in left]
    return [float(share) for share in counts / counts[-1]]


def without_periods(state: State, period: Period, offset: int) -> Coming:
    """Not one whole period is known: as many as in the same number of days that just passed."""
    length = (period.until - period.since).days - offset
    since = state.today - timedelta(days=length)
    until = state.today
    chosen = state.made_in(since, until) & state.won_in(since, until)
    worth = state.amount[chosen]
    worth = worth[np.isfinite(worth) & (worth > 0)]
    if not len(worth):
        return Coming(weeks=week_shares(state, [], period, offset))
    alone = Coming(expected=float(chosen.sum()))
    return Coming(
        expected=alone.expected,
        each_mean=float(worth.mean()),
        each_sd=float(worth.std()),
        by_owner=by_owner(state, [], offset, alone.expected),
        weeks=week_shares(state, [], period, offset),
    )
