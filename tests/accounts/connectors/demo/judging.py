"""Figures that say how good probabilities are."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Judged:
    auc: float
    brier_skill: float
    log_loss_gain: float  # against the base rate, in nats
    bias: float  # of the mean, in standard errors


def judge(chances: list[float], happened: list[bool]) -> Judged:
    p, y = np.array(chances), np.array(happened, dtype=float)
    base = y.mean()
    # Of all pairs of one that happened and one that did not; a tie counts half.
    _, place, count = np.unique(p, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    ones = y.sum()
    auc = (rank[y == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(y) - ones))
    safe = np.clip(p, 0.004, 0.996)
    loss = -np.mean(y * np.log(safe) + (1 - y) * np.log(1 - safe))
    base_loss = -(base * np.log(base) + (1 - base) * np.log(1 - base))
    return Judged(
        auc=float(auc),
        brier_skill=float(1 - np.mean((p - y) ** 2) / (base * (1 - base))),
        log_loss_gain=float(base_loss - loss),
        bias=float((p - y).sum() / np.sqrt((p * (1 - p)).sum())),
    )
