"""The same verbs for a number: how much, with a band that holds what it promises, and why."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from revenue.ml import artefact
from revenue.ml.arrays import Floats, Ints, floats, weighted_mean
from revenue.ml.boosting import SHAPES, Boosted, Boosting, fit_boosted
from revenue.ml.choosing import EASE, grouped_error
from revenue.ml.frames import Feature, Frame, FrameError
from revenue.ml.intervals import Conformal
from revenue.ml.judging import Skill, skill
from revenue.ml.linear import STRENGTHS, fit_linear
from revenue.ml.members import Blend, Contributions, Member
from revenue.ml.pipeline import joined, parted
from revenue.ml.plain import plain
from revenue.ml.readiness import FEW, NEARLY, Readiness, State
from revenue.ml.reasons import importance
from revenue.ml.settings import Settings
from revenue.ml.splits import Split, inner_split
from revenue.ml.trained import features_from, member_from, versions

LEAST = 60  # groups in the training window, and rows in the two others, below which it is refused
LEAST_LATER = 20
BANDS = 5
FAR_OFF = 0.1  # of the coverage that was promised


@dataclass(frozen=True, eq=False)
class Values:
    """What was said and what came, row by row; a group's rows hang together."""

    label: Floats
    said: Floats
    weight: Floats
    group: Ints

    @property
    def absolute(self) -> Floats:
        return np.abs(self.label - self.said)

    @property
    def mse(self) -> float:
        return weighted_mean(self.squared, self.weight)

    @property
    def squared(self) -> Floats:
        return floats((self.label - self.said) ** 2)


@dataclass(frozen=True, eq=False)
class Predictions:
    value: Floats
    low: Floats
    high: Floats
    contributions: Contributions


@dataclass(frozen=True, eq=False)
class Regressed:
    settings: Settings
    features: tuple[Feature, ...]
    member: Member
    band: Conformal
    report: dict[str, Any]

    @property
    def readiness(self) -> Readiness:
        return Readiness.from_json(self.report["readiness"])

    def predict(self, frame: Frame) -> Predictions:
        rows = frame.only([one.name for one in self.features])
        value = self.member.margin(rows)
        low, high = self.band(value)
        return Predictions(value, low, high, self.member.contributions(rows))

    def to_bytes(self) -> bytes:
        parts = {
            "what": "regression",
            "settings": self.settings.as_json(),
            "features": [[f.name, f.kind.value, f.label, f.monotone] for f in self.features],
            "member": self.member.as_json(),
            "band": self.band.as_json(),
            "report": self.report,
            "versions": versions(),
        }
        return artefact.pack(parts, self.member.blobs())

    @classmethod
    def from_bytes(cls, data: bytes, *, sha256: str) -> "Regressed":
        parts, blobs = artefact.unpack(data, sha256=sha256)
        if parts.get("what") != "regression":
            raise artefact.ArtefactError("The stored model tells a chance and not a number.")
        return cls(
            settings=Settings.from_json(parts["settings"]),
            features=features_from(parts["features"]),
            member=member_from(parts["member"], blobs),
            band=Conformal.from_json(parts["band"]),
            report=parts["report"],
        )


def train_regressor(frame: Frame, settings: Settings) -> Regressed:
    """Of rows whose number is known; others may stand among them."""
    parts = parted(frame, settings)
    check_enough(parts, settings)
    member, kind, tried = chosen(parts.train, settings)
    window = parts.calibrate
    band = Conformal.fit(
        member.margin(window), window.label, error_rate=settings.error_rate, bins=BANDS
    )
    said = member.margin(parts.test)
    values = values_of(parts.test, said)
    plains = plain_numbers(parts)
    baselines = {name: errors_of(values_of(parts.test, one)) for name, one in plains.items()}
    gate = min(("mean", "median", "recent_mean"), key=lambda name: baselines[name]["mae"])
    skills = {
        by: skill(
            values,
            values_of(parts.test, plains[gate]),
            by=by,
            bootstraps=settings.bootstraps,
            seed=settings.seed,
        )
        for by in ("absolute", "squared")
    }
    metrics = errors_of(values) | held_by(band, values, error_rate=settings.error_rate)
    ready = readiness_of(metrics, skills, settings)
    moved = importance(parts.test, member.contributions(parts.test))
    report = {
        "task": settings.task,
        "kind": kind,
        "candidates": tried,
        "readiness": ready.as_json(),
        "excluded_features": {},
        "features": [
            {"name": one.name, "title": one.title, "kind": one.kind.value} for one in frame.features
        ],
        "windows": {
            "train_from": parts.train.as_of.min(),
            "calibrate_from": parts.windows.calibrate_from,
            "test_from": parts.windows.test_from,
            "until": parts.windows.until,
            "embargo_days": parts.windows.embargo_days,
        },
        "metrics": metrics,
        "baselines": baselines,
        "skill": {name: one.as_json() for name, one in skills.items()},
        "gate": gate,
        "importance": [] if ready.state is State.NOT_READY else moved,
    }
    return Regressed(settings, frame.features, member, band, plain(report))


def compare_numbers(candidate: Regressed, live: Regressed, frame: Frame) -> dict[str, Any]:
    """Both on the candidate's test window."""
    said = candidate.report["windows"]
    borders = {name: said[name] for name in ("calibrate_from", "test_from", "until")}
    window = parted(frame, replace(candidate.settings, **borders)).test
    if not len(window):
        return {}
    found: dict[str, Any] = plain(
        {
            name: errors_of(values_of(window, one.predict(window).value))
            for name, one in (("candidate", candidate), ("live", live))
        }
    )
    return found


def check_enough(parts: Split, settings: Settings) -> None:
    counts = [one.groups() for one in (parts.train, parts.calibrate, parts.test)]
    if counts[0] < LEAST or min(counts[1:]) < LEAST_LATER:
        raise FrameError(
            f"Too little to learn a number from: {counts[0]}, {counts[1]} and {counts[2]}"
            f" {settings.noun} to learn from, to calibrate on and to judge by; {LEAST},"
            f" {LEAST_LATER} and {LEAST_LATER} are needed."
        )


def chosen(train: Frame, settings: Settings) -> tuple[Member, str, list[dict[str, Any]]]:
    """The simplest that is not surely worse than the best on the last part of the window."""
    fit, check = inner_split(train, embargo_days=settings.embargo_days)
    lines = {one: fit_linear(fit, strength=one, task="regression") for one in STRENGTHS}
    strength = min(lines, key=lambda one: values_of(check, lines[one].margin(check)).mse)
    grown = [(shape, grow(fit, shape, settings, check=check)) for shape in SHAPES]
    shape, trees = min(grown, key=lambda one: values_of(check, one[1].margin(check)).mse)
    found: dict[str, Member] = {"linear": lines[strength], "boosted": trees}
    found["blend"] = Blend((lines[strength], trees))
    errors = {name: values_of(check, one.margin(check)) for name, one in found.items()}
    best = min(errors, key=lambda name: errors[name].mse)
    kind = next(
        name
        for name in EASE
        if name in errors
        and errors[name].mse - errors[best].mse
        <= grouped_error(errors[name].squared - errors[best].squared, check)
    )
    again: dict[str, Member] = {
        "linear": fit_linear(train, strength=strength, task="regression"),
        "boosted": grow(train, shape, settings, trees=trees.trees),
    }
    again["blend"] = Blend((again["linear"], again["boosted"]))
    tried = [{"kind": n, "mse": e.mse, "chosen": n == kind} for n, e in errors.items()]
    return again[kind], kind, tried


def grow(
    rows: Frame,
    shape: dict[str, float],
    settings: Settings,
    *,
    check: Frame | None = None,
    trees: int | None = None,
) -> Boosted:
    how = Boosting(
        shape,
        trees or settings.most_trees,
        seed=settings.seed,
        threads=settings.threads,
        task="regression",
        stop_after=settings.stop_after if check is not None else None,
    )
    return fit_boosted(rows, how, check=check)


def values_of(frame: Frame, said: Floats | float) -> Values:
    told = np.broadcast_to(floats(said), frame.label.shape)
    return Values(frame.label, told, frame.weight, frame.group)


def plain_numbers(parts: Split) -> dict[str, Floats | float]:
    """Said without a model: of all before, of the last window, and by a line as it comes."""
    before, recent = joined(parts), parts.calibrate
    line = fit_linear(parts.train, strength=1.0, task="regression")
    return {
        "mean": weighted_mean(before.label, before.weight),
        "median": float(np.median(before.label)),
        "recent_mean": weighted_mean(recent.label, recent.weight),
        "linear": line.margin(parts.test),
    }


def errors_of(values: Values) -> dict[str, Any]:
    middle = weighted_mean(values.label, values.weight)
    whole = weighted_mean((values.label - middle) ** 2, values.weight)
    return {
        "r2": 1 - values.mse / whole if whole else None,
        "mae": weighted_mean(values.absolute, values.weight),
        "rmse": float(np.sqrt(values.mse)),
        "mean_said": weighted_mean(values.said, values.weight),
        "mean_came": middle,
        "rows": len(values.label),
        "groups": len(np.unique(values.group)),
    }


def held_by(band: Conformal, values: Values, *, error_rate: float) -> dict[str, Any]:
    """How often the band held, how wide it is, and the pinball loss of its ends and its middle."""
    low, high = band(values.said)
    inside = floats((low <= values.label) & (values.label <= high))
    ends = ((low, error_rate / 2), (values.said, 0.5), (high, 1 - error_rate / 2))
    losses = [weighted_mean(pinball(values.label, said, at), values.weight) for said, at in ends]
    return {
        "coverage": weighted_mean(inside, values.weight),
        "promised": 1 - error_rate,
        "width": weighted_mean(high - low, values.weight),
        "pinball": float(np.mean(losses)),
    }


def pinball(label: Floats, said: Floats, quantile: float) -> Floats:
    off = label - said
    return floats(np.maximum(quantile * off, (quantile - 1) * off))


def readiness_of(
    metrics: dict[str, Any], skills: dict[str, Skill], settings: Settings
) -> Readiness:
    names = {"absolute": "mean absolute error", "squared": "mean squared error"}
    weak = [name for name, one in skills.items() if one.value <= 0 or one.chance < NEARLY]
    if weak:
        told = " and ".join(f"{names[name]} {skills[name].value:+.1%}" for name in weak)
        why = f"No usable signal: not surely better than a plain number on later rows: {told}."
        return Readiness(State.NOT_READY, (why,))
    good = "; ".join(f"{names[name]} {one.value:.1%} better" for name, one in skills.items())
    said = f"Against a plain number on {metrics['groups']} later {settings.noun}: {good}."
    ready = Readiness(State.READY, (said,))
    if abs(metrics["coverage"] - metrics["promised"]) > FAR_OFF:
        ready = ready.with_doubt(
            f"The band held {metrics['coverage']:.0%} where {metrics['promised']:.0%} is promised."
        )
    if metrics["groups"] < FEW:
        ready = ready.with_doubt(f"Judged on only {metrics['groups']} later {settings.noun}.")
    return ready
