"""Which kind of model tells an amount best: judged on the window after the one learned from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from revenue.ml.amounts import Floored, Tweedie, TwoParts
from revenue.ml.arrays import Floats, floats, weighted_mean
from revenue.ml.boosting import SHAPES, Boosted, Boosting, Task, fit_boosted
from revenue.ml.choosing import grouped_error
from revenue.ml.frames import Frame
from revenue.ml.linear import STRENGTHS, fit_linear
from revenue.ml.members import Blend, Member
from revenue.ml.settings import Settings
from revenue.ml.splits import Split

# The simplest first.
EASE = ("linear", "boosted", "tweedie", "two_parts", "blend")
AMOUNT_SHAPES = SHAPES[:3]  # amounts are noisier than outcomes: the boldest would learn noise
CHECKED = 4  # one in so many groups is kept apart, to stop the growing and to choose a shape


@dataclass(frozen=True, eq=False)
class Learning:
    """The rows to learn from; some of their groups apart, to stop the growing by."""

    train: Frame
    fit: Frame
    check: Frame

    @classmethod
    def of(cls, train: Frame) -> "Learning":
        apart = train.group % CHECKED == 0
        return cls(train, train.take(~apart), train.take(apart))

    def each(self, change: Callable[[Frame], Frame]) -> "Learning":
        return Learning(change(self.train), change(self.fit), change(self.check))


def chosen_amount(parts: Split, settings: Settings) -> tuple[Member, str, list[dict[str, Any]]]:
    """The simplest that is not surely worse than the best on the later window."""
    rows, later = Learning.of(parts.train), parts.calibrate
    scale = weighted_mean(rows.train.label, rows.train.weight) or 1.0
    strength = min(STRENGTHS, key=lambda one: line_error(rows, one))
    linear = fit_linear(rows.train, strength=strength, task="regression")
    scaled = rows.each(lambda frame: replace(frame, label=floats(frame.label / scale)))
    tweedie = Tweedie(grown(scaled, "amount", settings, name="amount.ubj"), scale)
    found: dict[str, Member] = {
        "linear": Floored(linear),
        "boosted": Floored(grown(rows, "regression", settings, name="trees.ubj")),
        "tweedie": tweedie,
    }
    if two := two_parts(scaled, settings, scale=scale):
        found["two_parts"] = two
    found["blend"] = Floored(Blend((linear, tweedie)))
    squared = {name: floats((later.label - one.margin(later)) ** 2) for name, one in found.items()}
    losses = {name: weighted_mean(one, later.weight) for name, one in squared.items()}
    best = min(losses, key=lambda name: losses[name])
    kind = next(
        name
        for name in EASE
        if name in found
        and losses[name] - losses[best] <= grouped_error(squared[name] - squared[best], later)
    )
    tried = [{"kind": n, "mse": loss, "chosen": n == kind} for n, loss in losses.items()]
    return found[kind], kind, tried


def line_error(rows: Learning, strength: float) -> float:
    check = rows.check
    said = fit_linear(rows.fit, strength=strength, task="regression").margin(check)
    return weighted_mean(floats((check.label - said) ** 2), check.weight)


def two_parts(scaled: Learning, settings: Settings, *, scale: float) -> TwoParts | None:
    """Nothing where there are not both: customers who brought something, and such as did not."""
    for one in (scaled.fit, scaled.check):
        if (one.label > 0).all() or not (one.label > 0).any():
            return None
    whether = scaled.each(lambda frame: replace(frame, label=floats(frame.label > 0)))
    sizes = scaled.each(lambda frame: frame.take(np.asarray(frame.label > 0)))
    return TwoParts(
        grown(whether, "classification", settings, name="any.ubj"),
        grown(sizes, "size", settings, name="size.ubj"),
        scale,
    )


def grown(rows: Learning, task: Task, settings: Settings, *, name: str) -> Boosted:
    """The shape and the number of trees that did best on those kept apart, on all."""
    tries = []
    for shape in AMOUNT_SHAPES:
        how = Boosting(
            shape,
            settings.most_trees,
            seed=settings.seed,
            threads=settings.threads,
            task=task,
            stop_after=settings.stop_after,
        )
        found = fit_boosted(rows.fit, how, check=rows.check)
        tries.append((loss_of(task, found.margin(rows.check), rows.check), found.trees, how))
    _, trees, how = min(tries, key=lambda one: one[0])
    whole = fit_boosted(rows.train, replace(how, trees=trees, stop_after=None))
    return replace(whole, name=name)


def loss_of(task: Task, margin: Floats, check: Frame) -> float:
    label: Floats = check.label
    if task == "classification":
        losses = np.logaddexp(0, margin) - label * margin
    elif task == "size":
        losses = label * np.exp(-margin) + margin
    elif task == "amount":
        losses = 2 * (np.exp(margin / 2) + label * np.exp(-margin / 2))
    else:
        losses = (label - margin) ** 2
    return weighted_mean(floats(losses), check.weight)
