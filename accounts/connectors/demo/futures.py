"""Futures that might have been: the same company lived on from a moment, many times over."""

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import DAY, WEEK
from accounts.connectors.demo.chunk import Chunk
from accounts.connectors.demo.customers import churn_hazard_of
from accounts.connectors.demo.draws import Floats, Ints
from accounts.connectors.demo.life import State, at_creation, live_a_week, move_moment
from accounts.connectors.demo.satisfaction import MONTH

COPIES = 128
WEEKS = 26
DEALS_AT_ONCE = 400


def of_open_deals(
    chunk: Chunk, *, copies: int = COPIES, weeks: int = WEEKS
) -> tuple[Ints, Floats, Floats, Floats]:
    """Numbers, chances of ever winning, and of having won and lost by the end of each week."""
    state, week = state_at(chunk)
    deals = chunk.deals
    is_open = (state.stage < e.OPEN_STAGES) & (deals.deleted_at > chunk.until)
    places = np.flatnonzero(is_open)
    won = np.zeros(len(places))
    by = np.zeros((2, len(places), weeks))
    for first in range(0, len(places), DEALS_AT_ONCE):
        part = slice(first, first + DEALS_AT_ONCE)
        outcome, ended = _live_on(chunk, places[part], state, week, copies)
        won[part] = (outcome == e.WON).mean(axis=1)
        for kind, which in enumerate((e.WON, e.LOST)):
            for nth in range(weeks):
                by[kind, part, nth] = ((outcome == which) & (ended <= nth)).mean(axis=1)
    return deals.number[places], won, by[0], by[1]


def state_at(chunk: Chunk) -> tuple[State, Ints]:
    """How each deal stands, and which week of its life is the next to be decided."""
    setting, deals, until = chunk.setting, chunk.deals, chunk.until
    state, week = at_creation(setting, deals), np.zeros(len(deals), dtype=np.int64)
    active = np.arange(len(deals))
    for nth in range(e.MOST_WEEKS):
        part, now = deals.take(active), np.full(len(active), nth)
        decided = move_moment(setting, part, now) <= until
        active, part, now = active[decided], part.take(np.flatnonzero(decided)), now[decided]
        if not len(active):
            break
        lived = state.take(active)
        live_a_week(setting, chunk.sellers, part, lived, now)
        state.put(active, lived)
        week[active] = nth + 1
        active = active[lived.stage < e.OPEN_STAGES]
    return state, week


def _live_on(
    chunk: Chunk, places: Ints, state: State, week: Ints, copies: int
) -> tuple[Ints, Ints]:
    """(deals, copies): how each future ends, and in which week from now."""
    rows = np.repeat(places, copies)
    copy = np.tile(1 + np.arange(copies), len(places))
    deals, living, nth = chunk.deals.take(rows), state.take(rows), week[rows].copy()
    outcome, ended = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), e.MOST_WEEKS)
    active = np.arange(len(rows))
    while len(active):
        part = living.take(active)
        live_a_week(
            chunk.setting, chunk.sellers, deals.take(active), part, nth[active], copy[active]
        )
        living.put(active, part)
        over = part.stage >= e.OPEN_STAGES
        outcome[active[over]] = part.stage[over]
        begins = (deals.created_at[active] // DAY + 7 * nth[active]) * DAY
        ended[active[over]] = np.maximum((begins[over] + WEEK - chunk.until) // WEEK, 0)
        nth[active] += 1
        active = active[~over]
    return outcome.reshape(-1, copies), ended.reshape(-1, copies)


def churn_within(chunk: Chunk, *, days: int, copies: int = 200) -> Floats:
    """Of each company, were it a customer: that it leaves within so many days from now."""
    setting, companies = chunk.setting, chunk.companies
    satisfaction, draws = chunk.satisfaction, chunk.setting.draws
    now = satisfaction.health.shape[1] - 1
    done = (chunk.until / DAY - setting.first_day - MONTH * now) / MONTH
    health = np.repeat(satisfaction.health[:, -1:], copies, axis=1)
    stays = np.ones_like(health)
    left = days / MONTH
    month, share = now, min(1.0 - done, left)
    copy = np.arange(1, copies + 1)[None, :]
    while left > 0:
        hazard = churn_hazard_of(companies.size[:, None], health)
        # Within a month every day is as likely as another; the days that passed are behind.
        passed = hazard * (done if month == now else 0.0)
        stays *= 1 - hazard * share / (1 - passed)
        left -= share
        noise = draws.normal("satisfaction", companies.number[:, None], month, copy)
        health = e.SATISFACTION_STAYS * health + e.SATISFACTION_MOVES * noise
        month, share = month + 1, min(1.0, left)
    return np.asarray(1 - stays.mean(axis=1))
