"""The same verbs for a number: how much, with a band that holds what it promises, and why."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from revenue.ml import artefact
from revenue.ml.amount_choosing import chosen_amount
from revenue.ml.amounts import Floored, settled
from revenue.ml.arrays import Floats, floats, weighted_mean
from revenue.ml.boosting import SHAPES, Boosted, Boosting, fit_boosted
from revenue.ml.choosing import EASE, grouped_error
from revenue.ml.encode import as_numbers
from revenue.ml.fairness import Measured, dimensions_of, fairness
from revenue.ml.frames import Feature, Frame, FrameError
from revenue.ml.intervals import Conformal, Spread
from revenue.ml.judging import Skill, skill
from revenue.ml.linear import STRENGTHS, fit_linear
from revenue.ml.members import Blend, Contributions, Member
from revenue.ml.number_judging import errors_of, found_first, held_by, tenths, values_of
from revenue.ml.pipeline import joined, parted
from revenue.ml.plain import plain
from revenue.ml.readiness import FEW, NEARLY, Readiness, State
from revenue.ml.reasons import importance
from revenue.ml.settings import Settings
from revenue.ml.splits import Split, inner_split
from revenue.ml.trained import features_from, member_from, versions

GATES = ("mean", "median", "recent_mean", "last_period", "segment_mean")
PRIOR_ROWS = 50.0  # as if so many of all spoke in each segment
LEAST = 60  # groups in the training window, and rows in the two others, below which it is refused
LEAST_LATER = 20
BANDS = 5
FAR_OFF = 0.1  # of the coverage that was promised


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
    band: Conformal | Spread
    report: dict[str, Any]

    @property
    def readiness(self) -> Readiness:
        return Readiness.from_json(self.report["readiness"])

    def predict(self, frame: Frame) -> Predictions:
        rows = frame.only([one.name for one in self.features])
        value = self.member.margin(rows)
        low, high = self.band(value)
        return Predictions(value, low, high, settled(self.member.contributions(rows), value))

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
            band=band_from(parts["band"]),
            report=parts["report"],
        )


def band_from(data: dict[str, Any]) -> Conformal | Spread:
    return Conformal.from_json(data) if "widths" in data else Spread.from_json(data)


def train_regressor(frame: Frame, settings: Settings) -> Regressed:
    """Of rows whose number is known; others may stand among them."""
    # So many threads as the settings say: sums are made in the same order, and nobody is crowded.
    with threadpool_limits(limits=settings.threads):
        return regressor(frame, settings)


def regressor(frame: Frame, settings: Settings) -> Regressed:
    parts = parted(frame, settings)
    check_enough(parts, settings)
    is_amount = settings.target == "amount"
    member, kind, tried = (chosen_amount if is_amount else chosen)(parts, settings)
    band = band_of(member.margin(parts.calibrate), parts, settings)
    values = values_of(parts.test, member.margin(parts.test))
    plains = plain_numbers(parts, settings)
    baselines = {
        name: errors_of(values_of(parts.test, one), target=settings.target)
        for name, one in plains.items()
    }
    losses = ("squared", "deviance") if is_amount else ("absolute", "squared")
    by = "rmse" if is_amount else "mae"
    gate = min((name for name in GATES if name in plains), key=lambda name: baselines[name][by])
    skills = {
        loss: skill(
            values,
            values_of(parts.test, plains[gate]),
            by=loss,
            bootstraps=settings.bootstraps,
            seed=settings.seed,
        )
        for loss in losses
    }
    held = held_by(band, values, error_rate=settings.error_rate)
    metrics = errors_of(values, target=settings.target) | held
    ready = readiness_of(metrics, skills, settings)
    moved = importance(parts.test, member.contributions(parts.test), noun="number")
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
        "counts": {
            name: {"rows": len(one), "groups": one.groups()}
            for name, one in (
                ("train", parts.train),
                ("calibrate", parts.calibrate),
                ("test", parts.test),
            )
        },
        "metrics": metrics,
        "baselines": baselines,
        "skill": {name: one.as_json() for name, one in skills.items()},
        "gate": gate,
        "tenths": tenths(values, band),
        "found_first": found_first(values) if is_amount else [],
        "plain": plain_band(parts.test, settings),
        "fairness": fairness(
            Measured("amount", values.label, values.said, values.weight, values.group),
            dimensions_of(parts.test.values, parts.test.segments),
            seed=settings.seed,
        ),
        "importance": [] if ready.state is State.NOT_READY else moved,
    }
    return Regressed(settings, frame.features, member, band, plain(report))


def band_of(said: Floats, parts: Split, settings: Settings) -> Conformal | Spread:
    label, rate = parts.calibrate.label, settings.error_rate
    if settings.target == "amount":
        return Spread.fit(said, label, error_rate=rate)
    return Conformal.fit(said, label, error_rate=rate, bins=BANDS)


def plain_band(rows: Frame, settings: Settings) -> dict[str, float]:
    """Of the newest rows that are known: what stands in where the model is not ready."""
    low, high = np.quantile(rows.label, [settings.error_rate / 2, 1 - settings.error_rate / 2])
    middle = weighted_mean(rows.label, rows.weight)
    return {
        "value": middle,
        "low": float(min(low, middle)),
        "high": float(max(high, middle)),
    }


def compare_numbers(candidate: Regressed, live: Regressed, frame: Frame) -> dict[str, Any]:
    """Both on the candidate's test window."""
    said = candidate.report["windows"]
    borders = {name: said[name] for name in ("calibrate_from", "test_from", "until")}
    window = parted(frame, replace(candidate.settings, **borders)).test
    if not len(window):
        return {}
    target = candidate.settings.target
    found: dict[str, Any] = plain(
        {
            name: errors_of(values_of(window, one.predict(window).value), target=target)
            for name, one in (("candidate", candidate), ("live", live))
        }
    )
    if target == "amount":
        # The one that is nearest on the average is not the one that tells the mean best.
        return {name: {k: v for k, v in one.items() if k != "mae"} for name, one in found.items()}
    return found


def check_enough(parts: Split, settings: Settings) -> None:
    counts = [one.groups() for one in (parts.train, parts.calibrate, parts.test)]
    if counts[0] < LEAST or min(counts[1:]) < LEAST_LATER:
        raise FrameError(
            f"Too little to learn a number from: {counts[0]}, {counts[1]} and {counts[2]}"
            f" {settings.noun} to learn from, to calibrate on and to judge by; {LEAST},"
            f" {LEAST_LATER} and {LEAST_LATER} are needed."
        )


def chosen(parts: Split, settings: Settings) -> tuple[Member, str, list[dict[str, Any]]]:
    """The simplest that is not surely worse than the best on the last part of the window."""
    train = parts.train
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


def plain_numbers(parts: Split, settings: Settings) -> dict[str, Floats | float]:
    """Said without a model: of all before, of the last window, and by a line as it comes."""
    before, recent = joined(parts), parts.calibrate
    line = fit_linear(parts.train, strength=1.0, task="regression")
    found: dict[str, Floats | float] = {
        "mean": weighted_mean(before.label, before.weight),
        "median": float(np.median(before.label)),
        "recent_mean": weighted_mean(recent.label, recent.weight),
        "linear": (Floored(line) if settings.target == "amount" else line).margin(parts.test),
    }
    if settings.last_period:
        found["last_period"] = as_numbers(parts.test.column(settings.last_period))
    if settings.stratum:
        found["segment_mean"] = segment_means(before, parts.test, by=settings.stratum)
    return found


def segment_means(before: Frame, asked: Frame, *, by: str) -> Floats:
    """Each segment's mean, drawn toward the mean of all."""
    whole = weighted_mean(before.label, before.weight)
    rows = pd.DataFrame({"segment": before.column(by).astype(object), "label": before.label})
    sums = rows.groupby("segment")["label"].agg(["sum", "size"])
    means = (sums["sum"] + PRIOR_ROWS * whole) / (sums["size"] + PRIOR_ROWS)
    return floats(asked.column(by).astype(object).map(means).fillna(whole))


def readiness_of(
    metrics: dict[str, Any], skills: dict[str, Skill], settings: Settings
) -> Readiness:
    names = {
        "absolute": "mean absolute error",
        "squared": "mean squared error",
        "deviance": "deviance",
    }
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
