"""What is hidden in the simulated company, for tests and for the oracle that models are held to.

Nothing here is ever synced, and no page, task or model may import it: whoever asks knows what a
model has to find out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import NormalDist

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo import futures
from accounts.connectors.demo.calendar import DAY, HOUR, day_of
from accounts.connectors.demo.chunk import Chunk
from accounts.connectors.demo.connector import open_world
from accounts.connectors.demo.draws import Bools, Floats, Ints, logistic
from accounts.connectors.demo.expected import Worth, expected_of
from accounts.connectors.demo.ids import ids
from accounts.connectors.demo.leads import (
    DAYS_BEFORE_END,
    DAYS_TO_END,
    HOURS_VARY,
    USUAL_HOURS,
    answer_effect,
)
from accounts.connectors.demo.life import FALLS
from accounts.connectors.demo.products import (
    COUNT,
    FOLLOWS,
    NEEDS_FIRST,
    OWNED,
    likings,
)
from accounts.connectors.demo.satisfaction import CARE, uplift
from accounts.connectors.demo.world import World
from revenue.users.models import Org

QUANTILES = 60
DAYS_OF_CARE = 90


@dataclass(frozen=True)
class Planted:
    cause: str
    where: str  # an industry, a group of sellers or a stage; nothing where all are touched
    since: date
    logit: float  # added to the score of a deal in each week


@dataclass(frozen=True)
class WinChances:
    """Of each deal that is open then; `won_by` and `lost_by` are by the end of each week."""

    ids: list[str]
    won: Floats
    won_by: Floats = field(repr=False)
    lost_by: Floats = field(repr=False)


def truth_of(org: Org, *, at: datetime) -> "Truth":
    return Truth(open_world(org, at=at))


class Truth:
    def __init__(self, world: World) -> None:
        self.world = world
        self.pod = world.setting.pod
        self.worths: dict[int, Worth] = {}

    def planted(self) -> Planted:
        setting = self.world.setting
        plant = setting.plant
        group = list(setting.market.regions)[plant.group % len(setting.market.regions)]
        where = {
            "segment_rate": plant.industry,
            "mix_shift": plant.industry,
            "seller_group": group,
            "stage_conversion": e.STAGES[plant.stage],
        }
        return Planted(
            plant.cause,
            where.get(plant.cause, ""),
            day_of(setting.plant_day),
            FALLS.get(plant.cause, 0.0) * plant.strength,
        )

    def win_chances(
        self, as_of: datetime, *, copies: int = futures.COPIES, weeks: int = futures.WEEKS
    ) -> WinChances:
        """Of many futures that might follow, in how many each open deal is won."""
        found = [
            futures.of_open_deals(chunk, copies=copies, weeks=weeks) for chunk in self.chunks(as_of)
        ]
        number, won, won_by, lost_by = (np.concatenate(part) for part in zip(*found, strict=True))
        return WinChances(ids("Opportunity", self.pod, number), won, won_by, lost_by)

    def win_probability(self, as_of: datetime, *, copies: int = futures.COPIES) -> dict[str, float]:
        chances = self.win_chances(as_of, copies=copies, weeks=1)
        return dict(zip(chances.ids, chances.won.tolist(), strict=True))

    def lead_conversion(self, as_of: datetime, *, days: int = 90) -> dict[str, float]:
        """Of each lead that is open then: that it converts within so many days."""
        found: dict[str, float] = {}
        for chunk in self.chunks(as_of):
            leads = chunk.leads
            here = (leads.closed_at > chunk.until) & (leads.deleted_at > chunk.until)
            chance = _lead_chance(chunk, days)
            found |= self._by_id("Lead", leads.number[here], chance[here])
        return found

    def satisfaction(self, as_of: datetime) -> dict[str, float]:
        """Of every account; around 0, the higher the better."""
        found: dict[str, float] = {}
        for chunk in self.chunks(as_of):
            health = chunk.satisfaction.health[:, -1]
            found |= self._by_id("Account", chunk.companies.number, health)
        return found

    def churn(self, as_of: datetime, *, days: int = 180) -> dict[str, float]:
        """Of each that is a customer then: that it leaves within so many days."""
        found: dict[str, float] = {}
        for scene in self.world.at(as_of).scenes():
            chunk = scene.chunk
            here = scene.customers.may_leave(chunk.until)
            chance = futures.churn_within(chunk, days=days)
            found |= self._by_id("Account", chunk.companies.number[here], chance[here])
        return found

    def tastes(self) -> dict[str, dict[str, float]]:
        """How much each account likes each product, whatever it owns."""
        return self._by_account(
            (chunk, likings(chunk.setting, chunk.companies.taste))
            for chunk in self.chunks(self.world.until)
        )

    def appeal(self, as_of: datetime) -> dict[str, dict[str, float]]:
        """What ranks products for an account that moment: liking, what it owns, what follows."""
        return self._by_account(self._appeals(as_of))

    def owned(self, as_of: datetime) -> dict[str, set[str]]:
        products = ids("Product2", self.pod, np.arange(COUNT))
        found: dict[str, set[str]] = {}
        for scene in self.world.at(as_of).scenes():
            accounts = ids("Account", self.pod, scene.chunk.companies.number)
            for account, row in zip(accounts, scene.owned(), strict=True):
                found[account] = {products[place] for place in np.flatnonzero(row)}
        return found

    def action_effects(self, as_of: datetime) -> dict[str, dict[str, float]]:
        """Of one more visit of each kind: how many more deals begin in the ninety days after."""
        found: dict[str, dict[str, float]] = {}
        for chunk in self.chunks(as_of):
            companies, dose = chunk.companies, chunk.satisfaction.dose[:, -1]
            usual = companies.deals_a_day * DAYS_OF_CARE
            usual = usual * np.exp(e.HEALTH_ON_DEALS * chunk.satisfaction.health[:, -1])
            worth = e.CARE_WORTH[companies.size]
            more = uplift(dose[:, None] + worth) - uplift(dose)[:, None]
            for account, gains in zip(
                ids("Account", self.pod, companies.number),
                (usual[:, None] * more).tolist(),
                strict=True,
            ):
                found[account] = dict(zip(CARE, gains, strict=True))
        return found

    def expected_revenue(self, as_of: datetime, *, days: int = 180) -> dict[str, float]:
        """Of each account what will be won of it on average, in the corporate currency.

        What one that knows all that is hidden but chance itself would say.
        """
        if days not in self.worths:
            self.worths[days] = Worth(list(self.chunks(self.world.until)), days=days)
        found: dict[str, float] = {}
        for chunk in self.chunks(as_of):
            value = expected_of(chunk, self.worths[days])
            found |= self._by_id("Account", chunk.companies.number, value)
        return found

    def seller_skill(self) -> dict[str, float]:
        sellers = next(self.chunks(self.world.until)).sellers
        return self._by_id("User", np.flatnonzero(sellers.sells), sellers.skill[sellers.sells])

    def chunks(self, as_of: datetime) -> Iterator[Chunk]:
        return (scene.chunk for scene in self.world.at(as_of).scenes())

    def _appeals(self, as_of: datetime) -> Iterator[tuple[Chunk, Floats]]:
        for scene in self.world.at(as_of).scenes():
            owned: Bools = scene.owned()
            score = likings(scene.chunk.setting, scene.chunk.companies.taste) + OWNED * owned
            for later, first in FOLLOWS.items():
                score[:, later] += np.where(owned[:, first], NEEDS_FIRST, -NEEDS_FIRST)
            yield scene.chunk, score

    def _by_account(self, parts: Iterable[tuple[Chunk, Floats]]) -> dict[str, dict[str, float]]:
        products = ids("Product2", self.pod, np.arange(COUNT))
        found: dict[str, dict[str, float]] = {}
        for chunk, values in parts:
            accounts = ids("Account", self.pod, chunk.companies.number)
            for account, row in zip(accounts, values.tolist(), strict=True):
                found[account] = dict(zip(products, row, strict=True))
        return found

    def _by_id(self, name: str, number: Ints, values: Floats) -> dict[str, float]:
        return dict(zip(ids(name, self.pod, number), values.tolist(), strict=True))


def _lead_chance(chunk: Chunk, days: int) -> Floats:
    """Given what has happened: it is not decided yet, and was answered after so long or not yet."""
    leads, now = chunk.leads, chunk.until
    answered = leads.answered_at <= now
    waited = np.maximum((now - leads.created_at) / HOUR, 0.01)
    # Of one that nobody has answered, every delay that is still possible counts.
    steps = (np.arange(QUANTILES) + 0.5) / QUANTILES
    delays = np.exp(USUAL_HOURS + HOURS_VARY * _normal_quantile(steps))
    weights = (delays[None, :] > waited[:, None]) + 1e-9
    open_chance = logistic(leads.known_score[:, None] + answer_effect(delays)[None, :])
    waiting = (weights * open_chance).sum(axis=1) / weights.sum(axis=1)
    chance = np.where(answered, leads.chance, waiting)
    since = np.where(answered, (now - leads.answered_at) / DAY, 0.0)
    still_yes, late_yes = (_undecided(since + more, DAYS_BEFORE_END[0]) for more in (0, days))
    still_no = _undecided(since, DAYS_BEFORE_END[1])
    both = chance * still_yes + (1 - chance) * still_no
    return np.asarray(chance * (still_yes - late_yes) / np.maximum(both, 1e-12))


def _undecided(days: Floats, at_least: int) -> Floats:
    """That a lead of which the outcome is settled is still open so many days after the answer."""
    return np.asarray(np.exp(-np.maximum(days - at_least, 0.0) / DAYS_TO_END))


def _normal_quantile(shares: Floats) -> Floats:
    return np.array([NormalDist().inv_cdf(share) for share in shares.tolist()])


def same_customers(worlds: Iterable[World]) -> list[frozenset[tuple[str, str]]]:
    """Accounts of several orgs that are one customer, as (org, id); without entries made twice."""
    groups: dict[int, set[tuple[str, str]]] = {}
    for world in worlds:
        for scene in world.scenes():
            companies = scene.chunk.companies
            kept = companies.twin_of < 0
            named = ids("Account", world.setting.pod, companies.number[kept])
            for company, account in zip(companies.company[kept].tolist(), named, strict=True):
                groups.setdefault(company, set()).add((world.setting.org_slug, account))
    return sorted((frozenset(group) for group in groups.values() if len(group) > 1), key=sorted)
