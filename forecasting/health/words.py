"""Why a score is what it is: the strongest reasons in words, with the points they give or take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.health.dimensions import dimension_of
from forecasting.health.plays import trigger_of
from forecasting.health.rates import rate_for
from forecasting.health.score import score_of
from revenue.ml.arrays import Floats, floats
from revenue.ml.calibration import Calibrator
from revenue.ml.frames import Feature, Frame
from revenue.ml.reasons import plain_value

MOST_REASONS = 6
LEAST_POINTS = 0.5
LEAST_TO_ACT = 2.0  # points that a driver must take before a play is suggested for it
POOR = 60.0  # of a dimension that takes no part in the score, from which it is told all the same
# What is told as one: facts that speak of the same thing share their points.
TOPICS = (
    "cases_open", "cases", "people", "contacts", "rhythm", "activities", "care", "revenue", "won",
    "open", "days_since_won", "days_since_activity", "days_since_deal", "days_since_purchase",
)  # fmt: skip
SILENCE = ("days_since_activity", "rhythm_silence", "rhythm_change", "activities_")
OWN_ENDINGS = ("_change", "_quarter", "_month", "_share_now", "_share")
SHARES = ("_share", "_share_now")
GROWTHS = ("_change", "_month", "_trend")
MANY_TIMES = 9

Reason = dict[str, Any]


def topic_of(feature: str) -> str:
    if feature.startswith("own_"):
        return next(
            (feature.removesuffix(end) for end in OWN_ENDINGS if feature.endswith(end)), feature
        )
    if feature.startswith(SILENCE):
        return "activities"
    return next((one for one in TOPICS if feature.startswith(one)), feature)


@dataclass(frozen=True, eq=False)
class Told:
    """Everything that reasons of rows are worked out from, by row and feature."""

    frame: Frame
    features: Sequence[Feature]
    away: Floats
    margin: Floats
    calibrator: Calibrator
    usual: float
    rates: Mapping[str, Any]
    is_dated: bool
    horizon_days: int

    def reasons(self) -> list[list[Reason]]:
        topics = [topic_of(one.name) for one in self.features]
        order = sorted(set(topics))
        places = {one: np.flatnonzero([each == one for each in topics]) for one in order}
        sums = np.column_stack([self.away[:, places[one]].sum(axis=1) for one in order])
        points = self.points(floats(sums))
        found = []
        for row in range(len(self.frame)):
            best = np.argsort(-np.abs(points[row]), kind="stable")[:MOST_REASONS]
            found.append(
                [
                    self.reason(row, places[order[at]], float(points[row, at]))
                    for at in best
                    if abs(points[row, at]) >= LEAST_POINTS
                ]
            )
        return found

    def points(self, sums: Floats) -> Floats:
        """Steps from the score of a usual customer to this one's, what adds most first."""
        order = np.argsort(-np.abs(sums), axis=1, kind="stable")
        begin = self.margin - sums.sum(axis=1)
        along = np.cumsum(np.column_stack([begin, np.take_along_axis(sums, order, axis=1)]), axis=1)
        chances = self.calibrator(floats(along.ravel()))
        steps = np.diff(score_of(chances, usual=self.usual).reshape(along.shape), axis=1)
        found = np.empty_like(steps)
        np.put_along_axis(found, order, steps, axis=1)
        return floats(found)

    def reason(self, row: int, places: "np.ndarray[Any, Any]", points: float) -> Reason:
        """In the words of the fact of the topic that adds the most to it."""
        parts = self.away[row, places] * (-1 if points > 0 else 1)
        feature = self.features[int(places[int(np.argmax(parts))])]
        value = plain_value(self.frame, feature, row)
        rate = rate_for(self.rates, feature.name, value)
        dimension = dimension_of(feature.name)
        return {
            "name": feature.name,
            "title": feature.title,
            "value": rounded(value),
            "text": self.text(feature, value, rate),
            "points": round(points),
            "dimension": dimension,
            "trigger": trigger_of(feature.name, dimension) if points <= -LEAST_TO_ACT else "",
            "rate": rate[0] if rate else None,
            "against": rate[1] if rate else None,
        }

    def text(self, feature: Feature, value: Any, rate: Sequence[float] | None) -> str:
        said = f"{feature.title}: {value_said(feature.name, value)}"
        if not rate:
            return said
        left = "left" if not self.is_dated else f"left within {self.horizon_days} days"
        such, others = f"{rate[0]:.0%}", f"{rate[1]:.0%}"
        if such == others:
            return f"{said}; {such} of such customers {left}, as of the others"
        return f"{said}; {such} of such customers {left}, against {others} of the others"


def value_said(name: str, value: Any) -> str:
    match value:
        case None | "":
            return "not known"
        case bool():
            return "yes" if value else "no"
        case str():
            return value
    number = float(value)
    if name.endswith(SHARES) or name.endswith("share"):
        return f"{number:.0%}"
    if name.endswith(GROWTHS):
        return growth_said(float(np.expm1(number)))
    places = 0 if number == round(number) or abs(number) >= 100 or "days" in name else 1
    return f"{number:,.{places}f}".replace("-", "−")


def growth_said(share: float) -> str:
    """Beside next to nothing, a percentage says no more than that it grew."""
    if share >= MANY_TIMES:
        return f"more than {MANY_TIMES + 1} times as much"
    return f"{share:+.0%}".replace("-", "−")


def rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def composite_reasons(
    frame: Frame, points: Mapping[str, float], away: Mapping[str, float], row: int
) -> list[Reason]:
    """Of a score that is weighted by hand: how the customer stands among the org's customers."""
    features = {one.name: one for one in frame.features}
    order = sorted(points, key=lambda name: (-abs(points[name]), name))[:MOST_REASONS]
    found = []
    for name in order:
        if abs(points[name]) < LEAST_POINTS:
            continue
        value, dimension = plain_value(frame, features[name], row), dimension_of(name)
        found.append(
            {
                "name": name,
                "title": features[name].title,
                "value": rounded(value),
                "text": f"{features[name].title}: {value_said(name, value)};"
                f" {place_said(away[name])} of the customers",
                "points": round(points[name]),
                "dimension": dimension,
                "trigger": trigger_of(name, dimension) if points[name] < 0 else "",
                "rate": None,
                "against": None,
            }
        )
    return found


def silent_reasons(
    frame: Frame, parts: Mapping[str, float], away: Mapping[str, float], row: int
) -> list[Reason]:
    """Of dimensions that tell the model nothing and are poor all the same: no points, a play."""
    features = {one.name: one for one in frame.features}
    found = []
    for key in sorted(parts, key=lambda one: parts[one]):
        mine = [name for name in away if dimension_of(name) == key and away[name] > 1]
        if not parts[key] <= POOR or not mine:
            continue
        name = max(mine, key=lambda one: (away[one], one))
        value = plain_value(frame, features[name], row)
        found.append(
            {
                "name": name,
                "title": features[name].title,
                "value": rounded(value),
                "text": f"{features[name].title}: {value_said(name, value)};"
                f" {place_said(away[name])} of the customers; it takes no part in the score",
                "points": 0,
                "dimension": key,
                "trigger": trigger_of(name, key),
                "rate": None,
                "against": None,
            }
        )
    return found


def place_said(away: float) -> str:
    """A deviate of rank as the share that stands better or worse."""
    share = 0.5 * (1 + np.tanh(0.8 * abs(away)))
    return f"{'worse' if away > 0 else 'better'} than {share:.0%}"
