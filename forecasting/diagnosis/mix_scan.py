"""Which dimension's mix moved, and took the win rate with it: beyond what shuffling gives."""

from dataclasses import dataclass

import numpy as np

from forecasting.diagnosis.closed import Dimension
from forecasting.diagnosis.expected import Expected
from forecasting.diagnosis.scan import ALARM, SHUFFLES, shuffled
from revenue.ml.arrays import Flags, Floats, floats

# Who holds deals changes whenever people come and go: `tree` tells it, beside the causes.
STAFFING = ("seller", "team", "division")
CLEAR_OF_NOISE = 2.6


@dataclass(frozen=True)
class MixCause:
    dimension: str
    level: str  # the one that did the most
    share_before: float
    share_now: float
    points: float  # of the win rate, as a share of one
    z: float
    p: float


def mix_causes(expected: Expected, *, seed: int = 1, shuffles: int = SHUFFLES) -> list[MixCause]:
    """The clearest first; the next is asked as if the mix of those before had stayed."""
    closed, found = expected.closed, list[MixCause]()
    labels = shuffled(closed.now, shuffles, seed)
    weight = even = np.ones(len(closed))
    left = [one for one in closed.dimensions if len(one.levels) > 1 and one.name not in STAFFING]
    by_chance = {one.name: np.abs(z_of(one, expected, labels, even)) for one in left}
    while left:
        seen = [abs(float(z_of(one, expected, closed.now[:, None], weight)[0])) for one in left]
        best = left[int(np.argmax(seen))]
        most = np.stack([by_chance[one.name] for one in left]).max(axis=0)
        p = float((1 + (most >= max(seen)).sum()) / (1 + shuffles))
        if p > ALARM:
            break
        left = [one for one in left if one is not best]
        if is_of_worth(best, expected, weight):
            found.append(described(best, expected, weight, z=max(seen), p=p))
            weight = weight * evening(best, closed.now, weight)
    return found


def is_of_worth(one: Dimension, expected: Expected, weight: Floats) -> bool:
    """Not where levels only seem to be won unlike: shares of a noisy worth make a noisy effect."""
    now, won = expected.closed.now, expected.closed.won
    before, later = (shares(one, chosen, weight) for chosen in (~now, now))
    many = np.maximum(np.bincount(one.codes, minlength=len(one.levels)), 1)
    rate = worth(one, expected)
    spread = np.sqrt((((later - before) ** 2) * rate * (1 - rate) / many).sum())
    effect = abs(((later - before) * (rate - won.mean())).sum())
    return bool(effect > CLEAR_OF_NOISE * spread)


def worth(one: Dimension, expected: Expected) -> Floats:
    """By level, the mean chance of its deals had nothing changed."""
    many = np.bincount(one.codes, minlength=len(one.levels))
    wins = np.bincount(one.codes, weights=expected.win, minlength=len(one.levels))
    return floats(wins / np.maximum(many, 1))


def z_of(one: Dimension, expected: Expected, now: Flags, weight: Floats) -> Floats:
    """Of what the mix is worth now beside before, by labelling."""
    each = worth(one, expected)[one.codes]
    later = now.astype(np.float64)
    mean, spread = [], []
    for label in (later, 1 - later):
        whole = np.maximum(weight @ label, 1e-9)
        middle = (weight * each) @ label / whole
        mean.append(middle)
        square = (weight * each**2) @ label / whole - middle**2
        # Deals that weigh unlike are worth fewer than they are.
        spread.append(np.maximum(square, 0) * (weight**2 @ label) / whole**2)
    around = np.sqrt(spread[0] + spread[1])
    return floats(np.where(around > 1e-12, (mean[0] - mean[1]) / np.maximum(around, 1e-12), 0.0))


def shares(one: Dimension, chosen: Flags, weight: Floats) -> Floats:
    many = np.bincount(one.codes[chosen], weights=weight[chosen], minlength=len(one.levels))
    return floats(many / max(many.sum(), 1e-9))


def described(
    one: Dimension, expected: Expected, weight: Floats, *, z: float, p: float
) -> MixCause:
    now = expected.closed.now
    before, later = (shares(one, chosen, weight) for chosen in (~now, now))
    each = worth(one, expected)
    parts = (later - before) * (each - each @ (later + before) / 2)
    most = int(np.argmax(parts * np.sign(parts.sum())))
    return MixCause(
        dimension=one.name,
        level=one.levels[most],
        share_before=float(before[most]),
        share_now=float(later[most]),
        points=float(parts.sum()),
        z=z,
        p=p,
    )


def evening(one: Dimension, now: Flags, weight: Floats) -> Floats:
    """What deals of now must weigh for this dimension's mix to be what it was."""
    before, later = (shares(one, chosen, weight) for chosen in (~now, now))
    factor = np.where(later > 0, before / np.maximum(later, 1e-9), 1.0)
    return floats(np.where(now, np.minimum(factor[one.codes], 10.0), 1.0))
