"""What every model can do: give a margin, and say exactly what it is made of."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from revenue.ml.arrays import Floats
from revenue.ml.frames import Frame


@dataclass(frozen=True)
class Contributions:
    """By row and feature, in units of the margin; with `base` they sum to the margin."""

    base: Floats
    by_feature: Floats

    @property
    def margin(self) -> Floats:
        total: Floats = self.base + self.by_feature.sum(axis=1)
        return total


class Member(Protocol):
    @property
    def kind(self) -> str: ...

    def margin(self, frame: Frame) -> Floats: ...

    def contributions(self, frame: Frame) -> Contributions: ...

    def as_json(self) -> dict[str, Any]: ...

    def blobs(self) -> dict[str, bytes]: ...


@runtime_checkable
class Dated(Protocol):
    """Can also say the margin of what will have ended by a day."""

    def margin_by(self, frame: Frame, end: np.datetime64) -> Floats: ...


@dataclass(frozen=True)
class Blend:
    """The mean of its members' margins, so its contributions are the mean of theirs."""

    members: tuple[Member, ...]
    kind: str = "blend"

    def margin(self, frame: Frame) -> Floats:
        return np.asarray(np.mean([one.margin(frame) for one in self.members], axis=0))

    def margin_by(self, frame: Frame, end: np.datetime64) -> Floats:
        return np.asarray(np.mean([margin_by(one, frame, end) for one in self.members], axis=0))

    def contributions(self, frame: Frame) -> Contributions:
        parts = [one.contributions(frame) for one in self.members]
        base = np.mean([part.base for part in parts], axis=0)
        return Contributions(base, np.mean([part.by_feature for part in parts], axis=0))

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "members": [one.as_json() for one in self.members]}

    def blobs(self) -> dict[str, bytes]:
        return {name: blob for one in self.members for name, blob in one.blobs().items()}


def margin_by(member: Member, frame: Frame, end: np.datetime64) -> Floats:
    """For rows that are known to have ended by a day: of those who can tell that, of that day.

    A window holds only what ended in it: early ends, and those of its months. To be calibrated on
    them is to be asked about them.
    """
    return member.margin_by(frame, end) if isinstance(member, Dated) else member.margin(frame)
