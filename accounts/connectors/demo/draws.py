"""Chance as a function: the same keys give the same draw, whatever else was drawn before.

That is what makes a day of the simulated company the same whichever day it is looked at from.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)


def mix(words: Words) -> Words:
    """The finisher of splitmix64: every bit of a key moves every bit of the draw."""
    words = (words ^ (words >> np.uint64(30))) * FIRST
    words = (words ^ (words >> np.uint64(27))) * SECOND
    return words ^ (words >> np.uint64(31))


@lru_cache(maxsize=4096)
def _beginning(seed: str, stream: str) -> int:
    return int.from_bytes(blake2b(f"{seed}|{stream}".encode(), digest_size=8).digest(), "big")


class Draws:
    """`keys` are arrays or numbers that name what is drawn: a deal and a week, say."""

    def __init__(self, *seed: object) -> None:
        self.seed = "/".join(str(part) for part in seed)

    def words(self, stream: str, *keys: Any) -> Words:
        mixed: Words = np.full(1, _beginning(self.seed, stream), dtype=np.uint64)
        for key in keys:
            mixed = mix(mixed + np.atleast_1d(np.asarray(key)).astype(np.uint64) * GOLDEN)
        return mixed

    def uniform(self, stream: str, *keys: Any) -> Floats:
        """Above 0 and below 1."""
        spread = (self.words(stream, *keys) >> np.uint64(12)).astype(np.float64)
        return (spread + 0.5) * 2.0**-52

    def normal(self, stream: str, *keys: Any) -> Floats:
        radius = np.sqrt(-2.0 * np.log(self.uniform(stream, *keys)))
        turn = self.uniform(f"{stream}~", *keys)
        return np.asarray(radius * np.cos(2.0 * np.pi * turn))

    def exponential(self, stream: str, *keys: Any) -> Floats:
        return np.asarray(-np.log(self.uniform(stream, *keys)))

    def whole(self, stream: str, below: int, *keys: Any) -> Ints:
        return np.asarray(self.uniform(stream, *keys) * below).astype(np.int64)

    def happens(self, stream: str, chance: Any, *keys: Any) -> Bools:
        return np.asarray(self.uniform(stream, *keys) < chance)

    def choice(self, stream: str, weights: Any, *keys: Any) -> Ints:
        """An index by weight."""
        bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
        found = np.searchsorted(bounds, self.uniform(stream, *keys) * bounds[-1], side="right")
        return np.asarray(np.minimum(found, len(bounds) - 1), dtype=np.int64)

    def poisson(self, stream: str, mean: Any, *keys: Any, most: int = 8) -> Ints:
        drawn = self.uniform(stream, *keys)
        mean = np.broadcast_to(np.asarray(mean, dtype=np.float64), drawn.shape)
        term = np.exp(-mean)
        reached = term.copy()
        count = np.zeros(drawn.shape, dtype=np.int64)
        for number in range(1, most + 1):
            count += drawn > reached
            term = term * mean / number
            reached = reached + term
        return count


def logistic(score: Any) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-score)))
