"""How good, measured on rows that took no part in the making, beside what it has to beat."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from revenue.ml.arrays import Floats, Ints, floats, log_losses, weighted_mean

BIN_EDGES = np.linspace(0, 1, 11)


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What was said and what came, row by row; a group's rows hang together."""

    label: Floats
    probability: Floats
    weight: Floats
    group: Ints

    def __len__(self) -> int:
        return len(self.label)

    def saying(self, probability: Floats | float) -> "Outcomes":
        said = np.broadcast_to(floats(probability), self.label.shape)
        return Outcomes(self.label, said, self.weight, self.group)

    def take(self, rows: Any) -> "Outcomes":
        return Outcomes(
            self.label[rows], self.probability[rows], self.weight[rows], self.group[rows]
        )

    @property
    def has_both(self) -> bool:
        return len(np.unique(self.label[self.weight > 0])) > 1

    @property
    def brier(self) -> Floats:
        return floats((self.label - self.probability) ** 2)

    @property
    def log_loss(self) -> Floats:
        return log_losses(self.label, self.probability)


def auc(outcomes: Outcomes) -> float | None:
    if not outcomes.has_both:
        return None
    return float(roc_auc_score(outcomes.label, outcomes.probability, sample_weight=outcomes.weight))


def metrics(outcomes: Outcomes) -> dict[str, Any]:
    precision = None
    if outcomes.has_both:
        found = average_precision_score(
            outcomes.label, outcomes.probability, sample_weight=outcomes.weight
        )
        precision = float(found)
    return {
        "auc": auc(outcomes),
        "average_precision": precision,
        "log_loss": weighted_mean(outcomes.log_loss, outcomes.weight),
        "brier": weighted_mean(outcomes.brier, outcomes.weight),
        "ece": expected_error(outcomes),
        "ece_by_chance": error_by_chance(outcomes),
        "rate": weighted_mean(outcomes.label, outcomes.weight),
        "mean_probability": weighted_mean(outcomes.probability, outcomes.weight),
        "rows": len(outcomes),
        "groups": len(np.unique(outcomes.group)),
    }


def reliability(outcomes: Outcomes) -> list[dict[str, Any]]:
    """Of those scored in each tenth, how many came true, with a 90 % interval (Wilson's)."""
    place = np.clip(np.searchsorted(BIN_EDGES, outcomes.probability, side="right") - 1, 0, 9)
    bins = []
    for one in range(10):
        here = place == one
        if here.any():
            inside = outcomes.take(here)
            rate = weighted_mean(inside.label, inside.weight)
            deals = float(inside.weight.sum())
            low, high = wilson(rate, deals)
            bins.append(
                {
                    "from": float(BIN_EDGES[one]),
                    "to": float(BIN_EDGES[one + 1]),
                    "said": weighted_mean(inside.probability, inside.weight),
                    "came": rate,
                    "low": low,
                    "high": high,
                    "weight": deals,
                    "groups": len(np.unique(inside.group)),
                }
            )
    return bins


def wilson(rate: float, count: float, *, z: float = 1.645) -> tuple[float, float]:
    if count <= 0:
        return 0.0, 1.0
    middle = (rate + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(rate * (1 - rate) / count + (z / count) ** 2 / 4)
    return float(max(middle - half, 0)), float(min(middle + half, 1))


def expected_error(outcomes: Outcomes, *, bins: int = 10) -> float:
    """ECE over bins that hold as many deals each, so that no bin is a handful."""
    off = outcomes.weight * (outcomes.label - outcomes.probability)
    found = np.abs(np.bincount(even_bins(outcomes, bins), weights=off)).sum()
    return float(found / outcomes.weight.sum())


def error_by_chance(outcomes: Outcomes, *, bins: int = 10) -> float:
    """The ECE that a perfect model exceeds one time in twenty, with so many deals and no more."""
    place = even_bins(outcomes, bins)
    cells, cell = np.unique(np.stack([place, outcomes.group]), axis=1, return_inverse=True)
    heavy = np.bincount(cell.ravel(), weights=outcomes.weight)
    said = np.bincount(cell.ravel(), weights=outcomes.weight * outcomes.probability)
    said = np.divide(said, heavy, out=np.zeros_like(said), where=heavy > 0)
    spread = np.bincount(cells[0], weights=heavy**2 * said * (1 - said))
    mean = np.sqrt(2 / np.pi * spread).sum()
    above = 1.645 * np.sqrt((1 - 2 / np.pi) * spread.sum())
    return float((mean + above) / outcomes.weight.sum())


def even_bins(outcomes: Outcomes, bins: int) -> Ints:
    order = np.argsort(outcomes.probability, kind="stable")
    reached = outcomes.weight[order].cumsum()
    place = np.zeros(len(outcomes), dtype=np.int64)
    place[order] = np.minimum((reached / reached[-1] * bins - 1e-9).astype(int), bins - 1)
    return place


def lift(outcomes: Outcomes, *, parts: int = 10) -> list[dict[str, float]]:
    """Best first: how many more came true than among all, and the share of all that is found."""
    order = np.argsort(-outcomes.probability, kind="stable")
    heavy, won = outcomes.weight[order], (outcomes.weight * outcomes.label)[order]
    share, found = heavy.cumsum() / heavy.sum(), won.cumsum()
    rows = []
    for part in range(1, parts + 1):
        upto = min(int(np.searchsorted(share, part / parts - 1e-9)), len(share) - 1)
        gained = float(found[upto] / found[-1]) if found[-1] else 0.0
        taken = float(share[upto])
        rows.append({"share": part / parts, "found": gained, "lift": gained / taken})
    return rows


def confusion(outcomes: Outcomes) -> dict[str, float]:
    """At the threshold where won and lost are told apart best (Youden)."""
    order = np.argsort(-outcomes.probability, kind="stable")
    said = outcomes.probability[order]
    won, lost = outcomes.weight * outcomes.label, outcomes.weight * (1 - outcomes.label)
    true, false = won[order].cumsum(), lost[order].cumsum()
    last = np.append(said[1:] != said[:-1], True)
    gain = np.where(last, true / max(true[-1], 1e-12) - false / max(false[-1], 1e-12), -np.inf)
    best = int(np.argmax(gain))
    hit, wrong = float(true[best]), float(false[best])
    missed = float(true[-1] - hit)
    return {
        "threshold": float(said[best]),
        "true_positive": hit,
        "false_positive": wrong,
        "false_negative": missed,
        "true_negative": float(false[-1] - wrong),
        "precision": hit / max(hit + wrong, 1e-12),
        "recall": hit / max(hit + missed, 1e-12),
    }


@dataclass(frozen=True)
class Skill:
    """How much of the baseline's loss is gone: 0 no better, 1 perfect."""

    value: float
    low: float
    high: float
    chance: float  # of being better than the baseline, by the bootstrap

    def as_json(self) -> dict[str, float]:
        return dict(self.__dict__)


class Judgeable(Protocol):
    """Rows with losses by name, their weights and what hangs together."""

    @property
    def weight(self) -> Floats: ...

    @property
    def group(self) -> Ints: ...


def skill(
    outcomes: Judgeable,
    baseline: Judgeable,
    *,
    by: str = "brier",
    bootstraps: int = 400,
    seed: int = 0,
) -> Skill:
    """With a 90 % interval over groups drawn again: the moments of a deal are one observation."""
    _, place = np.unique(outcomes.group, return_inverse=True)
    ours = np.bincount(place, weights=outcomes.weight * getattr(outcomes, by))
    theirs = np.bincount(place, weights=baseline.weight * getattr(baseline, by))
    if not theirs.sum():
        return Skill(0.0, 0.0, 0.0, 0.0)
    drawn = draws(len(ours), bootstraps=bootstraps, seed=seed)
    values = 1 - (drawn @ ours) / np.maximum(drawn @ theirs, 1e-12)
    low, high = np.quantile(values, [0.05, 0.95])
    value = float(1 - ours.sum() / theirs.sum())
    return Skill(value, float(low), float(high), float((values > 0).mean()))


def draws(groups: int, *, bootstraps: int, seed: int) -> Floats:
    """How often each group is drawn, by bootstrap."""
    rng = np.random.default_rng(seed)
    counts = [
        np.bincount(rng.integers(0, groups, groups), minlength=groups) for _ in range(bootstraps)
    ]
    return floats(counts)
