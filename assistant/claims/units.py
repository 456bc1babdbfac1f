"""A number as a record has it: how much, of what, and which way it may be said."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Unit(StrEnum):
    COUNT = "count"
    SCORE = "score"  # of a hundred
    SHARE = "share"  # in per cent
    POINTS = "points"
    MONEY = "money"
    TIME = "time"  # in days
    RATIO = "ratio"
    DATE = "date"


Number = int | float | Decimal


@dataclass(frozen=True)
class Value:
    """`is_signed`: a change, which is said with its way. `is_ahead`: of days, to come or past."""

    unit: Unit
    amount: Decimal = Decimal(0)
    currency: str = ""
    on: date | None = None
    is_signed: bool = False
    is_ahead: bool | None = None
    name: str = ""


def exact(number: Number) -> Decimal:
    return number if isinstance(number, Decimal) else Decimal(str(number))


def count(number: Number, *, name: str = "") -> Value:
    return Value(Unit.COUNT, exact(number), name=name)


def score(number: Number, *, name: str = "") -> Value:
    return Value(Unit.SCORE, exact(number), name=name)


def share(part: Number, *, name: str = "") -> Value:
    """Of one: 0.31 is said as 31 %."""
    return Value(Unit.SHARE, exact(part) * 100, name=name)


def points(part: Number, *, name: str = "") -> Value:
    """A difference of two shares: 0.082 is said as +8.2 points."""
    return Value(Unit.POINTS, exact(part) * 100, is_signed=True, name=name)


def change(number: Number, *, unit: Unit = Unit.COUNT, currency: str = "", name: str = "") -> Value:
    return Value(unit, exact(number), currency=currency, is_signed=True, name=name)


def money(amount: Number, currency: str, *, name: str = "") -> Value:
    return Value(Unit.MONEY, exact(amount), currency=currency, name=name)


def days(number: Number, *, is_ahead: bool | None = None, name: str = "") -> Value:
    return Value(Unit.TIME, exact(number), is_ahead=is_ahead, name=name)


def day(on: date, *, name: str = "") -> Value:
    return Value(Unit.DATE, on=on, name=name)
