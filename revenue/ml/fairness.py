"""Is it as good for everyone? Of each industry, country, size and seller: what was said, what came,
how well it tells apart, who is chosen; and where the difference from all others is no chance.

Of many groups some always look bad. What is clear is therefore decided for all of them together
(Benjamini and Hochberg), and only what is large besides is called a disparity.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from revenue.ml.arrays import Flags, Floats, Ints, floats, weighted_mean
from revenue.ml.encode import as_names, as_numbers
from revenue.ml.judging import draws, wilson
from revenue.ml.telling_apart import FAR_SKILLS, Rows, beside_others

Kind = Literal["chance", "amount", "order"]
DIMENSIONS = ("industry", "region", "country", "size", "seller")
SIZE_OF = "employees"
SIZES = (50, 200, 1_000, 5_000)
SIZE_NAMES = ("1 to 49", "50 to 199", "200 to 999", "1,000 to 4,999", "5,000 and more")
LEAST: dict[Kind, int] = {"chance": 20, "amount": 50, "order": 20}
FAR: dict[Kind, float] = {"chance": 0.05, "amount": 0.2, "order": 0.05}  # amounts: of the mean
MOST_VALUES = 12
FALSE_SHARE = 0.05  # of what is called a disparity, expected to be none
CHOSEN_SHARE = 0.2  # the best by what is said
LOTS = 400
Z = 1.645  # nine in ten
NOT_KNOWN = "(not known)"


@dataclass(frozen=True, eq=False)
class Measured:
    """Row by row what was said and what came; of an order, how good each list is."""

    kind: Kind
    came: Floats
    said: Floats
    weight: Floats
    group: Ints  # whose rows hang together

    @property
    def off(self) -> Floats:
        return self.came if self.kind == "order" else floats(self.said - self.came)

    @property
    def far(self) -> float:
        scale = abs(weighted_mean(self.came, self.weight)) if self.kind == "amount" else 1.0
        return FAR[self.kind] * scale

    def take(self, rows: Flags) -> "Measured":
        return Measured(
            self.kind, self.came[rows], self.said[rows], self.weight[rows], self.group[rows]
        )

    @property
    def groups(self) -> int:
        return len(np.unique(self.group))


def fairness(
    measured: Measured, segments: pd.DataFrame, *, bootstraps: int = 200, seed: int = 0
) -> dict[str, Any]:
    """Nothing where the rows tell of no dimension."""
    if not len(measured.came) or not len(segments.columns):
        return {}
    chosen = chosen_of(measured)
    again = {"bootstraps": bootstraps, "seed": seed}
    rows = [
        {"dimension": name, "value": value, **part_of(measured, here, chosen, **again)}
        for name, value, here in parts_of(measured, segments)
    ]
    mark(rows, far=measured.far)
    mark_skills(rows)
    everybody = np.ones(len(measured.came), dtype=np.bool_)
    whole = figures_of(measured, everybody, chosen, **again)
    return {"kind": measured.kind, "far": measured.far, "whole": whole, "groups": rows}


def dimensions_of(values: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """What the rows tell of themselves, be it learned from or only reported on."""
    found = {}
    for name in DIMENSIONS:
        source = segments if name in segments.columns else values
        if name in source.columns and not pd.api.types.is_numeric_dtype(source[name]):
            found[name] = as_names(source[name], missing=NOT_KNOWN).astype(str)
    if "size" not in found and SIZE_OF in values.columns:
        found["size"] = sizes_of(as_numbers(values[SIZE_OF]))
    return pd.DataFrame(found, index=values.index)


def sizes_of(employees: Floats) -> Any:
    place = np.searchsorted(SIZES, employees, side="right")
    names = np.array(SIZE_NAMES, dtype=object)[np.minimum(place, len(SIZES))]
    return np.where(employees > 0, names, NOT_KNOWN)


def parts_of(measured: Measured, segments: pd.DataFrame) -> Iterator[tuple[str, str, Flags]]:
    """The largest values of each dimension, those of which too little is known among them."""
    for name in segments.columns:
        codes, values = pd.factorize(segments[name].astype(str), sort=True)
        pairs = np.unique(np.stack([codes, measured.group]), axis=1)
        counts = np.bincount(pairs[0], minlength=len(values))
        for place in np.argsort(-counts, kind="stable")[:MOST_VALUES].tolist():
            if values[place]:
                yield str(name), str(values[place]), codes == place


def chosen_of(measured: Measured) -> Flags:
    """The fifth of all rows of which most is said."""
    order = np.argsort(-measured.said, kind="stable")
    reached = measured.weight[order].cumsum() / measured.weight.sum()
    found = np.zeros(len(order), dtype=np.bool_)
    found[order[reached <= CHOSEN_SHARE + 1e-9]] = True
    return found


def part_of(
    measured: Measured, here: Flags, chosen: Flags, *, bootstraps: int, seed: int
) -> dict[str, Any]:
    inside = measured.take(here)
    if inside.groups < LEAST[measured.kind] or here.all():
        return {"groups": inside.groups, "is_few": True}
    beside, error = difference(measured, here)
    freedom = inside.groups - 1
    chance = 2 * float(stats.t.sf(abs(beside) / error, freedom)) if error > 0 else 1.0
    if measured.kind == "amount":
        chance = max(chance, as_often_by_lot(measured, here, beside, seed=seed))
    figures = figures_of(measured, here, chosen, bootstraps=bootstraps, seed=seed)
    if measured.kind != "order":
        rows = Rows(measured.came, measured.said, measured.weight, measured.group)
        figures |= beside_others(rows, here, kind=measured.kind, seed=seed)
    return {**figures, "is_few": False, "beside": beside, "error": error, "p": chance}


def figures_of(
    measured: Measured, here: Flags, chosen: Flags, *, bootstraps: int, seed: int
) -> dict[str, Any]:
    inside, found = measured.take(here), {}
    number = inside.groups
    if measured.kind != "order":
        came, said = (weighted_mean(one, inside.weight) for one in (inside.came, inside.said))
        share = weighted_mean(floats(chosen[here]), inside.weight)
        picked = wilson(share, number)
        low, high = wilson(came, number) if measured.kind == "chance" else around(inside, came)
        found = {
            "said": said, "came": came, "low": low, "high": high, "gap": said - came,
            "chosen": share, "chosen_low": picked[0], "chosen_high": picked[1],
        }  # fmt: skip
    figure, figure_low, figure_high = skill_of(inside, bootstraps=bootstraps, seed=seed)
    return {
        "groups": number, **found,
        "figure": figure, "figure_low": figure_low, "figure_high": figure_high,
    }  # fmt: skip


def around(inside: Measured, came: float) -> tuple[float, float]:
    pull = by_group(inside.group, inside.weight * (inside.came - came))
    half = Z * float(np.sqrt((pull**2).sum())) / float(inside.weight.sum())
    return came - half, came + half


def skill_of(inside: Measured, *, bootstraps: int, seed: int) -> tuple[float | None, ...]:
    """Of an order its mean; else how much of the spread around the group's own mean is told."""
    if inside.kind == "order":
        above = by_group(inside.group, inside.weight * inside.came)
        below, value = by_group(inside.group, inside.weight), 0.0
    else:
        mean = weighted_mean(inside.came, inside.weight)
        above = -by_group(inside.group, inside.weight * (inside.said - inside.came) ** 2)
        below, value = by_group(inside.group, inside.weight * (inside.came - mean) ** 2), 1.0
    if below.sum() <= 0:
        return None, None, None
    drawn = draws(len(below), bootstraps=bootstraps, seed=seed)
    sums = drawn @ below
    values = value + (drawn @ above)[sums > 0] / sums[sums > 0]
    low, high = np.quantile(values, [0.05, 0.95])
    return value + float(above.sum() / below.sum()), float(low), float(high)


def difference(measured: Measured, here: Flags) -> tuple[float, float]:
    """How far a group is from all others, and the error of that, counted by what hangs together."""
    off, weight = measured.off, measured.weight
    means = {side: weighted_mean(off[side_of], weight[side_of]) for side, side_of in sides(here)}
    pull = np.zeros(len(off))
    for side, rows in sides(here):
        pull[rows] = (-1 if side else 1) * weight[rows] * (off[rows] - means[side])
        pull[rows] /= weight[rows].sum()
    number = len(np.unique(measured.group[here]))
    spread = float((by_group(measured.group, pull) ** 2).sum()) * number / (number - 1)
    if measured.kind == "chance":
        spread = max(spread, promised_spread(measured.take(here)))
    return means[0] - means[1], float(np.sqrt(spread))


def sides(here: Flags) -> Sequence[tuple[int, Flags]]:
    return (0, here), (1, ~here)


def promised_spread(inside: Measured) -> float:
    """As much as what is said itself expects: a few that all came the same way prove little."""
    heavy = by_group(inside.group, inside.weight)
    said = by_group(inside.group, inside.weight * inside.said)
    said = np.divide(said, heavy, out=np.zeros_like(said), where=heavy > 0)
    return float((heavy**2 * said * (1 - said)).sum() / inside.weight.sum() ** 2)


def as_often_by_lot(measured: Measured, here: Flags, beside: float, *, seed: int) -> float:
    """How often as many that were drawn by lot are as far from the others: of amounts a few large
    ones make up most of every difference. Nothing where that never happened."""
    sums = by_group(measured.group, measured.weight * measured.off)
    heavy = by_group(measured.group, measured.weight)
    number = len(np.unique(measured.group[here]))
    rng = np.random.default_rng(seed)
    drawn = np.array([rng.permutation(len(sums)) for _ in range(LOTS)])
    inside, outside = drawn[:, :number], drawn[:, number:]
    apart = sums[inside].sum(1) / heavy[inside].sum(1)
    apart -= sums[outside].sum(1) / heavy[outside].sum(1)
    return float((np.abs(apart) >= abs(beside)).mean())


def by_group(group: Ints, values: Floats) -> Floats:
    return floats(np.bincount(np.unique(group, return_inverse=True)[1], weights=values))


def mark(rows: list[dict[str, Any]], *, far: float) -> None:
    """Which differences stand out: clear beside all that were looked at, and large."""
    judged = [row for row in rows if not row["is_few"]]
    for row, q in zip(judged, false_shares([row["p"] for row in judged]), strict=True):
        row["q"] = q
        row["stands_out"] = bool(q <= FALSE_SHARE and abs(row["beside"]) > far)


def mark_skills(rows: list[dict[str, Any]]) -> None:
    """Where it tells apart worse than elsewhere; all that is looked at counts as one question.

    Where one group is told badly, each other one stands well beside the rest: that is no find.
    """
    asked = [(row, name) for row in rows for name in FAR_SKILLS if f"{name}_p" in row]
    shares = false_shares([row[f"{name}_p"] for row, name in asked])
    for (row, name), q in zip(asked, shares, strict=True):
        row[f"{name}_q"] = q
        clear = q <= FALSE_SHARE and row[f"{name}_beside"] < -FAR_SKILLS[name]
        row[f"{name}_stands_out"] = bool(clear)


def false_shares(chances: Sequence[float]) -> list[float]:
    """Of each, the share of false finds if it and all that are clearer were called finds."""
    if not chances:
        return []
    found: list[float] = stats.false_discovery_control(np.clip(chances, 0, 1)).tolist()
    return found
