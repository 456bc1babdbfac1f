"""Since when each account is a customer, how much it uses, and which leave."""

from dataclasses import dataclass

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import DAY, HOUR, NEVER
from accounts.connectors.demo.chunk import Chunk
from accounts.connectors.demo.draws import Bools, Floats, Ints, logistic
from accounts.connectors.demo.satisfaction import MONTH, month_begins

SETTLING_IN = 60 * DAY


@dataclass(frozen=True)
class Customers:
    """`users` is what each month's report says, (companies, months); -1 where there is none."""

    since: Ints
    churned_at: Ints
    back_at: Ints  # when one that had left buys again
    licensed: Ints
    users: Ints
    reported_at: Ints  # of each month

    def is_now(self, until: int) -> Bools:
        left = (self.churned_at <= until) & (self.back_at > until)
        return np.asarray((self.since <= until) & ~left)

    def was_one(self, account: Ints, at: Ints) -> Bools:
        """Of accounts, each at its own moment."""
        left = (self.churned_at[account] <= at) & (self.back_at[account] > at)
        return np.asarray((self.since[account] <= at) & ~left)

    def may_leave(self, until: int) -> Bools:
        """Customers that are past their first months and have not left."""
        settled = (self.since <= until - SETTLING_IN) & (self.churned_at > until)
        return np.asarray(settled)

    def has_left(self, until: int) -> Bools:
        return np.asarray((self.churned_at <= until) & ~self.is_now(until))


def customers_of(chunk: Chunk) -> Customers:
    companies, setting = chunk.companies, chunk.setting
    since = np.where(companies.was_customer, companies.created_at + 3 * DAY, NEVER)
    won = np.flatnonzero((chunk.story.outcome == e.WON) & (chunk.deals.deleted_at == NEVER))
    account, closed_at = chunk.deals.account[won], chunk.story.closed_at[won]
    np.minimum.at(since, account, closed_at)
    months = chunk.satisfaction.health.shape[1]
    begins = month_begins(setting, months)
    churned_at = _churn(chunk, since, begins)
    back_at = np.full(len(companies), NEVER)
    again = closed_at > churned_at[account]
    np.minimum.at(back_at, account[again], closed_at[again])
    reported_at = begins + 6 * HOUR
    licensed = np.maximum(5, np.round(2.2 * companies.employees**0.62)).astype(np.int64)
    return Customers(
        since=since,
        churned_at=churned_at,
        back_at=back_at,
        licensed=licensed,
        users=_users(chunk, since, churned_at, back_at, licensed, reported_at),
        reported_at=reported_at,
    )


def churn_hazard(chunk: Chunk, health: Floats) -> Floats:
    """Of a month, (companies, months); the truth that account health looks for."""
    return churn_hazard_of(chunk.companies.size[:, None], health)


def churn_hazard_of(size: Ints, health: Floats) -> Floats:
    return logistic(e.CHURN - e.HEALTH_ON_CHURN * health + e.SIZE_ON_CHURN[size])


def _churn(chunk: Chunk, since: Ints, begins: Ints) -> Ints:
    companies, draws = chunk.companies, chunk.setting.draws
    every = (companies.number[:, None], np.arange(len(begins))[None, :])
    may = (since[:, None] <= begins[None, :] - SETTLING_IN) & (companies.twin_of < 0)[:, None]
    leaves = may & draws.happens("churn", churn_hazard(chunk, chunk.satisfaction.health), *every)
    month = leaves.argmax(axis=1)
    day = begins[month] // DAY + draws.whole("churn day", MONTH, companies.number, month)
    return np.where(leaves.any(axis=1), day * DAY + 17 * HOUR, NEVER)


def _users(
    chunk: Chunk,
    since: Ints,
    churned_at: Ints,
    back_at: Ints,
    licensed: Ints,
    reported_at: Ints,
) -> Ints:
    """How many people signed in during the month before each report."""
    draws, health = chunk.setting.draws, chunk.satisfaction.health
    every = (chunk.companies.number[:, None], np.arange(len(reported_at))[None, :])
    share = logistic(e.USUAL_USE + e.HEALTH_ON_USE * health + 0.3 * draws.normal("use", *every))
    at = reported_at[None, :]
    stays = (churned_at[:, None] > at) | (back_at[:, None] < at)
    there = stays & (since[:, None] < at)
    come = at <= chunk.until
    return np.where(there & come, np.round(licensed[:, None] * share), -1).astype(np.int64)
