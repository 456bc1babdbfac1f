"""Candidates judged on the last part of the training window, which none of them has seen."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from revenue.ml.arrays import Floats, Ints, floats, log_losses, sigmoid, weighted_mean
from revenue.ml.boosting import SHAPES, Boosting, fit_boosted
from revenue.ml.frames import Frame
from revenue.ml.linear import STRENGTHS, fit_linear
from revenue.ml.members import Blend, Member
from revenue.ml.settings import Settings
from revenue.ml.splits import inner_split

# A candidate that is harder to explain must be better by more than this many standard errors.
MARGIN = 1.0
EASE = ("linear", "boosted", "blend")


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


def choose(train: Frame, settings: Settings) -> Choice:
    fit, check = inner_split(train, embargo_days=settings.embargo_days)
    if not both_sides(fit) or not both_sides(check):
        return Choice(fit_linear(train, strength=0.03), "linear", ())
    best: dict[str, Candidate] = {}
    margins: dict[str, Floats] = {}
    for kind, search in (("linear", search_linear), ("boosted", search_boosted)):
        if kind in settings.candidates or "blend" in settings.candidates:
            best[kind], margins[kind] = search(fit, check, settings)
    if "blend" in settings.candidates:
        best["blend"] = judged("blend", {}, (margins["linear"] + margins["boosted"]) / 2, check)
    allowed = {kind: one for kind, one in best.items() if kind in settings.candidates}
    chosen = simplest_of_the_best(allowed, check)
    return Choice(refit(train, chosen, best, settings), chosen, described(best, chosen))


def both_sides(frame: Frame) -> bool:
    return len(np.unique(frame.label)) > 1


def judged(kind: str, detail: dict[str, Any], margin: Floats, check: Frame) -> Candidate:
    losses = log_losses(check.label, sigmoid(margin))
    return Candidate(kind, detail, losses, weighted_mean(losses, check.weight))


def search_linear(fit: Frame, check: Frame, _: Settings) -> tuple[Candidate, Floats]:
    found = []
    for strength in STRENGTHS:
        margin = fit_linear(fit, strength=strength).margin(check)
        found.append((judged("linear", {"strength": strength}, margin, check), margin))
    return min(found, key=lambda pair: pair[0].loss)


def search_boosted(fit: Frame, check: Frame, settings: Settings) -> tuple[Candidate, Floats]:
    found = []
    for shape in SHAPES:
        how = growing(shape, settings.most_trees, settings)
        model = fit_boosted(fit, replace(how, stop_after=settings.stop_after), check=check)
        detail = {"shape": dict(shape), "trees": model.trees}
        margin = model.margin(check)
        found.append((judged("boosted", detail, margin, check), margin))
    return min(found, key=lambda pair: pair[0].loss)


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


def refit(train: Frame, kind: str, best: dict[str, Candidate], settings: Settings) -> Member:
    """On the whole training window, with the settings that were found within it."""
    if kind == "linear":
        return fit_linear(train, strength=best["linear"].detail["strength"])
    if kind == "boosted":
        detail = best["boosted"].detail
        return fit_boosted(train, growing(detail["shape"], detail["trees"], settings))
    return Blend(tuple(refit(train, one, best, settings) for one in ("linear", "boosted")))


def described(best: dict[str, Candidate], chosen: str) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"kind": one.kind, **one.detail, "log_loss": one.loss, "chosen": one.kind == chosen}
        for one in best.values()
    )
