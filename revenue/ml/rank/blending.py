"""Several scores in one: put on one scale, and weighed by what orders later lists best."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np

from revenue.ml.arrays import Flags, Floats, Ints, floats
from revenue.ml.frames import Frame
from revenue.ml.members import Contributions, Member
from revenue.ml.rank.interactions import Matrix
from revenue.ml.rank.learning import margins_of
from revenue.ml.rank.lists import Lists, is_in
from revenue.ml.rank.tops import padded, top_places

Scale = Literal["whole", "list"]
STARTING = {"network": 0.30, "ranker": 0.30, "forest": 0.20, "boosted": 0.20}
COARSE = 0.25  # of the first look at weights, and of those around the best of it
STEPS = (0.1, 0.05)
MOST_STEPS = 10
LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class Scaled:
    """Margins of members as they are added up, with what each was divided by."""

    margins: Floats  # rows by members
    middle: Floats
    spread: Floats


@dataclass(frozen=True, eq=False)
class Blended:
    """Members and their weights; a score is the weighted sum of their scaled margins."""

    members: Mapping[str, Member]
    weights: Floats
    scale: Scale
    middle: Floats  # of each member, over the training window
    spread: Floats

    def scaled(self, frame: Frame, of: Ints) -> Scaled:
        return scaled(margins_of(self.members, frame), of, self.scale, (self.middle, self.spread))

    def contributions(self, frame: Frame, by: Scaled) -> Contributions:
        """By feature; with the base they sum to the score of each row."""
        base, parts = np.zeros(len(frame)), np.zeros((len(frame), len(frame.features)))
        for at, member in enumerate(self.members.values()):
            if self.weights[at]:
                one = member.contributions(frame)
                share = self.weights[at] / by.spread[:, at]
                base += share * (one.base - by.middle[:, at])
                parts += share[:, None] * one.by_feature
        return Contributions(base, parts)

    def only_used(self) -> "Blended":
        """Without those that have no say."""
        used = np.flatnonzero(self.weights > 0)
        names = list(self.members)
        kept = {names[at]: self.members[names[at]] for at in used}
        return Blended(kept, self.weights[used], self.scale, self.middle[used], self.spread[used])

    def as_json(self) -> dict[str, Any]:
        return {
            "members": [{**one.as_json(), "member": name} for name, one in self.members.items()],
            "weights": self.weights.tolist(),
            "scale": self.scale,
            "middle": self.middle.tolist(),
            "spread": self.spread.tolist(),
        }

    def blobs(self) -> dict[str, bytes]:
        return {name: blob for one in self.members.values() for name, blob in one.blobs().items()}


def scaled(margins: Floats, of: Ints, scale: Scale, whole: tuple[Floats, Floats]) -> Scaled:
    """By the training window's mean and spread, or by each list's own."""
    if scale == "whole":
        middle, spread = (np.broadcast_to(one, margins.shape) for one in whole)
    else:
        middle, spread = by_list(margins, of)
    return Scaled(floats((margins - middle) / spread), floats(middle), floats(spread))


def by_list(margins: Floats, of: Ints) -> tuple[Floats, Floats]:
    if not len(of):
        return margins, margins
    sizes = np.maximum(np.bincount(of), 1)
    sums = [np.bincount(of, weights=margins[:, at]) for at in range(margins.shape[1])]
    middle = (np.column_stack(sums) / sizes[:, None])[of]
    off = (margins - middle) ** 2
    sums = [np.bincount(of, weights=off[:, at]) for at in range(margins.shape[1])]
    spread = np.sqrt(np.column_stack(sums) / sizes[:, None])[of]
    return floats(middle), floats(np.where(spread > LEAST, spread, 1.0))


@dataclass(frozen=True, eq=False)
class Bench:
    """Lists with something to find, laid out so that many weights can be tried."""

    margins: Any  # lists by places by members, 32-bit: so many are tried that room counts
    hit: Flags  # lists by places
    is_there: Flags  # some lists are shorter than others
    best: Floats  # the gain of a perfect list
    k: int

    def __len__(self) -> int:
        return len(self.best)

    def ndcg(self, weights: Floats) -> float:
        return float(self.by_list(weights).mean()) if len(self) else 0.0

    def by_list(self, weights: Floats) -> Floats:
        if not self.is_there.size:
            return np.zeros(len(self))
        score = self.margins @ weights.astype(np.float32)
        places = top_places(np.where(self.is_there, score, -np.inf), self.k)
        hit = np.take_along_axis(self.hit, np.maximum(places, 0), axis=1) & (places >= 0)
        return floats(hit @ (1 / np.log2(np.arange(2, self.k + 2))) / self.best)

    def part(self, kept: Flags) -> "Bench":
        return Bench(
            self.margins[kept], self.hit[kept], self.is_there[kept], self.best[kept], self.k
        )


def bench_of(margins: Floats, lists: Lists, wanted: Matrix, *, k: int) -> tuple[Bench, Ints]:
    """And of each of its lists the customer."""
    count = np.diff(wanted.indptr)
    kept = np.flatnonzero(count > 0)
    worth = np.cumsum(1 / np.log2(np.arange(2, k + 2)))
    best = floats(worth[np.minimum(count[kept], k) - 1])
    rows = padded(lists.of, lists=len(lists))[kept]
    hit = is_in(wanted, lists.of, lists.item)
    if not len(hit):
        nothing = np.zeros((len(kept), 0), dtype=np.bool_)
        return Bench(margins[rows], nothing, nothing, best, k), lists.customer[kept]
    bench = Bench(margins.astype(np.float32)[rows], hit[rows], rows >= 0, best, k)
    return bench, lists.customer[kept]


def fit_weights(bench: Bench, *, members: int) -> Floats:
    """On the simplex: a coarse look over all of it, and from its best upward by smaller steps."""
    best = max(simplex(members, COARSE), key=bench.ndcg)
    value = bench.ndcg(best)
    for step in STEPS:
        for _ in range(MOST_STEPS):
            found = max(around(best, step), key=bench.ndcg)
            if bench.ndcg(found) <= value:
                break
            best, value = found, bench.ndcg(found)
    return best


def simplex(members: int, step: float) -> Iterator[Floats]:
    whole = round(1 / step)
    for parts in product(range(whole + 1), repeat=members - 1):
        if sum(parts) <= whole:
            yield floats([*parts, whole - sum(parts)]) / whole


def around(weights: Floats, step: float) -> Iterator[Floats]:
    """A step from one member to another."""
    for giver, taker in product(range(len(weights)), repeat=2):
        if giver != taker and weights[giver] >= step - LEAST:
            moved = weights.copy()
            moved[giver] = max(moved[giver] - step, 0.0)
            moved[taker] += step
            yield moved / moved.sum()


def named(weights: Floats, members: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(weight) for name, weight in zip(members, weights, strict=True)}


def starting(members: Mapping[str, Any]) -> Floats:
    """Of those that learn; what stands beside them begins with nothing."""
    said = floats([STARTING.get(name, 0.0) for name in members])
    return floats(said / said.sum())
