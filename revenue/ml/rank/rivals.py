"""What a ranking has to beat: each says how well a product suits a customer as of a moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.frames import FrameError
from revenue.ml.rank.ease import fit_ease
from revenue.ml.rank.interactions import DAY, Interactions, Matrix, seconds
from revenue.ml.rank.items import fit_cosine, fit_jaccard, fit_lift, fit_next
from revenue.ml.rank.judging import Judgement, K, joined, judge
from revenue.ml.rank.likeness import fit_lookalike
from revenue.ml.rank.lists import Lists, Market, Vectors
from revenue.ml.rank.tops import CELLS, top_places

RECENT_DAYS = 90
EVEN = 1e-6  # of a customer, so that popularity parts what is even
TITLES = {
    "random": "Random",
    "popular": "Popularity",
    "recent": "Recent popularity",
    "similarity": "Look-alike customers",
    "cosine": "Item-item (cosine)",
    "jaccard": "Item-item (Jaccard)",
    "lift": "Bought together (lift)",
    "next": "Next in sequence",
    "ease": "EASE",
    "ease_recent": "EASE, recent purchases first",
}
PLAIN = ("random", "popular", "recent")  # says the same to everybody, or nothing


class Scorer(Protocol):
    def scores(self, customers: Ints) -> Floats:
        """Customers by products; more is better."""
        ...


@dataclass(frozen=True)
class Way:
    """A rival by name, with what it was set to; it is fitted anew as of each moment."""

    kind: str
    options: Mapping[str, float] = field(default_factory=dict)

    def fit(self, past: Interactions, *, at: int, vectors: Vectors | None = None) -> Scorer:
        """Of what was known at that moment; those that resemble each other go by vectors."""
        known = past.by(at)
        if self.kind == "similarity":
            of_all = vectors(at) if vectors is not None else None
            return fit_lookalike(known, vectors=of_all, **self.options)
        if self.kind not in FITS:
            raise FrameError(f"There is no way of ranking named {self.kind!r}.")
        when = {"at": at} if self.kind in DATED else {}
        found: Scorer = FITS[self.kind](known, **when, **self.options)
        return found

    @property
    def title(self) -> str:
        return TITLES[self.kind]

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "options": dict(self.options)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Way":
        return cls(data["kind"], dict(data["options"]))


@dataclass(frozen=True, eq=False)
class Same:
    """The same of each product for everybody."""

    of_items: Floats

    def scores(self, customers: Ints) -> Floats:
        return np.tile(self.of_items, (len(customers), 1))


@dataclass(frozen=True)
class Chance:
    """By the seed and the customer, so that it matters not who is asked with whom."""

    n_items: int
    seed: int

    def scores(self, customers: Ints) -> Floats:
        rows = [
            np.random.default_rng([self.seed, int(one)]).random(self.n_items) for one in customers
        ]
        return floats(rows).reshape(len(customers), self.n_items)


def fit_popular(past: Interactions) -> Same:
    """By how many customers ever bought it."""
    return Same(floats(past.owned().sum(axis=0)))


def fit_recent(past: Interactions, *, at: int, days: float = RECENT_DAYS) -> Same:
    """By how many bought it lately; those of before only part what is even."""
    lately = past.between(seconds(at) - int(days * DAY), at).owned().sum(axis=0)
    ever = floats(past.owned().sum(axis=0))
    return Same(floats(floats(lately) + EVEN * ever))


def fit_random(past: Interactions, *, seed: float = 0) -> Chance:
    return Chance(past.n_items, int(seed))


FITS: dict[str, Any] = {
    "random": fit_random,
    "popular": fit_popular,
    "recent": fit_recent,
    "cosine": fit_cosine,
    "jaccard": fit_jaccard,
    "lift": fit_lift,
    "next": fit_next,
    "ease": fit_ease,
    "ease_recent": fit_ease,
}
DATED = ("recent", "next", "ease", "ease_recent")  # what is late weighs less
WAYS = (
    Way("random"),
    Way("popular"),
    Way("recent"),
    Way("similarity"),
    Way("cosine"),
    Way("jaccard"),
    Way("lift"),
    Way("next"),
)


def in_chunks(customers: Ints, *, width: int) -> Iterator[slice]:
    """So many customers at once that their scores stay within a bounded table."""
    step = max(CELLS // max(width, 1), 1)
    for first in range(0, len(customers), step):
        yield slice(first, first + step)


def tops_of(scorer: Scorer, barred: Matrix, *, customers: Ints, k: int = K) -> Ints:
    """Of each customer the k best of all products that may be offered to it."""
    found = np.full((len(customers), k), -1, dtype=np.int64)
    for part in in_chunks(customers, width=barred.shape[1]):
        scores = scorer.scores(customers[part])
        theirs = barred[customers[part]]
        scores[np.repeat(np.arange(len(scores)), np.diff(theirs.indptr)), theirs.indices] = -np.inf
        found[part] = top_places(scores, k)
    return found


@dataclass(frozen=True, eq=False)
class OfMarket:
    """Asked about customers of lists, where what was learned from may call them otherwise."""

    scorer: Scorer
    market: Market

    def scores(self, customers: Ints) -> Floats:
        return self.scorer.scores(self.market.people(customers))


def fitted(way: Way, market: Market, *, at: int) -> OfMarket:
    return OfMarket(way.fit(market.past, at=at, vectors=market.vectors), market)


def judge_way(way: Way, market: Market, lists: Lists, *, k: int = K) -> Judgement:
    """Over the full catalogue, each list as of its own moment."""
    parts, seen = [], set[int]()
    for at in lists.moments:
        here = lists.customer[lists.at == at]
        scorer = fitted(way, market, at=int(at))
        tops = tops_of(scorer, market.barred(int(at)), customers=here, k=k)
        wanted = market.later(lists.only(lists.at == at))
        parts.append(judge(tops, wanted, customer=here))
        seen |= set(np.unique(tops[tops >= 0]).tolist())
    return joined(parts, coverage=len(seen) / max(market.past.n_items, 1))


def scores_of(way: Way, market: Market, lists: Lists) -> Floats:
    """Of the rows alone."""
    found = np.zeros(len(lists.of))
    at = lists.at[lists.of]
    for one in lists.moments:
        rows = np.flatnonzero(at == one)
        scorer = fitted(way, market, at=int(one))
        customer = lists.customer[lists.of[rows]]
        found[rows] = pair_scores(scorer, customer, lists.item[rows], width=market.past.n_items)
    return found


def pair_scores(scorer: Scorer, customer: Ints, item: Ints, *, width: int) -> Floats:
    found = np.zeros(len(customer))
    people, place = np.unique(customer, return_inverse=True)
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(len(people) + 1))
    for part in in_chunks(people, width=width):
        scores = scorer.scores(people[part])
        last = min(part.stop, len(people))
        rows = order[ends[part.start] : ends[last]]
        found[rows] = scores[place[rows] - part.start, item[rows]]
    return found
