"""A model that may score: with what it was made of, what it is worth, and what stands in for it."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import scipy
import sklearn
import xgboost as xgb

from revenue.ml import artefact, calibration
from revenue.ml.amounts import Floored, Tweedie, TwoParts
from revenue.ml.arrays import Floats
from revenue.ml.baselines import Rates
from revenue.ml.boosting import Boosted
from revenue.ml.calibration import Calibrator
from revenue.ml.curves import Curves, Past, Timing, WhenEnded
from revenue.ml.drift import drift_of
from revenue.ml.frames import Feature, Frame, Kind
from revenue.ml.hazard import Hazard
from revenue.ml.intervals import VennAbers
from revenue.ml.linear import Linear
from revenue.ml.members import Blend, Contributions, Member
from revenue.ml.readiness import Readiness, State
from revenue.ml.reasons import Waterfall, waterfall
from revenue.ml.settings import Settings

Source = Literal["model", "rates"]


@dataclass(frozen=True, eq=False)
class Model:
    member: Member
    calibrator: Calibrator
    pair: VennAbers

    def probability(self, frame: Frame) -> Floats:
        return self.calibrator(self.member.margin(frame))


@dataclass(frozen=True, eq=False)
class Scores:
    """Of each row: how likely, between what bounds, and why. `source` says who speaks."""

    source: Source
    features: tuple[Feature, ...]
    probability: Floats
    low: Floats
    high: Floats
    contributions: Contributions  # of rates: the stage alone
    curves: Curves | None = None  # by when, where the task asks for it


@dataclass(frozen=True, eq=False)
class Trained:
    settings: Settings
    features: tuple[Feature, ...]
    model: Model | None  # none below the data minimum
    rates: Rates
    report: dict[str, Any]
    profile: dict[str, Any]  # of the training window, for drift
    timing: Timing | None = None  # by when, where the task asks for it
    past: Timing | None = None  # by when, where rates speak

    @property
    def readiness(self) -> Readiness:
        return Readiness.from_json(self.report["readiness"])

    @property
    def source(self) -> Source:
        """A model that is no better than a rate sells no reasons: the rate speaks in its place."""
        is_fit = self.model is not None and self.readiness.state is not State.NOT_READY
        return "model" if is_fit else "rates"

    def rows_of(self, frame: Frame) -> Frame:
        """With this model's features, in its order; a stratum that is none of them stays near."""
        stratum, names = self.settings.stratum, [one.name for one in self.features]
        segments = frame.segments
        if stratum and stratum not in names:
            segments = segments.assign(**{stratum: frame.column(stratum).to_numpy()})
        values = pd.DataFrame({name: frame.column(name).to_numpy() for name in names})
        return replace(frame, features=self.features, values=values, segments=segments)

    def score(self, frame: Frame, *, source: Source | None = None) -> Scores:
        rows = self.rows_of(frame)
        if self.model is None or (source or self.source) == "rates":
            return self.rated(rows)
        margin = self.model.member.margin(rows)
        probability = self.model.calibrator(margin)
        low, high = self.model.pair(margin)
        return Scores(
            source="model",
            features=self.features,
            probability=probability,
            low=np.minimum(low, probability),
            high=np.maximum(high, probability),
            contributions=self.model.member.contributions(rows),
            curves=self.timing(rows, probability) if self.timing else None,
        )

    def rated(self, rows: Frame) -> Scores:
        low, high = self.rates.interval(rows, error_rate=self.settings.error_rate)
        probability = self.rates.probability(rows)
        return Scores(
            source="rates",
            features=self.features,
            probability=probability,
            low=low,
            high=high,
            contributions=self.rates.contributions(rows),
            curves=self.past(rows, probability) if self.past else None,
        )

    def waterfall(self, frame: Frame, scores: Scores, *, row: int, top: int = 5) -> Waterfall:
        calibrator: Calibrator = calibration.Sigmoid()
        if scores.source == "model" and self.model is not None:
            calibrator = self.model.calibrator
        rows = self.rows_of(frame)
        return waterfall(rows, scores.contributions, row=row, calibrator=calibrator, top=top)

    def interactions(self, frame: Frame) -> Floats | None:
        """By row, feature and feature; none where no tree takes part."""
        rows = self.rows_of(frame)
        member = self.model.member if self.model else None
        trees = member.members if isinstance(member, Blend) else (member,)
        found = [one.interactions(rows) / len(trees) for one in trees if isinstance(one, Boosted)]
        return found[0] if found else None

    def drift(self, frame: Frame) -> dict[str, Any]:
        rows = self.rows_of(frame)
        score = self.model.probability(rows) if self.model else self.score(frame).probability
        return drift_of(self.profile, rows, score)

    def to_bytes(self) -> bytes:
        parts: dict[str, Any] = {
            "settings": self.settings.as_json(),
            "features": [[f.name, f.kind.value, f.label, f.monotone] for f in self.features],
            "rates": self.rates.as_json(),
            "report": self.report,
            "profile": self.profile,
            "versions": versions(),
            "model": None,
            "timing": self.timing.as_json() if self.timing else None,
            "past": self.past.as_json() if self.past else None,
        }
        blobs: dict[str, bytes] = {}
        if self.model is not None:
            parts["model"] = {
                "member": self.model.member.as_json(),
                "calibrator": self.model.calibrator.as_json(),
                "pair": self.model.pair.as_json(),
            }
            blobs = self.model.member.blobs()
        return artefact.pack(parts, blobs)

    @classmethod
    def from_bytes(cls, data: bytes, *, sha256: str) -> "Trained":
        parts, blobs = artefact.unpack(data, sha256=sha256)
        return cls(
            settings=Settings.from_json(parts["settings"]),
            features=features_from(parts["features"]),
            model=model_from(parts["model"], blobs) if parts["model"] else None,
            rates=Rates.from_json(parts["rates"]),
            report=parts["report"],
            profile=parts["profile"],
            timing=timing_from(parts.get("timing")),
            past=timing_from(parts.get("past")),
        )


def features_from(listed: Any) -> tuple[Feature, ...]:
    return tuple(Feature(name, Kind(kind), label, way) for name, kind, label, way in listed)


def model_from(data: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Model:
    return Model(
        member=member_from(data["member"], blobs),
        calibrator=calibration.from_json(data["calibrator"]),
        pair=VennAbers.from_json(data["pair"]),
    )


def member_from(data: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Member:
    if data["kind"] == "blend":
        return Blend(tuple(member_from(one, blobs) for one in data["members"]))
    if data["kind"] == "hazard":
        return Hazard.from_json(data)
    if data["kind"] == "floored":
        return Floored(member_from(data["inner"], blobs))
    if data["kind"] == "tweedie":
        return Tweedie.from_json(data, blobs)
    if data["kind"] == "two_parts":
        return TwoParts.from_json(data, blobs)
    return Linear.from_json(data) if data["kind"] == "linear" else Boosted.from_json(data, blobs)


def timing_from(data: Mapping[str, Any] | None) -> Timing | None:
    if data is None:
        return None
    said = data["told_by"]
    told_by: WhenEnded = Past.from_json(said) if said["kind"] == "past" else Hazard.from_json(said)
    return Timing(told_by, data["won_pace"], data["lost_pace"])


def versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        "xgboost": xgb.__version__,
    }
