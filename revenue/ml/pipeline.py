"""From a frame to a model that knows its worth: split by time, choose, calibrate, judge."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from revenue.ml.arrays import Floats, weighted_mean
from revenue.ml.baselines import Rates, fit_rates
from revenue.ml.by_when import doubts_of_when, judged_by_when, past_of, timing_of
from revenue.ml.calibration import Chosen, Sigmoid, choose_calibrator
from revenue.ml.choosing import Choice, Window, both_sides, choose
from revenue.ml.drift import calibration_drift, profile_of
from revenue.ml.fairness import Measured, dimensions_of, fairness
from revenue.ml.frames import Frame, FrameError, moment
from revenue.ml.intervals import VennAbers
from revenue.ml.judging import Outcomes, Skill, confusion, lift, metrics, reliability, skill
from revenue.ml.leakage import leaks
from revenue.ml.linear import fit_linear
from revenue.ml.members import margin_by
from revenue.ml.plain import plain
from revenue.ml.readiness import Readiness, State, not_learned, readiness_of, too_little
from revenue.ml.reasons import importance
from revenue.ml.segments import by_segment
from revenue.ml.settings import Settings
from revenue.ml.splits import DAY, Split, Windows, followed_weights, split, windows_of
from revenue.ml.trained import Model, Trained

LEAST_TO_CALIBRATE = 15  # deals below which margins are taken as they are
BASELINE_STRENGTH = 0.1
MOST_EXPLAINED = 5_000  # rows of the test window that importance is measured on


@dataclass(frozen=True)
class Judged:
    """What the test window says of the model and of what it has to beat."""

    outcomes: Outcomes
    metrics: dict[str, Any]
    baselines: dict[str, dict[str, Any]]
    skills: dict[str, Skill]
    gate: str  # which plain rate was the better one


def train_classifier(frame: Frame, settings: Settings) -> Trained:
    """Of labelled rows; open ones may stand among them, for the leakage alarm and for "by when"."""
    # So many threads as the settings say: sums are made in the same order, and nobody is crowded.
    with threadpool_limits(limits=settings.threads):
        return classifier(frame, settings)


def classifier(frame: Frame, settings: Settings) -> Trained:
    parts = parted(frame, settings)
    rates = fit_rates(frame.take(frame.is_known), stratum=settings.stratum)
    won, lost = sides(parts.train)
    if short := too_little(won=won, lost=lost, settings=settings):
        return without_model(frame, parts, rates, settings, short)
    excluded = leaks(parts.train, open_rows=frame.take(~frame.is_known), settings=settings)
    parts = narrowed(parts, excluded)
    if not parts.train.features:
        return without_model(
            frame, parts, rates, settings, "Every feature was left out as a likely leak.", excluded
        )
    return with_model(frame, parts, rates, settings, excluded)


def rates_only(frame: Frame, settings: Settings, why: str) -> Trained:
    """Where a task knows that there is too little for a model."""
    with threadpool_limits(limits=settings.threads):
        rates = fit_rates(frame.take(frame.is_known), stratum=settings.stratum)
        return without_model(frame, parted(frame, settings), rates, settings, why)


def with_model(
    frame: Frame, parts: Split, rates: Rates, settings: Settings, excluded: dict[str, str]
) -> Trained:
    every = frame.without(list(excluded))
    window = window_of(every, parts, settings)
    choice = choose(window, parts.calibrate, settings, later_end=parts.windows.test_from)
    model, chosen = calibrated(choice, parts)
    judged = judge(model, parts, settings)
    ready = (
        readiness_of(
            metrics=judged.metrics,
            skills=judged.skills,
            settings=settings,
            excluded=len(excluded),
        )
        if judged is not None
        else not_learned(f"No {settings.noun} of the test window have closed: nothing to judge by.")
    )
    if judged is not None:
        ready = beside_stages(ready, judged, settings)
    timing = None
    if settings.weeks:
        timing = timing_of(window, choice, model, parts.windows, settings, every)
    by_when = rates_by_when(frame, parts, settings)
    if timing is not None and ready.state is not State.NOT_READY:
        by_when = judged_by_when(timing, model, parts.windows, every, seed=settings.seed)
        for doubt in doubts_of_when(by_when, settings):
            ready = ready.with_doubt(doubt)
    report = {
        **header(frame, parts, settings, ready, excluded),
        "by_when": by_when,
        "kind": choice.kind,
        "candidates": list(choice.tried),
        "calibration": {"kind": chosen.calibrator.kind, "log_loss": chosen.losses},
        **(figures(model, parts, judged, settings) if judged is not None else {}),
    }
    if ready.state is State.NOT_READY:
        report["importance"] = []  # what moves a score that says nothing is no reason for anything
    profile = profile_of(parts.train, model.probability(parts.train))
    past = past_of(frame, parts.windows.until, settings)
    trained = Trained(
        settings, parts.train.features, model, rates, plain(report), plain(profile), timing, past
    )
    if len(parts.test):
        report["drift"] = trained.drift(parts.test)
    return replace(trained, report=plain(report))


def window_of(frame: Frame, parts: Split, settings: Settings) -> Window:
    end = parts.windows.calibrate_from - settings.embargo_days * DAY
    every, known = frame.take(frame.as_of < end), parts.train
    if settings.reweigh_censored:
        known = followed_weights(known, all_rows=every, end=end)
    return Window(known, every, end)


def without_model(
    frame: Frame,
    parts: Split,
    rates: Rates,
    settings: Settings,
    why: str,
    excluded: dict[str, str] | None = None,
) -> Trained:
    before = joined(parts)
    report = header(frame, parts, settings, not_learned(why), excluded or {})
    report["kind"] = "rates"
    if len(parts.test) and len(before):
        said = fit_rates(before, stratum=settings.stratum).probability(parts.test)
        outcomes = outcomes_of(parts.test, said)
        report["metrics"] = metrics(outcomes)
        report["baselines"] = plain_rates(outcomes, parts, settings)
        report["by_when"] = rates_by_when(frame, parts, settings)
    profile = profile_of(frame, rates.probability(frame))
    past = past_of(frame, parts.windows.until, settings)
    return Trained(settings, frame.features, None, rates, plain(report), plain(profile), None, past)


def rates_by_when(frame: Frame, parts: Split, settings: Settings) -> list[dict[str, Any]]:
    past = past_of(frame, parts.windows.test_from, settings)
    if past is None:
        return []
    said = fit_rates(joined(parts), stratum=settings.stratum)
    return judged_by_when(past, said, parts.windows, frame, seed=settings.seed)


def parted(frame: Frame, settings: Settings) -> Split:
    parts = split(frame, borders(frame, settings), whole_groups=settings.whole_groups)
    if not settings.judge_moments:
        return parts
    return Split(parts.windows, parts.train, parts.calibrate.even(), parts.test.even())


def borders(frame: Frame, settings: Settings) -> Windows:
    if bool(settings.calibrate_from) != bool(settings.test_from):
        raise FrameError("Give both borders of the windows, calibrate_from and test_from, or none.")
    if not settings.calibrate_from:
        return windows_of(
            frame,
            calibrate=settings.calibrate_share,
            test=settings.test_share,
            embargo_days=settings.embargo_days,
        )
    until = moment(settings.until) if settings.until else windows_of(frame).until
    return Windows(
        moment(settings.calibrate_from), moment(settings.test_from), until, settings.embargo_days
    )


def sides(frame: Frame) -> tuple[float, float]:
    """How many groups were won and how many lost."""
    if not len(frame):
        return 0.0, 0.0
    whole = frame.weight.sum()
    rate = weighted_mean(frame.label, frame.weight) if whole else 0.0
    return rate * frame.groups(), (1 - rate) * frame.groups()


def narrowed(parts: Split, excluded: dict[str, str]) -> Split:
    gone = list(excluded)
    return Split(
        parts.windows,
        parts.train.without(gone),
        parts.calibrate.without(gone),
        parts.test.without(gone),
    )


def joined(parts: Split) -> Frame:
    """What was known before the test window."""
    from_both = [parts.train, parts.calibrate]
    whole = parts.train if len(parts.train) >= len(parts.calibrate) else parts.calibrate
    if not all(len(one) for one in from_both):
        return whole
    return stacked(parts.train, parts.calibrate)


def stacked(one: Frame, other: Frame) -> Frame:
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(one, name), getattr(other, name)])
        for name in ("ids", "group", "as_of", "label", "label_known_at", "weight")
    }
    values = pd.concat([one.values, other.values], ignore_index=True)
    segments = pd.concat([one.segments, other.segments], ignore_index=True)
    return replace(one, values=values, segments=segments, **arrays)


def calibrated(choice: Choice, parts: Split) -> tuple[Model, Chosen]:
    window = parts.calibrate
    if window.groups() < LEAST_TO_CALIBRATE or not both_sides(window):
        # Too few to calibrate on: the margins stand as they are, and what is unsure is wide.
        margin = choice.model.margin(parts.train)
        pair = VennAbers.fit(margin, parts.train.label, parts.train.weight)
        return Model(choice.model, Sigmoid(), pair), Chosen(Sigmoid(), {})
    margin = margin_by(choice.model, window, parts.windows.test_from)
    chosen = choose_calibrator(margin, window.label, window.weight, window.group)
    pair = VennAbers.fit(margin, window.label, window.weight)
    return Model(choice.model, chosen.calibrator, pair), chosen


def outcomes_of(frame: Frame, probability: Floats) -> Outcomes:
    return Outcomes(frame.label, probability, frame.weight, frame.group)


def judge(model: Model, parts: Split, settings: Settings) -> Judged | None:
    if not len(parts.test):
        return None
    outcomes = outcomes_of(parts.test, model.probability(parts.test))
    plain_ones = plain_rates(outcomes, parts, settings)
    gate = min(("base_rate", "recent_rate"), key=lambda name: plain_ones[name]["brier"])
    against = outcomes.saying(plain_ones[gate]["mean_probability"])
    skills = {
        by: skill(outcomes, against, by=by, bootstraps=settings.bootstraps, seed=settings.seed)
        for by in ("brier", "log_loss")
    }
    baselines = {**plain_ones, "logistic": metrics(outcomes.saying(plain_logistic(parts)))}
    return Judged(outcomes, metrics(outcomes), baselines, skills, gate)


def plain_rates(outcomes: Outcomes, parts: Split, settings: Settings) -> dict[str, dict[str, Any]]:
    """The rate of all that closed before the test window, of the last window, and of each stage."""
    before = joined(parts)
    recent = parts.calibrate if len(parts.calibrate) else before
    found = {
        "base_rate": metrics(outcomes.saying(weighted_mean(before.label, before.weight))),
        "recent_rate": metrics(outcomes.saying(weighted_mean(recent.label, recent.weight))),
    }
    if settings.stratum:
        by_stage = fit_rates(before, stratum=settings.stratum).probability(parts.test)
        found["stage_rate"] = metrics(outcomes.saying(by_stage))
    return found


def plain_logistic(parts: Split) -> Floats:
    """Logistic regression as it comes, calibrated by a line where that is possible."""
    model = fit_linear(parts.train, strength=BASELINE_STRENGTH)
    line, window = Sigmoid(), parts.calibrate
    if window.groups() >= LEAST_TO_CALIBRATE and both_sides(window):
        line = Sigmoid.fit(model.margin(window), window.label, window.weight)
    return line(model.margin(parts.test))


def beside_stages(ready: Readiness, judged: Judged, settings: Settings) -> Readiness:
    """A model that a rate by stage equals is said to be no more than that."""
    stages = judged.baselines.get("stage_rate")
    is_better = stages is None or stages["brier"] > judged.metrics["brier"]
    if is_better or ready.state is State.NOT_READY:
        return ready
    return ready.with_doubt(
        f"The rate of each {settings.level} is as good: the model adds nothing to it."
    )


def header(
    frame: Frame, parts: Split, settings: Settings, ready: Readiness, excluded: dict[str, str]
) -> dict[str, Any]:
    windows = parts.windows
    counts = {
        name: dict(
            zip(("won", "lost"), sides(part), strict=True), rows=len(part), groups=part.groups()
        )
        for name, part in (
            ("train", parts.train),
            ("calibrate", parts.calibrate),
            ("test", parts.test),
        )
    }
    return {
        "task": settings.task,
        "readiness": ready.as_json(),
        "excluded_features": excluded,
        "features": [
            {"name": one.name, "title": one.title, "kind": one.kind.value}
            for one in parts.train.features
        ],
        "windows": {
            "train_from": frame.as_of.min() if len(frame) else None,
            "calibrate_from": windows.calibrate_from,
            "test_from": windows.test_from,
            "until": windows.until,
            "embargo_days": windows.embargo_days,
        },
        "counts": counts,
    }


def figures(model: Model, parts: Split, judged: Judged, settings: Settings) -> dict[str, Any]:
    outcomes = judged.outcomes
    shown = parts.test
    if len(shown) > MOST_EXPLAINED:
        rng = np.random.default_rng(settings.seed)
        shown = shown.take(np.sort(rng.choice(len(shown), MOST_EXPLAINED, replace=False)))
    return {
        "metrics": judged.metrics,
        "baselines": judged.baselines,
        "skill": {name: one.as_json() for name, one in judged.skills.items()},
        "gate": judged.gate,
        "reliability": reliability(outcomes),
        "lift": lift(outcomes),
        "confusion": confusion(outcomes),
        "segments": by_segment(outcomes, parts.test.segments),
        "fairness": fairness(
            Measured(
                "chance", outcomes.label, outcomes.probability, outcomes.weight, outcomes.group
            ),
            dimensions_of(parts.test.values, parts.test.segments),
            seed=settings.seed,
        ),
        "calibration_drift": calibration_drift(outcomes),
        "importance": importance(shown, model.member.contributions(shown)),
    }


def compare(candidate: Trained, live: Trained, frame: Frame) -> dict[str, Any]:
    """Both on the candidate's test window, each speaking as it would to people."""
    window = parted(frame, replace(candidate.settings, **stated_windows(candidate))).test
    if not len(window):
        return {}
    found: dict[str, Any] = plain(
        {
            name: metrics(outcomes_of(window, one.score(window).probability))
            for name, one in (("candidate", candidate), ("live", live))
        }
    )
    return found


def stated_windows(trained: Trained) -> dict[str, Any]:
    said = trained.report["windows"]
    return {name: said[name] for name in ("calibrate_from", "test_from", "until")}
