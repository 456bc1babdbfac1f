"""What each account will bring on average, for whoever knows rates, moods, skills and tastes."""

import numpy as np
from sklearn.linear_model import PoissonRegressor

from accounts.connectors.demo import effects as e
from accounts.connectors.demo import futures
from accounts.connectors.demo.calendar import DAY, NEVER, WEEK
from accounts.connectors.demo.chunk import Chunk
from accounts.connectors.demo.draws import Floats, Ints
from accounts.connectors.demo.satisfaction import MONTH, uplift
from accounts.connectors.demo.setting import INDUSTRY_NAMES, Setting
from accounts.connectors.demo.tables_people import rates

COPIES = 48
SIZES = 3
SETTLED_DAYS = 30
REST_AFTER_A_DEAL = 2  # days before the next may begin


class Worth:
    """What a deal is worth on the day it begins, by how long it has left: learned once from all
    deals of the company, with what is hidden in each account."""

    def __init__(self, chunks: list[Chunk], *, days: int) -> None:
        self.days = days
        self.setting = chunks[0].setting
        self.worth = worth_of_currencies(self.setting, chunks[0].until)
        self.marks = np.linspace(0, days, 7)[1:]
        parts = [self.told(chunk) for chunk in chunks]
        facts = np.concatenate([part[0] for part in parts])
        sizes = np.concatenate([part[1] for part in parts])
        brought = np.concatenate([part[2] for part in parts])
        self.unit = max(float(brought[:, -1].mean()), 1.0)
        self.law = PoissonRegressor(alpha=1e-4, max_iter=500).fit(facts, brought[:, -1] / self.unit)
        self.curve = np.stack([brought[sizes == size].mean(axis=0) for size in range(SIZES)])
        self.curve = self.curve / np.maximum(self.curve[:, -1:], 1e-9)

    def told(self, chunk: Chunk) -> tuple[Floats, Ints, Floats]:
        """Of deals that have had the time: facts, size, and what came within each of the marks."""
        deals, story = chunk.deals, chunk.story
        first = (chunk.setting.first_day + SETTLED_DAYS) * DAY
        old = np.flatnonzero(
            (deals.created_at >= first) & (deals.created_at <= chunk.until - self.days * DAY)
        )
        won = (story.outcome[old] == e.WON) & (deals.deleted_at[old] == NEVER)
        taken = (story.closed_at[old] - deals.created_at[old]) / DAY
        money = deals.amount[old] / 100 / self.worth[deals.currency[old]]
        brought = np.where(won[:, None] & (taken[:, None] <= self.marks), money[:, None], 0.0)
        account = deals.account[old]
        feeling = chunk.satisfaction.at(account, deals.created_at[old] // DAY)
        return facts_of(chunk, account, feeling), deals.size[old], brought

    def of(self, chunk: Chunk, *, feeling: Floats, left: float) -> Floats:
        """Of each company, a deal that begins with so many days left."""
        everyone = np.arange(len(chunk.companies))
        whole = self.unit * self.law.predict(facts_of(chunk, everyone, feeling))
        known = np.concatenate([np.zeros((SIZES, 1)), self.curve], axis=1)
        at = np.concatenate([[0.0], self.marks])
        share = np.array([np.interp(left, at, known[size]) for size in range(SIZES)])
        return np.asarray(whole * share[chunk.companies.size])


def facts_of(chunk: Chunk, account: Ints, feeling: Floats) -> Floats:
    companies = chunk.companies
    size = np.eye(SIZES)[companies.size[account]]
    industry = np.eye(len(INDUSTRY_NAMES))[companies.industry[account]]
    warmth = companies.warmth[account] + 0.45 * companies.was_customer[account]
    skill = chunk.sellers.skill[companies.owner[account]]
    return np.column_stack([size, industry, companies.region[account], warmth, skill, feeling])


def worth_of_currencies(setting: Setting, until: int) -> Floats:
    """Of each currency, how much of it is one of the corporate one."""
    table = rates(setting, until)
    rows = list(table.rows(np.arange(len(table.numbers) - 3, len(table.numbers))))
    return np.array([float(row["ConversionRate"]) for row in rows])


def expected_of(chunk: Chunk, worth: Worth) -> Floats:
    """Of each company of the chunk, within the days that `worth` looks ahead."""
    return of_open_deals(chunk, worth) + of_new_deals(chunk, worth)


def of_open_deals(chunk: Chunk, worth: Worth) -> Floats:
    weeks = max(worth.days * DAY // WEEK, 1)
    number, _, won_by, _ = futures.of_open_deals(chunk, copies=COPIES, weeks=weeks)
    deals = chunk.deals
    place = np.searchsorted(deals.number, number, sorter=np.argsort(deals.number))
    row = np.argsort(deals.number)[place]
    money = deals.amount[row] / 100 / worth.worth[deals.currency[row]]
    found = np.zeros(len(chunk.companies))
    np.add.at(found, deals.account[row], won_by[:, -1] * money)
    return found


def of_new_deals(chunk: Chunk, worth: Worth) -> Floats:
    """Month by month: how many begin, and what one that begins then brings in what is left."""
    companies, satisfaction = chunk.companies, chunk.satisfaction
    feeling, dose = satisfaction.health[:, -1], satisfaction.dose[:, -1]
    usual = satisfaction.dose.mean(axis=1)
    gap = 1 / np.maximum(companies.deals_a_day * e.MOST_DEALS, 1e-9)
    often = np.where(companies.deals_a_day > 0, 1 / (REST_AFTER_A_DEAL + gap), 0.0)
    found = np.zeros(len(companies))
    for month in range(worth.days // MONTH):
        stays = e.SATISFACTION_STAYS**month
        mean = stays * feeling
        spread = e.SATISFACTION_MOVES**2 * (1 - stays**2) / (1 - e.SATISFACTION_STAYS**2)
        liking = np.exp(e.HEALTH_ON_DEALS * mean + e.HEALTH_ON_DEALS**2 * spread / 2)
        care = uplift(dose if month == 0 else usual)
        wanted = np.minimum(liking * (1 + care), e.MOST_DEALS) / e.MOST_DEALS
        left = worth.days - MONTH * (month + 0.5)
        found += often * MONTH * wanted * worth.of(chunk, feeling=mean, left=left)
    return found
