"""Stretches of time that a forecast is made for, by the org's own fiscal calendar."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

MONTHS_A_YEAR = 12


class Length(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        return {"month": 1, "quarter": 3, "year": MONTHS_A_YEAR}[self.value]


@dataclass(frozen=True, order=True)
class Period:
    """`until` is the first day after it."""

    since: date
    until: date
    length: Length
    first_month: int = 1

    @classmethod
    def of(cls, day: date, *, length: Length = Length.QUARTER, first_month: int = 1) -> "Period":
        into = (day.month - first_month) % length.months
        since = months_later(day.replace(day=1), -into)
        return cls(since, months_later(since, length.months), length, first_month)

    def before(self, number: int = 1) -> "Period":
        return self.after(-number)

    def after(self, number: int = 1) -> "Period":
        since = months_later(self.since, number * self.length.months)
        until = months_later(since, self.length.months)
        return Period(since, until, self.length, self.first_month)

    def year_before(self) -> "Period":
        return self.before(MONTHS_A_YEAR // self.length.months)

    def __contains__(self, day: date) -> bool:
        return self.since <= day < self.until

    @property
    def days(self) -> int:
        return (self.until - self.since).days

    @property
    def last(self) -> date:
        return self.until - timedelta(days=1)

    @property
    def weeks(self) -> tuple[date, ...]:
        """The first day of each of its weeks, counted from its own first day."""
        return tuple(self.since + timedelta(days=at) for at in range(0, self.days, 7))

    def day_at(self, share: float) -> date:
        """As far into it: quarters have 90 to 92 days, and are compared at the same part."""
        return self.since + timedelta(days=min(round(self.days * share), self.days))

    def share_of(self, day: date) -> float:
        return min(max((day - self.since).days / self.days, 0.0), 1.0)

    @property
    def fiscal_year(self) -> int:
        """Named, as most companies do, after the calendar year in which it ends."""
        opened = months_later(self.since, -((self.since.month - self.first_month) % MONTHS_A_YEAR))
        return months_later(opened, MONTHS_A_YEAR - 1).year

    @property
    def label(self) -> str:
        if self.length is Length.MONTH:
            return f"{self.since:%B %Y}"
        name = "FY" if self.first_month > 1 else ""
        year = f"{name}{self.fiscal_year}"
        if self.length is Length.YEAR:
            return year
        return f"Q{(self.since.month - self.first_month) % MONTHS_A_YEAR // 3 + 1} {year}"

    def __str__(self) -> str:
        return self.label


def months_later(first: date, months: int) -> date:
    """Of the first of a month, the first of another."""
    place = first.year * MONTHS_A_YEAR + first.month - 1 + months
    return date(place // MONTHS_A_YEAR, place % MONTHS_A_YEAR + 1, 1)
