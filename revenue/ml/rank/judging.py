"""How good the top of each list is, list by list, over the whole catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.rank.interactions import Matrix
from revenue.ml.rank.lists import is_in

K = 10
FIGURES = ("ndcg", "precision", "recall", "hit_rate", "mrr")
SPREAD = (0.05, 0.95)  # of what the bootstrap draws: a 90 % interval


@dataclass(frozen=True, eq=False)
class Judgement:
    """Of each list with anything to find; what hangs together is the customer."""

    by_list: dict[str, Floats]
    customer: Ints
    coverage: float
    nothing_to_find: int
    k: int = K

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def ndcg(self) -> float:
        return mean_of(self.by_list["ndcg"])

    def figures(self, *, bootstraps: int = 0, seed: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = {name: mean_of(one) for name, one in self.by_list.items()}
        found |= {
            "coverage": self.coverage,
            "lists": len(self),
            "groups": len(np.unique(self.customer)),
            "nothing_to_find": self.nothing_to_find,
        }
        if bootstraps and len(self):
            found["intervals"] = intervals(self, bootstraps=bootstraps, seed=seed)
        return found


def judge(tops: Ints, wanted: Matrix, *, customer: Ints) -> Judgement:
    """`tops` are products, best first, -1 for none; `wanted` is what each list should have found.

    Lists that bought nothing have nothing to be judged by; they are counted apart.
    """
    k, count = tops.shape[1], np.diff(wanted.indptr)
    asked = np.flatnonzero(count > 0)
    shown, sought = tops[asked], count[asked]
    rows = np.broadcast_to(asked[:, None], shown.shape)
    hit = is_in(wanted, rows.ravel(), np.maximum(shown, 0).ravel()).reshape(shown.shape)
    hit &= shown >= 0
    worth = 1 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(worth)[np.minimum(sought, k) - 1]
    hits = hit.sum(axis=1)
    first = np.where(hits > 0, hit.argmax(axis=1) + 1, np.inf)
    by_list = {
        "ndcg": floats(hit @ worth / best),
        "precision": floats(hits / k),
        "recall": floats(hits / sought),
        "hit_rate": floats(hits > 0),
        "mrr": floats(1 / first),
    }
    seen = np.unique(tops[tops >= 0])
    coverage = len(seen) / max(wanted.shape[1], 1)
    return Judgement(by_list, customer[asked], coverage, int((count == 0).sum()), k)


def mean_of(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


def intervals(judged: Judgement, *, bootstraps: int, seed: int) -> dict[str, tuple[float, float]]:
    """90 % intervals over customers drawn again, each with all of its lists."""
    table = np.column_stack([judged.by_list[name] for name in FIGURES])
    drawn = drawn_means(table, judged.customer, bootstraps=bootstraps, seed=seed)
    low, high = np.quantile(drawn, SPREAD, axis=0)
    return {name: (float(low[at]), float(high[at])) for at, name in enumerate(FIGURES)}


@dataclass(frozen=True)
class Gain:
    """How much better than a rival on the same lists, and how surely."""

    value: float  # of NDCG
    low: float
    high: float
    chance: float  # of being better, by the bootstrap
    share: float | None  # of the rival's own

    def as_json(self) -> dict[str, float | None]:
        return dict(self.__dict__)


def gain(ours: Judgement, theirs: Judgement, *, bootstraps: int = 400, seed: int = 0) -> Gain:
    """Paired: both on the same customers, drawn again together."""
    if not len(ours):
        return Gain(0.0, 0.0, 0.0, 0.0, None)
    off = (ours.by_list["ndcg"] - theirs.by_list["ndcg"])[:, None]
    drawn = drawn_means(off, ours.customer, bootstraps=bootstraps, seed=seed)[:, 0]
    low, high = np.quantile(drawn, SPREAD)
    share = mean_of(off[:, 0]) / theirs.ndcg if theirs.ndcg else None
    chance = float((drawn > 0).mean())
    return Gain(mean_of(off[:, 0]), float(low), float(high), chance, share)


def drawn_means(table: Floats, customer: Ints, *, bootstraps: int, seed: int) -> Floats:
    _, place = np.unique(customer, return_inverse=True)
    sums = np.column_stack(
        [floats(np.bincount(place, weights=table[:, at])) for at in range(table.shape[1])]
    )
    sizes = floats(np.bincount(place))
    rng = np.random.default_rng(seed)
    return floats([mean_drawn(sums, sizes, rng) for _ in range(bootstraps)])


def mean_drawn(sums: Floats, sizes: Floats, rng: np.random.Generator) -> Floats:
    times = floats(np.bincount(rng.integers(0, len(sizes), len(sizes)), minlength=len(sizes)))
    return floats(times @ sums / (times @ sizes))


def standard_error(off: Floats, customer: Ints) -> float:
    """Of the mean of what lists differ by, counted by customer."""
    if not len(off):
        return 0.0
    _, place = np.unique(customer, return_inverse=True)
    sums = np.bincount(place, weights=off - off.mean())
    return float(np.sqrt((sums**2).sum()) / len(off))


def joined(parts: Iterable[Judgement], *, coverage: float) -> Judgement:
    """Of several moments in one; what is covered is said for all of them."""
    listed = list(parts)
    return Judgement(
        {name: np.concatenate([one.by_list[name] for one in listed]) for name in FIGURES},
        np.concatenate([one.customer for one in listed]),
        coverage,
        sum(one.nothing_to_find for one in listed),
        listed[0].k if listed else K,
    )
