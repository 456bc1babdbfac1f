"""When: the chance of being won, and of being lost, by each of the coming weeks.

Competing risks in discrete time. Each row is followed week by week until it closes or is lost from
sight; the model learns, for a row still open at a week's start, the chances of staying open, of
being won and of being lost in that week. The rest is arithmetic, so the two never exceed one
together and never fall. What is still open counts as that, which a model of final outcomes cannot.

Rows weigh alike here: to weigh a deal's moments by how many there will be would tell its future.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
import xgboost as xgb
from scipy.special import softmax

from revenue.ml.arrays import Floats, Ints, floats, weighted_mean
from revenue.ml.boosting import matrix_of
from revenue.ml.encode import Design, Encoder, as_numbers
from revenue.ml.frames import Feature, Frame, FrameError, Kind
from revenue.ml.hazard_linear import fit_softmax
from revenue.ml.splits import DAY

OPEN, WON, LOST = 0, 1, 2
WEEK = 7 * DAY
BANDS = np.array([1, 2, 4, 8, 13, 26])
ADDED = (
    Feature("weeks_ahead", Kind.NUMBER, "Weeks ahead"),
    Feature("weeks_ahead_band", Kind.CATEGORY, "Weeks ahead"),
    Feature("month_of_quarter", Kind.CATEGORY, "Month of the quarter"),
    Feature("weeks_to_quarter_end", Kind.NUMBER, "Weeks to the end of the quarter"),
)
SHAPES = ({"max_depth": 3, "min_child_weight": 30}, {"max_depth": 5, "min_child_weight": 60})


@dataclass(frozen=True)
class HazardSettings:
    weeks: int = 26
    age: str = ""  # the feature that grows by seven days a week
    first_month: int = 1  # of the fiscal year
    most_periods: int = 250_000
    most_trees: int = 300
    seed: int = 20_240_917
    threads: int = 1


@dataclass(frozen=True, eq=False)
class Curves:
    """By row and week: the chance of having been won, or lost, by its end."""

    won: Floats
    lost: Floats


class Risks(Protocol):
    def chances(self, periods: Frame) -> Floats: ...

    def as_json(self) -> dict[str, Any]: ...

    def blobs(self) -> dict[str, bytes]: ...


@dataclass(frozen=True, eq=False)
class LinearRisks:
    encoder: Encoder
    design: Design
    weights: Floats  # (columns + 1, 3), the last row the intercepts

    def chances(self, periods: Frame) -> Floats:
        matrix = self.design.apply(self.encoder.encode(periods))
        return floats(softmax(matrix @ self.weights[:-1] + self.weights[-1], axis=1))

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": "linear",
            "encoder": self.encoder.as_json(),
            "design": self.design.as_json(),
            "weights": self.weights.tolist(),
        }

    def blobs(self) -> dict[str, bytes]:
        return {}


@dataclass(frozen=True, eq=False)
class BoostedRisks:
    encoder: Encoder
    booster: xgb.Booster
    trees: int
    threads: int = 1

    def chances(self, periods: Frame) -> Floats:
        matrix = matrix_of(self.encoder, periods, threads=self.threads)
        return floats(self.booster.predict(matrix)).reshape(-1, 3)

    def as_json(self) -> dict[str, Any]:
        encoder = self.encoder.as_json()
        return {"kind": "boosted", "encoder": encoder, "trees": self.trees, "threads": self.threads}

    def blobs(self) -> dict[str, bytes]:
        return {"hazard.ubj": bytes(self.booster.save_raw("ubj"))}


@dataclass(frozen=True, eq=False)
class Hazard:
    risks: Risks
    settings: HazardSettings
    tried: Mapping[str, float]

    def curves(self, frame: Frame) -> Curves:
        if not len(frame):
            return Curves(np.zeros((0, self.settings.weeks)), np.zeros((0, self.settings.weeks)))
        ahead = np.tile(np.arange(1, self.settings.weeks + 1), len(frame))
        rows = np.repeat(np.arange(len(frame)), self.settings.weeks)
        return walked(self.risks.chances(periods_of(frame, rows, ahead, self.settings)), len(frame))

    def as_json(self) -> dict[str, Any]:
        settings = self.settings.__dict__
        return {"risks": self.risks.as_json(), "settings": settings, "tried": dict(self.tried)}

    def blobs(self) -> dict[str, bytes]:
        return self.risks.blobs()


def hazard_from_json(data: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Hazard:
    said = data["risks"]
    encoder = Encoder.from_json(said["encoder"])
    risks: Risks
    if said["kind"] == "linear":
        risks = LinearRisks(encoder, Design.from_json(said["design"]), floats(said["weights"]))
    else:
        booster = xgb.Booster({"nthread": said["threads"]})
        booster.load_model(bytearray(blobs["hazard.ubj"]))
        risks = BoostedRisks(encoder, booster, said["trees"], said["threads"])
    return Hazard(risks, HazardSettings(**data["settings"]), data["tried"])


def walked(chances: Floats, rows: int) -> Curves:
    """From the chances of each week to those of having closed by its end."""
    by_week = chances.reshape(rows, -1, 3)
    still_open = by_week[:, :, OPEN].cumprod(axis=1)
    before = np.concatenate([np.ones((rows, 1)), still_open[:, :-1]], axis=1)
    won, lost = (floats((before * by_week[:, :, one]).cumsum(axis=1)) for one in (WON, LOST))
    return Curves(won, lost)


def followed(frame: Frame, *, until: np.datetime64, weeks: int) -> tuple[Ints, Ints, Ints]:
    """Of each person-period: the row, the week ahead (from 1), and what happened in it."""
    closed = frame.is_known & (frame.label_known_at < until)
    end = np.where(closed, frame.label_known_at, until)
    passed = floats((end - frame.as_of) / WEEK)
    # A week counts as survived when it is over; the week of the close counts as it is.
    last = np.where(closed, np.maximum(np.ceil(passed), 1), np.floor(passed)).astype(np.int64)
    length = np.clip(last, 0, weeks)
    rows = np.repeat(np.arange(len(frame)), length)
    ahead = np.arange(len(rows)) - np.repeat(length.cumsum() - length, length) + 1
    ends_here = closed[rows] & (ahead == last[rows])
    how = np.where(frame.label[rows] > 0, WON, LOST)
    return rows, ahead, np.where(ends_here, how, OPEN).astype(np.int64)


def periods_of(frame: Frame, rows: Ints, ahead: Ints, settings: HazardSettings) -> Frame:
    """The rows again for each week ahead, with what the calendar will say then."""
    values = frame.values.iloc[rows].reset_index(drop=True)
    if settings.age:
        values[settings.age] = as_numbers(values[settings.age]) + 7.0 * (ahead - 1)
    middle = pd.DatetimeIndex(frame.as_of[rows] + (ahead - 1) * WEEK + 3 * DAY)
    month = (middle.month.to_numpy() - settings.first_month) % 12
    values["weeks_ahead"] = ahead.astype(float)
    values["weeks_ahead_band"] = BANDS[np.searchsorted(BANDS, np.minimum(ahead, 26))].astype(str)
    values["month_of_quarter"] = (month % 3 + 1).astype(str)
    left = (2 - month % 3) * 30.4 + (middle.days_in_month.to_numpy() - middle.day.to_numpy())
    values["weeks_to_quarter_end"] = np.floor(left / 7)
    base = frame.take(rows)
    return replace(
        base, values=values, features=(*frame.features, *ADDED), weight=np.ones(len(rows))
    )


def fit_hazard(frame: Frame, *, until: np.datetime64, settings: HazardSettings) -> Hazard:
    """From rows of before `until`, open ones too; what happened after it is not looked at."""
    seen = frame.take(frame.as_of < until)
    if not len(seen):
        raise FrameError("No row is from before the moment until which is learned.")
    rows, ahead, what = sampled(*followed(seen, until=until, weeks=settings.weeks), seen, settings)
    if len(np.unique(what)) < 3:
        raise FrameError("Rows that were won, that were lost and that stayed open are needed.")
    periods = periods_of(seen, rows, ahead, settings)
    fit, check = earlier_and_later(periods)
    tried: dict[str, tuple[float, dict[str, Any]]] = {}
    for name, how in (("linear", {}), *((f"boosted {s['max_depth']}", dict(s)) for s in SHAPES)):
        risks, trees = learned(periods, what, fit, check, how, settings)
        chances = risks.chances(periods.take(check))
        tried[name] = (loss_of(chances, what[check]), {**how, "trees": trees})
    best = min(tried, key=lambda one: tried[one][0])
    every = np.ones(len(what), dtype=np.bool_)
    risks, _ = learned(periods, what, every, None, tried[best][1], settings)
    return Hazard(risks, settings, {name: loss for name, (loss, _) in tried.items()})


def sampled(
    rows: Ints, ahead: Ints, what: Ints, frame: Frame, settings: HazardSettings
) -> tuple[Ints, Ints, Ints]:
    """Whole rows are left out, never single weeks of one; which ones depends on the seed alone."""
    if len(rows) <= settings.most_periods:
        return rows, ahead, what
    share = settings.most_periods / len(rows)
    kept = (np.random.default_rng(settings.seed).random(len(frame)) < share)[rows]
    return rows[kept], ahead[kept], what[kept]


def earlier_and_later(periods: Frame) -> tuple[Any, Any]:
    """By group, those seen first and those seen last: the check is on deals never learned from."""
    _, place = np.unique(periods.group, return_inverse=True)
    first = np.full(place.max() + 1, periods.as_of.max())
    np.minimum.at(first, place, periods.as_of)
    border = np.sort(first)[int(len(first) * 0.75)]
    later = first[place] >= border
    return ~later, later


def learned(
    periods: Frame, what: Ints, fit: Any, check: Any, how: dict[str, Any], settings: HazardSettings
) -> tuple[Risks, int]:
    rows = periods.take(fit)
    encoder = Encoder.fit(rows)
    if "max_depth" not in how:
        encoded = encoder.encode(rows)
        design = Design.fit(encoder, encoded, rows.weight)
        return LinearRisks(encoder, design, fit_softmax(design.apply(encoded), what[fit])), 0
    target = replace(rows, label=what[fit].astype(float))
    evals = []
    if check is not None:
        later = replace(periods.take(check), label=what[check].astype(float))
        evals = [(matrix_of(encoder, later, threads=settings.threads, labelled=True), "check")]
    booster = xgb.train(
        {
            "max_depth": how["max_depth"],
            "min_child_weight": how["min_child_weight"],
            "eta": 0.08,
            "reg_lambda": 10,
            "objective": "multi:softprob",
            "num_class": 3,
            "tree_method": "hist",
            "subsample": 0.8,
            "colsample_bytree": 0.8,
            "seed": settings.seed,
            "nthread": settings.threads,
            "verbosity": 0,
        },
        matrix_of(encoder, target, threads=settings.threads, labelled=True),
        num_boost_round=how.get("trees", settings.most_trees),
        evals=evals,
        early_stopping_rounds=25 if evals else None,
        verbose_eval=False,
    )
    trees = int(booster.best_iteration) + 1 if evals else how["trees"]
    return BoostedRisks(encoder, booster[:trees], trees, settings.threads), trees


def loss_of(chances: Floats, what: Ints) -> float:
    return float(-np.log(np.clip(chances[np.arange(len(what)), what], 1e-9, 1)).mean())


def judge_hazard(
    hazard: Hazard, test: Frame, *, until: np.datetime64, train: Frame, train_until: np.datetime64
) -> list[dict[str, float]]:
    """Brier of "won by" at four horizons, beside the rate of the training rows at the same one.

    Only rows that were followed so long are asked, so that each answer is known.
    """
    curves = hazard.curves(test)
    found = []
    for weeks in (4, 8, 13, 26):
        full, before = test.as_of + weeks * WEEK <= until, train.as_of + weeks * WEEK <= train_until
        if weeks > hazard.settings.weeks or not full.any() or not before.any():
            continue
        came, base = won_by(test.take(full), weeks), won_by(train.take(before), weeks).mean()
        said = curves.won[full, weeks - 1]
        ones = np.ones(len(came))
        brier, plain = (weighted_mean((came - one) ** 2, ones) for one in (said, base))
        gap = float(said.mean() - came.mean())
        found.append({"weeks": weeks, "brier": brier, "base": plain, "gap": gap, "rows": len(came)})
    return found


def won_by(frame: Frame, weeks: int) -> Floats:
    in_time = frame.is_known & (frame.label_known_at <= frame.as_of + weeks * WEEK)
    return floats(in_time & (frame.label > 0))
