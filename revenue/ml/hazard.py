"""When: the chance of being won, and of being lost, in each of the coming weeks.

Competing risks in discrete time. Each row is followed week by week until it closes or is lost from
sight; the model learns, for a row still open at a week's start, the chances of staying open, of
being won and of being lost in that week. The rest is arithmetic, so the two never exceed one
together and never fall. What is still open counts as that, which a model of final outcomes cannot.

Rows weigh alike here: to weigh a deal's moments by how many there will be would tell its future.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from revenue.ml.arrays import Flags, Floats, Ints, floats
from revenue.ml.curves import Curves, walked
from revenue.ml.encode import Design, Encoder
from revenue.ml.frames import Frame, FrameError
from revenue.ml.hazard_linear import chances_of, fit_causes
from revenue.ml.hazard_reasons import margin_of, spread_over
from revenue.ml.members import Contributions
from revenue.ml.settings import Settings
from revenue.ml.weeks import (
    MONTHS,
    WEEK,
    Followed,
    HazardSettings,
    Tables,
    followed,
    sampled,
    tables_for,
)

# How strongly features are held back, in deals: first not used at all, then ever more freely.
HOLDS = (np.inf, 100.0, 10.0, 1.0)
HELD_IN_TABLES = 2.0
SEARCHED = 0.5  # of the periods that the last fit may use
CHUNK = 4_000
Three = tuple[Floats, Floats, Floats]


def settings_of(frame: Frame, settings: Settings) -> HazardSettings:
    """As the task says, where these rows tell it."""
    told = {one.name for one in frame.features}
    return HazardSettings(
        weeks=settings.weeks or HazardSettings.weeks,
        age=settings.age if settings.age in told else "",
        due=settings.due if settings.due in told else "",
        calendar=settings.calendar,
        stratum=settings.stratum,
        first_month=settings.first_month,
        seed=settings.seed,
    )


@dataclass(frozen=True, eq=False)
class Hazard:
    encoder: Encoder
    design: Design
    tables: Tables
    weights: Floats  # (columns of the design, causes)
    intercept: Floats
    means: Floats  # of the design: where a feature adds nothing
    values: Three  # of each table, by place and cause
    usual: Three  # how often each place is met
    hold: float
    tried: Mapping[str, float] = field(default_factory=dict)
    kind: str = "hazard"

    @property
    def settings(self) -> HazardSettings:
        return self.tables.settings

    def log_odds(self, frame: Frame) -> Floats:
        """By row, week and cause."""
        fixed = self.design.apply(self.encoder.encode(frame)) @ self.weights + self.intercept
        weeks = self.settings.weeks
        every = [
            values[place].reshape(len(frame), weeks, 2)
            for values, place in zip(self.values, self.places(frame), strict=True)
        ]
        return floats(fixed[:, None, :] + sum(every))

    def places(self, frame: Frame) -> tuple[Ints, Ints, Ints]:
        weeks = self.settings.weeks
        rows = np.repeat(np.arange(len(frame)), weeks)
        return self.tables.places(frame, rows, np.tile(np.arange(1, weeks + 1), len(frame)))

    def curves(self, frame: Frame) -> Curves:
        weeks = self.settings.weeks
        if not len(frame):
            return Curves(np.zeros((0, weeks)), np.zeros((0, weeks)))
        parts = [walked(chances_of(self.log_odds(one))) for one in chunks(frame)]
        won, lost = (
            floats(np.concatenate([getattr(p, n) for p in parts])) for n in ("won", "lost")
        )
        return Curves(won, lost)

    def margin(self, frame: Frame) -> Floats:
        """Log-odds of being won, of what will have ended by the last week."""
        if not len(frame):
            return np.zeros(0)
        return floats(np.concatenate([margin_of(self.log_odds(one)) for one in chunks(frame)]))

    def margin_by(self, frame: Frame, end: np.datetime64) -> Floats:
        """The same of what will have ended by a day, as rows whose end is known by then have."""
        curves, weeks = self.curves(frame), self.settings.weeks
        ahead = np.ceil(floats((end - frame.as_of) / WEEK)).astype(np.int64)
        last, rows = np.clip(ahead, 1, weeks) - 1, np.arange(len(frame))
        won, lost = (np.maximum(one[rows, last], 1e-12) for one in (curves.won, curves.lost))
        return np.where(ahead > weeks, self.margin(frame), np.log(won) - np.log(lost))

    def contributions(self, frame: Frame) -> Contributions:
        """Aumann and Shapley's: along the straight way from the usual row to this one."""
        found = [self.explained(one) for one in chunks(frame)]
        if not found:
            return Contributions(np.zeros(0), np.zeros((0, len(frame.features))))
        base = np.concatenate([one.base for one in found])
        return Contributions(base, np.concatenate([one.by_feature for one in found]))

    def explained(self, frame: Frame) -> Contributions:
        design = self.design.apply(self.encoder.encode(frame)) - self.means
        still = np.zeros((len(self.encoder.features), len(frame), 2))
        np.add.at(still, self.design.owners, design.T[:, :, None] * self.weights[:, None, :])
        base, moving = self.moved(frame)
        place = {one.name: at for at, one in enumerate(self.encoder.features)}
        named = [(place.get(name, -1), part) for name, part in moving]
        return spread_over(base, still, [(at, part) for at, part in named if at >= 0 or part.any()])

    def moved(self, frame: Frame) -> tuple[Floats, list[tuple[str, Floats]]]:
        """What the usual row is told for each week, and what this one's own weeks add to it."""
        weeks, said = self.settings.weeks, self.settings
        cells, due, steps = self.values
        many, dues, strata = self.usual
        cell, days, step = (one.reshape(len(frame), weeks) for one in self.places(frame))
        by_age = cells.reshape(-1, MONTHS, 2)
        shares = many.reshape(-1, MONTHS)
        of_month = np.einsum("am,amc->mc", normed(shares, 0), by_age)
        of_age = np.einsum("am,amc->ac", normed(shares, 1), by_age)
        middle = normed(many, 0) @ cells
        both, month, age = cells[cell], of_month[cell % MONTHS], of_age[cell // MONTHS]
        bands = steps.reshape(len(self.tables.strata), -1, 2)
        of_step = np.einsum("sb,sbc->bc", normed(strata.reshape(len(bands), -1), 0), bands)
        usual_step = of_step[step % len(of_step)]
        usual_due = normed(dues, 0) @ due
        base = (
            self.intercept + self.means @ self.weights + middle + usual_due + usual_step[:1]
        )  # the weeks ahead are the same for every row
        return np.broadcast_to(base, (len(frame), weeks, 2)), [
            (said.calendar, ((both - age) + (month - middle)) / 2),
            (said.age, ((both - month) + (age - middle)) / 2),
            (said.due, due[days] - usual_due),
            (said.stratum, steps[step] - usual_step),
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "encoder": self.encoder.as_json(),
            "design": self.design.as_json(),
            "tables": self.tables.as_json(),
            "weights": self.weights.tolist(),
            "intercept": self.intercept.tolist(),
            "means": self.means.tolist(),
            "values": [one.tolist() for one in self.values],
            "usual": [one.tolist() for one in self.usual],
            "hold": self.hold if np.isfinite(self.hold) else None,
            "tried": dict(self.tried),
        }

    def blobs(self) -> dict[str, bytes]:
        return {}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Hazard":
        first, second, third = (floats(one).reshape(-1, 2) for one in data["values"])
        one, two, three = (floats(each) for each in data["usual"])
        return cls(
            encoder=Encoder.from_json(data["encoder"]),
            design=Design.from_json(data["design"]),
            tables=Tables.from_json(data["tables"]),
            weights=floats(data["weights"]).reshape(-1, 2),
            intercept=floats(data["intercept"]),
            means=floats(data["means"]),
            values=(first, second, third),
            usual=(one, two, three),
            hold=np.inf if data["hold"] is None else data["hold"],
            tried=data["tried"],
        )


def chunks(frame: Frame) -> list[Frame]:
    if len(frame) <= CHUNK:
        return [frame] if len(frame) else []
    return [
        frame.take(np.arange(at, min(at + CHUNK, len(frame)))) for at in range(0, len(frame), CHUNK)
    ]


def normed(counts: Floats, axis: int) -> Floats:
    return floats((counts + 1e-9) / (counts + 1e-9).sum(axis=axis, keepdims=True))


@dataclass(frozen=True, eq=False)
class Material:
    """Person-periods as numbers: the features of their rows, and the tables' columns."""

    encoder: Encoder
    design: Design
    tables: Tables
    matrix: Floats
    what: Ints
    weight: Floats
    rows: Ints
    met: Three

    @property
    def features(self) -> slice:
        return slice(1, 1 + len(self.design.columns))

    def held(self, hold: float) -> Floats:
        strong = np.full(self.matrix.shape[1], HELD_IN_TABLES)
        strong[0] = 1e-6
        strong[self.features] = hold
        return strong

    def fit(self, hold: float, *, start: Floats | None = None, only: Flags | None = None) -> Floats:
        """Without its features at all, where `hold` has no end."""
        rows = slice(None) if only is None else only
        kept = np.ones(self.matrix.shape[1], dtype=np.bool_)
        kept[self.features] = np.isfinite(hold)
        begin = None if start is None else start[kept]
        found = np.zeros((len(kept), 2))
        found[kept] = fit_causes(
            self.matrix[rows][:, kept],
            self.what[rows],
            self.weight[rows],
            held=self.held(hold)[kept],
            start=begin,
        )
        return found

    def losses(self, weights: Floats, rows: Flags) -> Floats:
        chances = chances_of(self.matrix[rows] @ weights)
        seen = chances[np.arange(len(chances)), self.what[rows]]
        return floats(-np.log(np.clip(seen, 1e-12, 1)))


def material(frame: Frame, periods: Followed, settings: HazardSettings) -> Material:
    encoder = Encoder.fit(frame)
    encoded = encoder.encode(frame)
    design = Design.fit(encoder, encoded, frame.weight)
    tables = tables_for(frame, settings)
    places = tables.places(frame, periods.rows, periods.ahead)
    met = [
        floats(np.bincount(place, weights=periods.weight, minlength=size))
        for place, size in zip(places, tables.sizes, strict=True)
    ]
    columns = design.apply(encoded)
    matrix = np.zeros((len(periods), 1 + columns.shape[1] + sum(tables.sizes)))
    matrix[:, 0] = 1
    matrix[:, 1 : 1 + columns.shape[1]] = columns[periods.rows]
    at = 1 + columns.shape[1]
    for place, size in zip(places, tables.sizes, strict=True):
        matrix[np.arange(len(periods)), at + place] = 1
        at += size
    # A deal's many moments tell of one end: how strongly features are held is meant in deals.
    weight = periods.weight * frame.groups() / max(len(frame), 1)
    return Material(
        encoder,
        design,
        tables,
        matrix,
        periods.what,
        weight,
        periods.rows,
        (met[0], met[1], met[2]),
    )


def fit_hazard(
    frame: Frame,
    *,
    until: np.datetime64,
    settings: HazardSettings,
    hold: float | None = None,
) -> Hazard:
    """From rows of before `until`, open ones too; what happened after it is not looked at.

    How far features may speak is found on the deals that were seen last, unless `hold` says it.
    """
    seen = frame.take(frame.as_of < until)
    if not len(seen):
        raise FrameError("No row is from before the moment until which is learned.")
    periods = followed(seen, until=until, weeks=settings.weeks)
    if len(np.unique(periods.what)) < 3:
        raise FrameError("Rows that were won, that were lost and that stayed open are needed.")
    tried: dict[str, float] = {}
    if hold is None:
        hold, tried = found_hold(seen, periods, settings)
    whole = material(
        seen, sampled(periods, most=settings.most_periods, seed=settings.seed), settings
    )
    return hazard_of(whole, seen, hold, tried)


def found_hold(
    seen: Frame, periods: Followed, settings: HazardSettings
) -> tuple[float, dict[str, float]]:
    few = sampled(periods, most=int(settings.most_periods * SEARCHED), seed=settings.seed)
    made = material(seen, few, settings)
    later = seen_last(seen)[made.rows]
    if not later.any() or later.all():
        return HOLDS[1], {}
    weight, group = made.weight[later], seen.group[made.rows][later]
    start = None
    losses: dict[float, Floats] = {}
    for hold in HOLDS:
        start = made.fit(hold, start=start, only=~later)
        losses[hold] = weight * made.losses(start, later)
    best = min(HOLDS, key=lambda one: losses[one].sum())
    for hold in HOLDS:
        worse = losses[hold] - losses[best]
        if worse.sum() <= spread_of(worse, group):
            break
    total = max(float(weight.sum()), 1e-12)
    return hold, {name_of(one): float(lost.sum() / total) for one, lost in losses.items()}


def name_of(hold: float) -> str:
    return f"features held by {hold:g}" if np.isfinite(hold) else "no features"


def spread_of(values: Floats, group: Ints) -> float:
    """The standard error of a sum whose parts come in groups."""
    _, place = np.unique(group, return_inverse=True)
    sums = np.bincount(place, weights=values)
    return float(np.sqrt(((sums - sums.mean()) ** 2).sum()))


def seen_last(frame: Frame) -> Flags:
    """By group, those seen last: the check is on deals never learned from."""
    _, place = np.unique(frame.group, return_inverse=True)
    first = np.full(place.max() + 1, frame.as_of.max())
    np.minimum.at(first, place, frame.as_of)
    border = np.sort(first)[int(len(first) * 0.75)]
    return np.asarray(first[place] >= border, dtype=np.bool_)


def hazard_of(made: Material, frame: Frame, hold: float, tried: dict[str, float]) -> Hazard:
    weights = made.fit(hold)
    ends = np.cumsum([made.features.stop, *made.tables.sizes])
    first, second, third = (weights[a:b] for a, b in pairwise(ends))
    columns = made.design.apply(made.encoder.encode(frame))
    return Hazard(
        encoder=made.encoder,
        design=made.design,
        tables=made.tables,
        weights=weights[made.features],
        intercept=weights[0],
        means=floats(columns.mean(axis=0)),
        values=(first, second, third),
        usual=made.met,
        hold=hold,
        tried=tried,
    )
