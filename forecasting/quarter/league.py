"""Which way of forecasting came nearest, from what each would have said of periods that are over.

Errors are shares of what came of a period, so that small teams and large ones read alike; of a
period in which nothing was won there is no such share, and it counts for bias and loss alone.

They are ranked by what their P50 loses, which each of them says: at P10 and P90 a method that says
one number would say it again, and lose to any band. What a band loses stands apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import fmean, median
from typing import Protocol

MODEL = "model"
WANTED = 8
LEVELS = (0.1, 0.5, 0.9)


class Row(Protocol):
    """What a method said of a period at a cut-off; one that says a point has no P10 and P90."""

    @property
    def method(self) -> str: ...
    @property
    def cut(self) -> str: ...
    @property
    def since(self) -> date: ...
    @property
    def said(self) -> Decimal | None: ...
    @property
    def p10(self) -> Decimal | None: ...
    @property
    def p90(self) -> Decimal | None: ...
    @property
    def actual(self) -> Decimal | None: ...


@dataclass(frozen=True)
class Standing:
    """Of a method at a cut-off: shares, but for the number of periods; None where there is none."""

    method: str
    cut: str
    periods: int
    median_error: float | None
    bias: float | None
    loss: float | None
    band_loss: float | None
    coverage: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Told:
    low: float
    middle: float
    high: float
    actual: float

    @property
    def error(self) -> float:
        return abs(self.middle - self.actual) / self.actual

    @property
    def loss(self) -> float:
        return pinball(0.5, self.middle, self.actual)

    @property
    def band_loss(self) -> float:
        """The mean of the pinball losses at P10, P50 and P90."""
        said = zip(LEVELS, (self.low, self.middle, self.high), strict=True)
        return fmean(pinball(level, one, self.actual) for level, one in said)

    @property
    def is_covered(self) -> bool:
        return self.low <= self.actual <= self.high


def pinball(level: float, said: float, actual: float) -> float:
    """What is said too low costs `level` of each unit, what is too high the rest."""
    missed = actual - said
    return level * missed if missed >= 0 else (level - 1) * missed


def league(rows: Iterable[Row]) -> list[Standing]:
    """By cut-off, the one that loses least at P50 first; rows without a figure are left out."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.said is not None and row.actual is not None:
            groups.setdefault((row.cut, row.method), []).append(row)
    found = [standing_of(method, cut, own) for (cut, method), own in groups.items()]
    return sorted(found, key=lambda one: (one.cut, *rank(one), one.method))


def standing_of(method: str, cut: str, rows: Sequence[Row]) -> Standing:
    told = [told_by(row) for row in rows]
    won = sum(one.actual for one in told)
    has_band = method == MODEL
    judged = [one.error for one in told if one.actual > 0]
    return Standing(
        method=method,
        cut=cut,
        periods=len({row.since for row in rows}),
        median_error=median(judged) if judged else None,
        bias=sum(one.middle - one.actual for one in told) / won if won > 0 else None,
        loss=sum(one.loss for one in told) / won if won > 0 else None,
        band_loss=sum(one.band_loss for one in told) / won if has_band and won > 0 else None,
        coverage=fmean(one.is_covered for one in told) if has_band else None,
        accuracy=fmean(max(0.0, 1 - one) for one in judged) if judged else None,
    )


def told_by(row: Row) -> Told:
    said = float(row.said or 0)
    return Told(
        low=said if row.p10 is None else float(row.p10),
        middle=said,
        high=said if row.p90 is None else float(row.p90),
        actual=float(row.actual or 0),
    )


def rank(one: Standing) -> tuple[bool, float]:
    return (one.loss is None, one.loss or 0.0)


def best_of(standings: Iterable[Standing]) -> Standing | None:
    """That loses least, of those that were asked as often as any: an easy period proves nothing."""
    known = [one for one in standings if one.loss is not None]
    most = max((one.periods for one in known), default=0)
    return min((one for one in known if one.periods == most), key=rank, default=None)
