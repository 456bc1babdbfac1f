"""How customers feel month by month, hidden: what use, cases, leaving and new deals come from."""

from dataclasses import dataclass

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import DAY, HOUR, to_working_day
from accounts.connectors.demo.companies import Companies
from accounts.connectors.demo.contacts import MOST_CONTACTS, left_at
from accounts.connectors.demo.draws import Floats, Ints
from accounts.connectors.demo.setting import Setting

MONTH = 30  # days; months of this kind are counted from the company's first day
CARE = ("Account review call", "On-site visit", "Product demo", "Executive briefing")
MOST_VISITS = 8


@dataclass(frozen=True)
class Satisfaction:
    """Of each company at the beginning of each month that has begun, (companies, months)."""

    first_day: int
    health: Floats
    visits: Ints  # how many in the month
    dose: Floats  # what the visits of the three months before are worth together

    def month_of(self, days: Ints) -> Ints:
        found = (days - self.first_day) // MONTH
        return np.asarray(np.clip(found, 0, self.health.shape[1] - 1), dtype=np.int64)

    def at(self, account: Ints, days: Ints) -> Floats:
        return np.asarray(self.health[account, self.month_of(days)])

    def appetite(self, account: Ints, days: Ints) -> Floats:
        """How many times the usual number of new deals begins."""
        month = self.month_of(days)
        liking = np.exp(e.HEALTH_ON_DEALS * self.health[account, month])
        return np.asarray(
            np.minimum(liking * (1 + uplift(self.dose[account, month])), e.MOST_DEALS)
        )


def uplift(dose: Floats) -> Floats:
    """What visits add to the rate of new deals: each one less than the one before."""
    return np.asarray(e.CARE_UPLIFT * (1 - np.exp(-e.CARE_FADES * dose)))


def months_begun(setting: Setting, until: int) -> int:
    return max((until // DAY - setting.first_day) // MONTH, 0) + 1


def month_begins(setting: Setting, months: int) -> Ints:
    return np.asarray((setting.first_day + MONTH * np.arange(months)) * DAY, dtype=np.int64)


def satisfaction_of(setting: Setting, companies: Companies, until: int) -> Satisfaction:
    months = months_begun(setting, until)
    draws, number = setting.draws, companies.number
    every = (number[:, None], np.arange(months)[None, :])
    diligence = np.exp(0.5 * draws.normal("diligence", companies.owner))
    mean = e.VISITS_A_MONTH[companies.size] * diligence
    visits = draws.poisson("visits", mean[:, None], *every, most=MOST_VISITS)
    doses = np.zeros((len(number), months))
    for nth in range(MOST_VISITS):
        worth = e.CARE_WORTH[companies.size[:, None], care_kind(setting, *every, nth)]
        doses += worth * (visits > nth)
    left = _departures(setting, companies, months)
    shocks = draws.normal("satisfaction", *every)
    health = np.zeros((len(number), months))
    health[:, 0] = 0.75 * draws.normal("satisfaction first", number) + 0.5 * companies.warmth
    for month in range(months - 1):
        health[:, month + 1] = (
            e.SATISFACTION_STAYS * health[:, month]
            + e.SATISFACTION_MOVES * shocks[:, month]
            + e.VISIT_PLEASES * (np.minimum(visits[:, month], 3) - mean)
            - e.DEPARTURE_HURTS * (left[:, month] - 0.06)
        )
    lately = np.zeros_like(doses)
    for back in (1, 2, 3):
        lately[:, back:] += doses[:, :-back] if back < months else 0
    return Satisfaction(setting.first_day, health, visits, lately)


def care_kind(setting: Setting, number: Ints, month: Ints, nth: int | Ints) -> Ints:
    return setting.draws.choice("care", e.CARE_WEIGHTS, number, month, nth)


def _departures(setting: Setting, companies: Companies, months: int) -> Ints:
    """How many of a company's people left in each month."""
    found = np.zeros((len(companies), months), dtype=np.int64)
    everyone = np.arange(len(companies))
    for nth in range(MOST_CONTACTS):
        left = left_at(setting, companies, everyone, np.full(len(companies), nth))
        month = (left // DAY - setting.first_day) // MONTH
        rows = np.flatnonzero((month >= 0) & (month < months))
        found[rows, month[rows]] += 1
    return found


@dataclass(frozen=True)
class Visits:
    """Those that have come, of every company."""

    account: Ints
    month: Ints
    nth: Ints
    kind: Ints
    at: Ints


def visits_of(
    setting: Setting, companies: Companies, satisfaction: Satisfaction, until: int
) -> Visits:
    account, month = np.nonzero(satisfaction.visits)
    counts = satisfaction.visits[account, month]
    account, month = np.repeat(account, counts), np.repeat(month, counts)
    nth = np.arange(len(account)) - np.repeat(np.cumsum(counts) - counts, counts)
    number = companies.number[account]
    draws = setting.draws
    day = (
        setting.first_day + MONTH * month + draws.whole("visit day", MONTH - 2, number, month, nth)
    )
    at = to_working_day(day) * DAY + 9 * HOUR
    at = at + draws.whole("visit hour", 16, number, month, nth) * HOUR // 2
    come = np.flatnonzero((at <= until) & (at > companies.created_at[account]))
    return Visits(
        account[come],
        month[come],
        nth[come],
        care_kind(setting, number[come], month[come], nth[come]),
        at[come],
    )
