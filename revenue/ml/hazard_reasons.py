"""What a hazard says in the end, and how much of it each feature is the reason for."""

import numpy as np

from revenue.ml.arrays import Floats, floats
from revenue.ml.hazard_linear import chances_of
from revenue.ml.members import Contributions

NODES, SHARES = np.polynomial.legendre.leggauss(12)


def margin_of(log_odds: Floats) -> Floats:
    """Log-odds of being won, of what ends; what is open at the end goes on as in the last week."""
    won, lost, _ = ended(chances_of(log_odds))
    return floats(np.log(won) - np.log(lost))


def ended(chances: Floats) -> tuple[Floats, Floats, Floats]:
    """Won and lost in all, and the chance of being open at each week's start and at the end."""
    still = chances[:, :, 0].cumprod(axis=1)
    before = np.concatenate([np.ones((len(still), 1)), still], axis=1)
    goes = chances[:, -1, 1] / (chances[:, -1, 1] + chances[:, -1, 2])
    won = (before[:, :-1] * chances[:, :, 1]).sum(axis=1) + before[:, -1] * goes
    lost = (before[:, :-1] * chances[:, :, 2]).sum(axis=1) + before[:, -1] * (1 - goes)
    return floats(won), floats(lost), floats(before)


def slopes_of(log_odds: Floats) -> Floats:
    """How the margin moves with the log-odds of each week and cause."""
    chances = chances_of(log_odds)
    won, lost, before = ended(chances)
    parts = [sloped(chances, before, whole, cause) for whole, cause in ((won, 1), (lost, 2))]
    return parts[0] / won[:, None, None] - parts[1] / lost[:, None, None]


def sloped(chances: Floats, before: Floats, whole: Floats, cause: int) -> Floats:
    """Of all that ends by this cause, by the log-odds of each week and cause."""
    now = before[:, :-1] * chances[:, :, cause]
    later = whole[:, None] - now.cumsum(axis=1)
    found = np.empty((*now.shape, 2))
    for other in (1, 2):
        own = 1.0 if other == cause else 0.0
        found[:, :, other - 1] = now * (own - chances[:, :, other]) - chances[:, :, other] * later
    goes = chances[:, -1, 1] / (chances[:, -1, 1] + chances[:, -1, 2])
    turned = before[:, -1] * goes * (1 - goes)
    found[:, -1, cause - 1] += turned
    found[:, -1, 2 - cause] -= turned
    return found


def spread_over(base: Floats, still: Floats, moving: list[tuple[int, Floats]]) -> Contributions:
    """By integrating the slope along the straight way from the base (Aumann and Shapley).

    `still` is by feature, row and cause and the same in every week; `moving` by row, week and
    cause, each with the place of its feature, or -1 where there is none. Twelve nodes of Gauss
    leave an error below 1e-6; it is shared out by size, so that the sum is exact.
    """
    change = still.sum(axis=0)[:, None, :] + sum(part for _, part in moving)
    along = np.zeros_like(change)
    for node, share in zip(NODES, SHARES, strict=True):
        along += share / 2 * slopes_of(base + (node + 1) / 2 * change)
    by_feature = np.einsum("frc,rc->rf", still, along.sum(axis=1))
    start, end = margin_of(base), margin_of(base + change)
    for place, part in moving:
        gained = (along * part).sum(axis=(1, 2))
        if place < 0:
            start = start + gained
        else:
            by_feature[:, place] += gained
    left = end - start - by_feature.sum(axis=1)
    sizes = np.abs(by_feature)
    whole = sizes.sum(axis=1, keepdims=True)
    by_feature += left[:, None] * np.divide(sizes, whole, out=np.zeros_like(sizes), where=whole > 0)
    rest = end - by_feature.sum(axis=1)
    return Contributions(floats(rest), floats(by_feature))
