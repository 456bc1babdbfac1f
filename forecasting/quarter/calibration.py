"""What past periods say of the forecast itself: its level, its shocks and how wide it must be.

All from what was said of periods that are over by then, beside what came of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forecasting.quarter.simulation import Shocks
from revenue.ml.arrays import Floats, floats

# The level walks on from period to period: about so much (standard deviation of its logarithm).
# Little, as chances are learned anew for each period: they know already what came of the last.
WALKS, BEGINS = 0.03, 0.04
SWAYS = 0.03  # and each period sways about it beyond what chance does to single deals.
NEW_WALKS, NEW_BEGINS, NEW_SWAYS = 0.08, 0.1, 0.15
LEAST = 0.01  # a cent
MOST_OFF = 0.5  # of the logarithm: no past is trusted further
USUAL = Shocks(period=0.2, team=0.15, segment=0.15)
MOST_SHOCK = 1.5
USUAL_COUNTS = 4.0  # as so many periods
WIDENING_COUNTS = 10.0
WIDENING_BOUNDS = (0.8, 1.8)


@dataclass(frozen=True)
class Part:
    """Of deals that were open, expected and come: `feel` is how a shock of one moves the mean."""

    mean: float
    variance: float
    feel: float
    came: float

    def as_json(self) -> list[float]:
        return [round(one, 2) for one in (self.mean, self.variance, self.feel, self.came)]


@dataclass(frozen=True)
class Looked:
    """What was said of a past period at a cut-off before correction, and what came of it."""

    period: str
    cut: str
    opened: Part
    new: Part  # its variance holds the spread that all owners share
    teams: tuple[Part, ...] = ()
    segments: tuple[Part, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "open": self.opened.as_json(),
            "new": self.new.as_json(),
            "teams": [one.as_json() for one in self.teams],
            "segments": [one.as_json() for one in self.segments],
        }

    @classmethod
    def from_json(cls, period: str, cut: str, data: Mapping[str, Any]) -> "Looked":
        return cls(
            period,
            cut,
            Part(*data["open"]),
            Part(*data["new"]),
            tuple(Part(*one) for one in data["teams"]),
            tuple(Part(*one) for one in data["segments"]),
        )


@dataclass(frozen=True)
class Correction:
    level: float = 1.0
    new_level: float = 1.0
    shocks: Shocks = field(default_factory=lambda: USUAL)
    widening: float = 1.0
    periods: int = 0


def correction(past: Sequence[Looked]) -> Correction:
    """`past` in order of time, of periods that are over."""
    by_period: dict[str, list[Looked]] = {}
    for one in past:
        by_period.setdefault(one.period, []).append(one)
    if not by_period:
        return Correction()
    rows = list(by_period.values())
    level = level_of(summed([one.opened for one in each]) for each in rows)
    new_level = walked(
        [summed([one.new for one in each]) for each in rows],
        walks=NEW_WALKS,
        begins=NEW_BEGINS,
        sways=NEW_SWAYS,
    )
    shocks = shocks_of(rows)
    return Correction(level, new_level, shocks, widening_of(rows, shocks), len(rows))


def summed(parts: Sequence[Part]) -> Part:
    """The same deals looked at again tell little more: means add, doubt is that of the widest."""
    total = floats([[one.mean, one.came] for one in parts]).sum(axis=0)
    widest = max(parts, key=lambda one: one.mean)
    scale = total[0] / widest.mean if widest.mean > 0 else 1.0
    return Part(float(total[0]), widest.variance * scale**2, widest.feel * scale, float(total[1]))


def level_of(opened: Iterable[Part]) -> float:
    return walked(list(opened), walks=WALKS, begins=BEGINS, sways=SWAYS)


def walked(parts: Sequence[Part], *, walks: float, begins: float, sways: float) -> float:
    """The level that the last periods stood at, beside what was said: a walk seen through noise."""
    level, doubt = 0.0, begins**2
    for one in parts:
        doubt += walks**2
        if one.mean < LEAST:
            continue
        noise = one.variance / one.mean**2 + sways**2
        seen = np.log(max(one.came / one.mean, np.exp(-MOST_OFF)))
        gain = doubt / (doubt + noise)
        level += gain * (min(float(seen), MOST_OFF) - level)
        doubt *= 1 - gain
    return float(np.exp(level))


def before_and_level(rows: Sequence[Sequence[Looked]]) -> list[tuple[Looked, float]]:
    """Each look with the level that was known then, from the periods before its own."""
    found = []
    seen: list[Part] = []
    for each in rows:
        level = level_of(seen)
        found += [(one, level) for one in each]
        seen.append(summed([one.opened for one in each]))
    return found


def shocks_of(rows: Sequence[Sequence[Looked]]) -> Shocks:
    """From how far off whole periods were, then teams and segments beside their period."""
    looks = before_and_level(rows)
    period = excess([off(one.opened, level) for one, level in looks], USUAL.period, len(rows))
    found = {"period": period}
    for name in ("team", "segment"):
        offs = []
        for one, level in looks:
            parts = one.teams if name == "team" else one.segments
            offs += [off(part, level * share_of(one, level)) for part in parts]
        found[name] = excess(offs, getattr(USUAL, name), len(rows) * 3)
    return Shocks(**found)


def share_of(one: Looked, level: float) -> float:
    """What the period as a whole did beside its level: teams are held beside it."""
    said = level * one.opened.mean
    return one.opened.came / said if said > 0 else 1.0


def off(part: Part, level: float) -> tuple[float, float, float]:
    """Squared error, what chance alone would give, and the weight of a shock of one, squared."""
    return (part.came - level * part.mean) ** 2, part.variance, part.feel**2


def excess(offs: Sequence[tuple[float, float, float]], usual: float, counts: int) -> float:
    known = floats([one for one in offs if one[2] > 0]).reshape(-1, 3)
    if not len(known):
        return usual
    # As one ratio: a part in which next to nothing was expected would else speak loudest.
    squares, chance, scale = known.sum(axis=0)
    variance = float((squares - chance) / scale)
    drawn = (counts * max(variance, 0.0) + USUAL_COUNTS * usual**2) / (counts + USUAL_COUNTS)
    return min(float(np.sqrt(drawn)), MOST_SHOCK)


def widening_of(rows: Sequence[Sequence[Looked]], shocks: Shocks) -> float:
    """Conformal in kind: how far off the past was, in units of the spread that was given it."""
    scores: list[float] = []
    for one, level in before_and_level(rows):
        spread = one.opened.variance + (one.opened.feel * shocks.period) ** 2 + one.new.variance
        spread += sum((part.feel * shocks.team) ** 2 for part in one.teams)
        spread += sum((part.feel * shocks.segment) ** 2 for part in one.segments)
        came = one.opened.came + one.new.came
        said = level * one.opened.mean + one.new.mean
        if spread > 0:
            scores.append((came - said) ** 2 / spread)
    seen: Floats = floats(scores)
    # The three looks at a period are not three periods.
    counts = len(rows)
    if not len(seen):
        return 1.0
    squared = (counts * float(seen.mean()) + WIDENING_COUNTS) / (counts + WIDENING_COUNTS)
    return float(np.clip(np.sqrt(squared), *WIDENING_BOUNDS))
