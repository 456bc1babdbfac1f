"""What to suggest to each account of an org now: chunk by chunk, each list whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from django.utils.crypto import salted_hmac

from crosssell.models import CrosssellPolicy, Recommendation
from crosssell.owned.ground import ground_of
from crosssell.owned.suggesting import Owning
from crosssell.policy import policy_of
from crosssell.selling.candidates import SOURCES, Candidates, Sources, candidates_of
from crosssell.selling.catalogue import catalogue_of
from crosssell.selling.dataset import rows_of
from crosssell.selling.features import USUAL, Knowledge, at_places
from crosssell.selling.kind_of import kinds_said
from crosssell.selling.market import SellingMarket
from crosssell.selling.plainly import plain_rates
from crosssell.selling.prices import expected_quantity
from crosssell.selling.reading import orgs_beside, read_past
from crosssell.selling.resting import ended_lately, resting
from crosssell.selling.standing import Events, Standing, standing_of
from crosssell.selling.telling import Telling
from crosssell.selling.training import live_model
from revenue.ml.arrays import Floats, Ints, logit
from revenue.ml.members import Contributions
from revenue.ml.models import ModelRun
from revenue.ml.rank.interactions import Interactions, Matrix
from revenue.ml.rank.lists import Lists
from revenue.ml.rank.ranked import Ranked, RankScores
from revenue.ml.rank.tops import top_rows
from revenue.users.models import Org

CHUNK = 2_000
DIGITS, CENTS = 6, 4
HELD_OUT = "crosssell.held_out"
KINDS_OF_EASE = tuple(way.kind for way in USUAL)


@dataclass(frozen=True, eq=False)
class Offering:
    """The accounts of an org in order of their ids, so that chunks are always the same."""

    org: Org
    run: ModelRun
    ranked: Ranked
    knowledge: Knowledge
    policy: CrosssellPolicy
    orgs: tuple[Org, ...]

    @property
    def standing(self) -> Standing:
        return self.knowledge.standing

    @property
    def as_of(self) -> datetime:
        return self.standing.as_of

    @property
    def horizon_days(self) -> int:
        return int(self.run.report["windows"]["horizon_days"])

    @property
    def place(self) -> int:
        return [one.pk for one in self.orgs].index(self.org.pk)

    @cached_property
    def accounts(self) -> Ints:
        """In order of their ids."""
        catalogue = self.standing.catalogue
        here = np.flatnonzero((catalogue.account_org == self.place) & self.standing.is_there)
        return here[np.argsort(catalogue.account_ref[here].astype(str), kind="stable")]

    @cached_property
    def resting(self) -> Matrix:
        return resting(self.org, self.standing, place=self.place)

    @cached_property
    def past(self) -> Interactions:
        return self.standing.sales.as_interactions(self.standing.catalogue)

    def market(self, lists: Lists) -> SellingMarket:
        return SellingMarket(
            past=self.past,
            lists=lists,
            horizon_days=self.horizon_days,
            vectors=lambda _: self.knowledge.sources.units,
            sold=self.standing.sales,
            customer=self.standing.catalogue.customer,
        )

    def parts(self, *, after: str = "") -> Iterator[Ints]:
        refs = self.standing.catalogue.account_ref[self.accounts].astype(str)
        left = self.accounts[refs > after]
        for first in range(0, len(left), CHUNK):
            yield left[first : first + CHUNK]

    def rows(self, accounts: Ints) -> list[dict[str, Any]]:
        """The best of each account, and what it has that runs out or may grow, as they are kept."""
        found = rows_told(self, self.best(accounts))
        named = {(row["account_ref"], row["product_ref"]) for row in found}
        owned = self.of_owned(accounts)
        more = [row for row in owned if (row["account_ref"], row["product_ref"]) not in named]
        return [*found, *more]

    @cached_property
    def owning(self) -> Owning:
        ground = ground_of(
            org=self.org,
            standing=self.standing,
            place=self.place,
            as_of=self.as_of,
            days=self.policy.horizon_days,
        )
        return Owning(ground)

    def of_owned(self, accounts: Ints) -> list[dict[str, Any]]:
        """After what is new; what is being sold already, or rests, is not told again.

        Nobody is left in the dark about what ends: of that nothing is held out.
        """
        found = []
        for account in accounts.tolist():
            ref = str(self.standing.catalogue.account_ref[account])
            rows = self.owning.by_account.get(ref, [])
            kept = [row for row in rows if (ref, row["product_ref"]) not in self.left_alone]
            for nth, row in enumerate(kept, start=1):
                is_renewal = row["kind"] == Recommendation.Kind.RENEWAL
                held = not is_renewal and is_held_out(
                    self.org, ref, row["product_ref"], share=self.policy.held_out
                )
                found.append({**row, "rank": self.policy.an_account + nth, "is_held_out": held})
        return found

    @cached_property
    def left_alone(self) -> set[tuple[str, str]]:
        return {*self.named(self.standing.offered), *ended_lately(self.org, as_of=self.as_of)}

    def named(self, events: Events) -> Iterator[tuple[str, str]]:
        """Account and product of the org itself."""
        catalogue = self.standing.catalogue
        here = np.flatnonzero(catalogue.account_org[events.account] == self.place)
        for account, item in zip(events.account[here], events.item[here], strict=True):
            for product in products_of(
                catalogue.product_item, catalogue.product_org, item, self.place
            ):
                yield str(catalogue.account_ref[account]), str(catalogue.product_ref[product])

    def best(self, accounts: Ints) -> "Best":
        pairs = candidates_of(
            self.knowledge.sources, accounts, most=self.policy.candidates, is_current=True
        )
        rests = at_places(self.resting, pairs.account, pairs.item) > 0
        pairs = taken(pairs, np.flatnonzero(~rests))
        lists = rows_of(self.knowledge, pairs, accounts)
        scores = self.scored(lists, pairs)
        most = self.policy.an_account
        rows = top_rows(scores.score, lists.of, lists=len(lists), k=most)
        where, rank = np.nonzero(rows >= 0)
        kept = rows[where, rank]
        chosen = lists.rows(kept)
        parts = self.contributions(chosen, scores.take(kept))
        return Best(accounts, taken(pairs, kept), chosen, scores.take(kept), parts, rank + 1)

    def scored(self, lists: Lists, pairs: Candidates) -> RankScores:
        if not self.run.speaks_by_rates:
            return self.ranked.score(self.market(lists))
        rates = plain_rates(self.standing, pairs, horizon_days=self.horizon_days)
        return RankScores(logit(rates), rates, None)

    def contributions(self, lists: Lists, scores: RankScores) -> Contributions:
        if self.run.speaks_by_rates:
            nothing = np.zeros((len(scores.score), len(lists.frame.features)))
            return Contributions(scores.score, nothing)
        return self.ranked.contributions(lists, scores)


@dataclass(frozen=True, eq=False)
class Best:
    accounts: Ints  # all that were asked about
    pairs: Candidates
    lists: Lists
    scores: RankScores
    parts: Contributions
    rank: Ints


def taken(pairs: Candidates, rows: Ints) -> Candidates:
    return Candidates(
        pairs.account[rows],
        pairs.item[rows],
        pairs.sources[rows],
        {name: one[rows] for name, one in pairs.said.items()},
    )


def offering(*, org: Org, as_of: datetime) -> Offering:
    run, ranked = live_model(org)
    orgs = orgs_beside(org)
    past = read_past(orgs=orgs, as_of=as_of)
    standing = standing_of(past, catalogue_of(past))
    ways = tuple(way for way in ranked.ways if way.kind in KINDS_OF_EASE) or USUAL
    return Offering(org, run, ranked, Knowledge(Sources(standing), ways=ways), policy_of(org), orgs)


def rows_told(offer: Offering, best: Best) -> list[dict[str, Any]]:
    standing, catalogue = offer.standing, offer.standing.catalogue
    prices = offer.knowledge.prices
    pairs, scores = best.pairs, best.scores
    product = catalogue.of_org[offer.place, pairs.item]
    price = prices.unit[offer.place, pairs.item]
    quantity = expected_quantity(prices, standing, pairs.account, pairs.item)
    kinds = kinds_said(offer.knowledge, pairs, best.parts, best.lists.frame)
    telling = Telling(offer.knowledge, offer.orgs, offer.place, offer.horizon_days)
    reasons = telling.reasons(pairs, best.lists.frame, best.parts)
    lookalikes = telling.lookalikes(pairs, best.accounts)
    chance = np.clip(np.round(scores.probability, DIGITS), 0, 1)
    value = np.round(price * quantity * chance, CENTS)
    rows = []
    for at in range(len(pairs)):
        ref = str(catalogue.account_ref[pairs.account[at]])
        product_ref = str(catalogue.product_ref[product[at]])
        rows.append(
            {
                "account_ref": ref,
                "product_ref": product_ref,
                "kind": str(kinds[at]),
                "rank": int(best.rank[at]),
                "score": round(float(scores.score[at]), DIGITS),
                "probability": float(chance[at]),
                "price": number(np.round(price[at], CENTS)),
                "quantity": number(quantity[at]),
                "value": number(value[at]),
                "sources": [
                    name for name, is_so in zip(SOURCES, pairs.sources[at], strict=True) if is_so
                ],
                "reasons": reasons[at],
                "lookalikes": lookalikes[at],
                "is_held_out": is_held_out(
                    offer.org, ref, product_ref, share=offer.policy.held_out
                ),
                "expires_on": None,
            }
        )
    return rows


def products_of(item_of: Ints, org_of: Ints, item: int, place: int) -> Ints:
    return np.flatnonzero((item_of == item) & (org_of == place))


def number(value: float | Floats) -> float | None:
    return float(value) if np.isfinite(value) else None


def is_held_out(org: Org, account_ref: str, product_ref: str, *, share: float) -> bool:
    """By chance, and the same whenever it is asked; drawn by nobody without the secret."""
    said = f"{org.slug}\n{account_ref}\n{product_ref}"
    digest = salted_hmac(HELD_OUT, said, algorithm="sha256").digest()
    drawn = int.from_bytes(digest[:8], "big") / 2**64
    return drawn < share
