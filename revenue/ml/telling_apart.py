"""How well a model tells apart within a group, beside all others, and what chance leaves of that.

Two figures: the AUC (does it put those to whom it comes above the others?) and the skill (the share
of the ups and downs around the group's own mean that it tells). Errors are worked out from what
each row pulls at a figure, added up by what hangs together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from revenue.ml.arrays import Flags, Floats, Ints, floats, weighted_mean

LEAST_OF_EACH = 10  # groups to which it came, and to which it did not
FAR_SKILLS = {"auc": 0.05, "skill": 0.05}
LOTS = 400
Z = 1.645  # nine in ten


@dataclass(frozen=True, eq=False)
class Rows:
    came: Floats
    said: Floats
    weight: Floats
    group: Ints

    def take(self, here: Flags) -> "Rows":
        return Rows(self.came[here], self.said[here], self.weight[here], self.group[here])


@dataclass(frozen=True, eq=False)
class Figure:
    """A number, and by row how far it moves it."""

    value: float
    pull: Floats


def auc_of(rows: Rows) -> Figure | None:
    """By DeLong's parts: of each row the share of the other side that it stands right to."""
    won, lost = rows.weight * rows.came, rows.weight * (1 - rows.came)
    if won.sum() <= 0 or lost.sum() <= 0:
        return None
    _, place = np.unique(rows.said, return_inverse=True)
    below = share_below(place, lost)
    above = 1 - share_below(place, won)
    value = float((won * below).sum() / won.sum())
    pull = won * (below - value) / won.sum() + lost * (above - value) / lost.sum()
    return Figure(value, floats(pull))


def share_below(place: Ints, heavy: Floats) -> Floats:
    """Of a side, how much of it lies below each row; of what lies level, half."""
    sums = np.bincount(place, weights=heavy)
    return floats(((np.cumsum(sums) - sums / 2) / heavy.sum())[place])


def skill_of(rows: Rows) -> Figure | None:
    mean = weighted_mean(rows.came, rows.weight)
    wrong = rows.weight * (rows.said - rows.came) ** 2
    spread = rows.weight * (rows.came - mean) ** 2
    if spread.sum() <= 0:
        return None
    left = float(wrong.sum() / spread.sum())
    return Figure(1 - left, floats((left * spread - wrong) / spread.sum()))


def beside_others(rows: Rows, here: Flags, *, kind: str, seed: int) -> dict[str, Any]:
    """Each figure here, nine in ten, how far it is from all others, and the chance of that."""
    degrees = freedom(rows.take(here), kind=kind)
    if min(degrees, freedom(rows.take(~here), kind=kind)) < LEAST_OF_EACH:
        return {}
    found: dict[str, Any] = {}
    for name, measure in (("auc", auc_of), ("skill", skill_of)):
        inside, outside = measure(rows.take(here)), measure(rows.take(~here))
        if inside is None or outside is None or (name == "auc" and kind != "chance"):
            continue
        pull = np.zeros(len(here))
        pull[here], pull[~here] = inside.pull, -outside.pull
        apart = inside.value - outside.value
        own, error = error_of(inside.pull, rows.group[here]), error_of(pull, rows.group)
        chance = 2 * float(stats.t.sf(abs(apart) / error, degrees - 1)) if error > 0 else 1.0
        if kind == "amount":
            chance = max(chance, as_often_by_lot(rows, here, apart, seed=seed))
        found |= {
            name: inside.value,
            f"{name}_low": max(inside.value - Z * own, 0.0 if name == "auc" else -np.inf),
            f"{name}_high": min(inside.value + Z * own, 1.0),
            f"{name}_beside": apart,
            f"{name}_p": chance,
        }
    return found


def freedom(rows: Rows, *, kind: str) -> int:
    """How many things speak, of the rarer outcome."""
    if kind != "chance":
        return len(np.unique(rows.group))
    return min(len(np.unique(rows.group[rows.came == one])) for one in (0.0, 1.0))


def error_of(pull: Floats, group: Ints) -> float:
    return float(
        np.sqrt((np.bincount(np.unique(group, return_inverse=True)[1], weights=pull) ** 2).sum())
    )


def as_often_by_lot(rows: Rows, here: Flags, apart: float, *, seed: int) -> float:
    """How often as many drawn by lot are told as unlike the others: of amounts a few weigh most."""
    _, codes = np.unique(rows.group, return_inverse=True)
    parts = (
        np.ones(len(rows.came)),
        rows.came,
        rows.came**2,
        (rows.said - rows.came) ** 2,
    )
    sums = np.stack([np.bincount(codes, weights=rows.weight * one) for one in parts])
    number = len(np.unique(codes[here]))
    rng = np.random.default_rng(seed)
    drawn = np.array([rng.permutation(sums.shape[1])[:number] for _ in range(LOTS)])
    inside = sums[:, drawn].sum(axis=2)
    outside = sums.sum(axis=1, keepdims=True) - inside
    by_lot = skill_by_sums(inside) - skill_by_sums(outside)
    return float((np.abs(by_lot) >= abs(apart)).mean())


def skill_by_sums(sums: Floats) -> Floats:
    heavy, came, squares, wrong = sums
    spread = squares - came**2 / heavy
    return floats(1 - np.divide(wrong, spread, out=np.ones_like(wrong), where=spread > 0))
