"""Random numbers that belong to a name: of a deal, an owner, a team, wherever it stands in a list.

What is left out or put in changes nothing of the others, so that two worlds differ only by what
was changed between them.
"""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from revenue.ml.arrays import Floats, Ints, floats

Words = NDArray[np.uint64]
WORDS = 4  # of the state of SFC64
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def keys_of(names: Iterable[str]) -> Ints:
    """The same name has the same key on every machine."""
    return np.array([key_of(name) for name in names], dtype=np.int64)


def key_of(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") >> 1


def mixed(words: Words) -> Words:
    """The last step of SplitMix64: near numbers go far from each other."""
    words = (words ^ (words >> np.uint64(30))) * FIRST
    words = (words ^ (words >> np.uint64(27))) * SECOND
    return words ^ (words >> np.uint64(31))


def states_of(keys: Ints, *, seed: int, use: str) -> Words:
    """By key, where its stream begins; one stream for each use of it."""
    begun = mixed(np.array([seed % 2**64], dtype=np.uint64)) ^ np.uint64(key_of(use))
    begun = mixed(begun ^ keys.astype(np.uint64))
    steps = np.arange(1, WORDS + 1, dtype=np.uint64) * GOLDEN
    return mixed(begun[:, None] + steps)


class Stream:
    """A generator that is set to where the stream of a key begins: far cheaper than a new one."""

    def __init__(self) -> None:
        self.bits = np.random.SFC64(0)
        self.numbers = np.random.Generator(self.bits)

    def at(self, state: Words) -> np.random.Generator:
        self.bits.state = {
            "bit_generator": "SFC64",
            "state": {"state": state},
            "has_uint32": 0,
            "uinteger": 0,
        }
        return self.numbers


def normals(key: int, *, draws: int, seed: int, use: str) -> Floats:
    state = states_of(np.array([key], dtype=np.int64), seed=seed, use=use)[0]
    return floats(Stream().at(state).standard_normal(draws))
