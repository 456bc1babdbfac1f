"""Deals that have closed, in two stretches of time that are held against each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from revenue.ml.arrays import Flags, Floats

Codes = NDArray[np.int32]
UNKNOWN = "Unknown"


@dataclass(frozen=True, eq=False)
class Dimension:
    """What deals are told apart by: each deal's place among the levels."""

    name: str
    levels: tuple[str, ...]
    codes: Codes

    @classmethod
    def of(cls, name: str, values: Any) -> "Dimension":
        said = [str(one) if one not in (None, "") else UNKNOWN for one in values]
        levels = tuple(sorted(set(said)))
        place = {level: at for at, level in enumerate(levels)}
        return cls(name, levels, np.array([place[one] for one in said], dtype=np.int32))

    def take(self, which: Any) -> "Dimension":
        return Dimension(self.name, self.levels, self.codes[which])


@dataclass(frozen=True, eq=False)
class Closed:
    """`passed` has a column for each step to a win: 1 passed, 0 lost there, NaN never came to it.

    The last step is the win itself, so that the product of all steps is whether a deal was won.
    """

    now: Flags
    value: Floats
    dimensions: tuple[Dimension, ...]
    passed: Floats
    steps: tuple[str, ...]
    stepped_now: Flags | None = None  # of each step, in which stretch; else in that of the deal

    def __post_init__(self) -> None:
        if self.passed.shape != (len(self.now), len(self.steps)):
            raise ValueError("Give each deal a column for each step.")

    @property
    def later(self) -> Flags:
        """By deal and step."""
        if self.stepped_now is not None:
            return self.stepped_now
        return np.broadcast_to(self.now[:, None], self.passed.shape)

    @classmethod
    def of(
        cls,
        *,
        now: Flags,
        won: Flags,
        value: Floats,
        values: Mapping[str, Any],
        reached: Any = None,
        steps: tuple[str, ...] = ("All the way",),
    ) -> "Closed":
        """`reached`: how many steps a lost deal had passed; a won one has passed them all."""
        number = len(now)
        far = np.zeros(number, dtype=np.int64) if reached is None else np.asarray(reached)
        far = np.where(won, len(steps), np.minimum(far, len(steps) - 1))
        places = np.arange(len(steps))[None, :]
        passed = np.where(places < far[:, None], 1.0, np.where(places == far[:, None], 0.0, np.nan))
        found = tuple(Dimension.of(name, one) for name, one in values.items())
        return cls(np.asarray(now), value, found, passed, steps)

    def __len__(self) -> int:
        return len(self.now)

    @property
    def won(self) -> Flags:
        return np.asarray(self.passed[:, -1] == 1, dtype=np.bool_)

    def rate(self, *, now: bool) -> float:
        chosen = self.won[self.now == now]
        return float(chosen.mean()) if len(chosen) else float("nan")

    def take(self, which: Any) -> "Closed":
        stepped = None if self.stepped_now is None else self.stepped_now[which]
        dimensions = tuple(one.take(which) for one in self.dimensions)
        return Closed(
            self.now[which], self.value[which], dimensions, self.passed[which], self.steps, stepped
        )

    def without(self, names: Sequence[str]) -> "Closed":
        kept = tuple(one for one in self.dimensions if one.name not in names)
        return replace(self, dimensions=kept)

    def dimension(self, name: str) -> Dimension:
        return next(one for one in self.dimensions if one.name == name)
