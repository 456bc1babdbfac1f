"""Candidates judged on rows that came after all that they had learned from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from revenue.ml.arrays import Floats, Ints, codes_of, floats, log_losses, sigmoid, weighted_mean
from revenue.ml.boosting import SHAPES, Boosting, fit_boosted
from revenue.ml.calibration import FOLDS, Sigmoid, crossed
from revenue.ml.frames import Frame, FrameError
from revenue.ml.hazard import fit_hazard, settings_of
from revenue.ml.linear import STRENGTHS, fit_linear
from revenue.ml.members import Blend, Member, margin_by
from revenue.ml.settings import Settings
from revenue.ml.splits import inner_border, inner_split, split_by_group

# A candidate that is harder to explain must be better by more than this many standard errors.
MARGIN = 1.0
LEAST_LATER = 100  # deals of the later window, below which kinds too are chosen before it
# A hazard that needs no feature but age and calendar is the simplest of all; one that does tells
# "whether" and "when" from one model, so it goes before two that tell one each.
EASE = ("hazard", "linear", "boosted", "blend", "hazard_blend", "whole_blend")
BLENDS = {
    "blend": ("linear", "boosted"),
    "hazard_blend": ("hazard", "boosted"),
    "whole_blend": ("hazard", "linear", "boosted"),
}


@dataclass(frozen=True)
class Candidate:
    kind: str
    detail: dict[str, Any]
    losses: Floats  # of the rows of the check
    loss: float


@dataclass(frozen=True)
class Choice:
    model: Member
    kind: str
    tried: tuple[dict[str, Any], ...]
    hold: float | None = None  # of the hazard that was tried


@dataclass(frozen=True)
class Window:
    """What may be learned from: rows whose end is known, and all rows as they were by then."""

    known: Frame
    every: Frame
    end: np.datetime64


def choose(window: Window, later: Frame, settings: Settings, *, later_end: np.datetime64) -> Choice:
    """Settings within the training window; kinds on `later`, where there is enough of it."""
    fit, check = inner_parts(window.known, settings)
    if settings.judge_moments:
        check = check.even()
    if not both_sides(fit) or not both_sides(check):
        return Choice(fit_linear(window.known, strength=0.03), "linear", ())
    before = Window(fit, window.every, inner_border(window.known))
    found = {kind: SEARCHES[kind](before, check, settings) for kind in asked_for(settings)}
    best = {kind: one[0] for kind, one in found.items() if one}
    margins = {kind: one[1] for kind, one in found.items() if one}
    members = {kind: refit(window, one, settings) for kind, one in best.items()}
    if later.groups() >= LEAST_LATER and both_sides(later):
        check = later
        margins = {kind: margin_by(one, later, later_end) for kind, one in members.items()}
    for kind, parts in BLENDS.items():
        if kind in settings.candidates and all(one in members for one in parts):
            margins[kind] = floats(np.mean([margins[one] for one in parts], axis=0))
            best[kind] = Candidate(kind, {}, margins[kind], 0.0)
            members[kind] = Blend(tuple(members[one] for one in parts))
    best = {kind: after_a_line(one, margins[kind], check) for kind, one in best.items()}
    allowed = {kind: one for kind, one in best.items() if kind in settings.candidates} or best
    chosen = simplest_of_the_best(allowed, check)
    hold = best["hazard"].detail["hold"] if "hazard" in best else None
    return Choice(members[chosen], chosen, described(best, chosen), hold)


def inner_parts(known: Frame, settings: Settings) -> tuple[Frame, Frame]:
    if settings.choose_on_groups:
        return split_by_group(known)
    return inner_split(known, embargo_days=settings.embargo_days)


def asked_for(settings: Settings) -> list[str]:
    """Each alone, and what a blend is made of."""
    wanted = set(settings.candidates)
    for kind in settings.candidates:
        wanted |= set(BLENDS.get(kind, ()))
    return [kind for kind in SEARCHES if kind in wanted]


def both_sides(frame: Frame) -> bool:
    return len(np.unique(frame.label)) > 1


def judged(kind: str, detail: dict[str, Any], margin: Floats, check: Frame) -> Candidate:
    losses = log_losses(check.label, sigmoid(margin))
    return Candidate(kind, detail, losses, weighted_mean(losses, check.weight))


def after_a_line(one: Candidate, margin: Floats, check: Frame) -> Candidate:
    """Fitted crosswise: calibration comes later, and mends that much."""
    folds = codes_of(check.group) % FOLDS
    said = crossed(Sigmoid, margin, check.label, check.weight, folds)
    losses = log_losses(check.label, said)
    return replace(one, losses=losses, loss=weighted_mean(losses, check.weight))


def search_hazard(
    window: Window, check: Frame, settings: Settings
) -> tuple[Candidate, Floats] | None:
    try:
        found = fit_hazard(
            window.every, until=window.end, settings=settings_of(window.every, settings)
        )
    except FrameError:
        return None  # too few lived long enough to be followed
    margin = found.margin_by(check, check.label_known_at.max())
    detail = {"hold": found.hold, "tried": dict(found.tried)}
    return judged("hazard", detail, margin, check), margin


def search_linear(window: Window, check: Frame, _: Settings) -> tuple[Candidate, Floats]:
    found = []
    for strength in STRENGTHS:
        margin = fit_linear(window.known, strength=strength).margin(check)
        found.append((judged("linear", {"strength": strength}, margin, check), margin))
    return min(found, key=lambda pair: pair[0].loss)


def search_boosted(window: Window, check: Frame, settings: Settings) -> tuple[Candidate, Floats]:
    found = []
    for shape in SHAPES:
        how = growing(shape, settings.most_trees, settings)
        model = fit_boosted(window.known, replace(how, stop_after=settings.stop_after), check=check)
        detail = {"shape": dict(shape), "trees": model.trees}
        margin = model.margin(check)
        found.append((judged("boosted", detail, margin, check), margin))
    return min(found, key=lambda pair: pair[0].loss)


Search = Callable[[Window, Frame, Settings], tuple[Candidate, Floats] | None]
SEARCHES: dict[str, Search] = {
    "hazard": search_hazard,
    "linear": search_linear,
    "boosted": search_boosted,
}


def growing(shape: dict[str, float], trees: int, settings: Settings) -> Boosting:
    return Boosting(shape, trees, seed=settings.seed, threads=settings.threads)


def simplest_of_the_best(candidates: dict[str, Candidate], check: Frame) -> str:
    best = min(candidates.values(), key=lambda one: one.loss)
    for kind in EASE:
        if kind in candidates:
            worse = candidates[kind].losses - best.losses
            if candidates[kind].loss - best.loss <= MARGIN * grouped_error(worse, check):
                return kind
    return best.kind


def grouped_error(values: Floats, frame: Frame) -> float:
    """The standard error of a weighted mean whose rows come in groups."""
    total = frame.weight.sum()
    around = frame.weight * (values - weighted_mean(values, frame.weight))
    return float(np.sqrt((sums_by(frame.group, around) ** 2).sum()) / total)


def sums_by(group: Ints, values: Floats) -> Floats:
    _, place = np.unique(group, return_inverse=True)
    return floats(np.bincount(place, weights=values))


def refit(window: Window, best: Candidate, settings: Settings) -> Member:
    """On the whole training window, with the settings that were found within it."""
    detail = best.detail
    if best.kind == "hazard":
        said = settings_of(window.every, settings)
        return fit_hazard(window.every, until=window.end, settings=said, hold=detail["hold"])
    if best.kind == "linear":
        return fit_linear(window.known, strength=detail["strength"])
    return fit_boosted(window.known, growing(detail["shape"], detail["trees"], settings))


def described(best: dict[str, Candidate], chosen: str) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"kind": one.kind, **one.detail, "log_loss": one.loss, "chosen": one.kind == chosen}
        for one in best.values()
    )
