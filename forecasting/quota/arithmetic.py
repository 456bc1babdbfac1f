"""The number beside quota: attainment, coverage, pacing, and the pipeline that is still needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from revenue.periods import Period

PERIODS = 8
# Of fewer deals than these, a share of one's own says little: that of all is taken.
FEWEST = 30
Won = Mapping[date, Decimal]


@dataclass(frozen=True)
class Standing:
    quota: Decimal | None
    closed: Decimal
    pipeline: Decimal
    expected_new: Decimal

    @property
    def attainment(self) -> Decimal | None:
        return self.closed / self.quota if self.quota else None

    @property
    def gap(self) -> Decimal | None:
        """Below nothing where more than the quota is closed."""
        return None if self.quota is None else self.quota - self.closed

    @property
    def coverage(self) -> Decimal | None:
        """How many times the pipeline that is due holds what is left of the quota."""
        return self.pipeline / self.gap if self.gap is not None and self.gap > 0 else None


@dataclass(frozen=True)
class Share:
    """Of pipeline that was due in earlier periods at the same point, what they won from then on."""

    due: Decimal = Decimal()
    won: Decimal = Decimal()
    deals: int = 0
    periods: int = 0
    is_of_all: bool = False

    @property
    def value(self) -> Decimal | None:
        return self.won / self.due if self.due > 0 and self.won > 0 else None


@dataclass(frozen=True)
class Needed:
    """(quota − closed − expected new business) ÷ share; each of them as it stands."""

    standing: Standing
    share: Share

    @property
    def left(self) -> Decimal | None:
        now = self.standing
        return None if now.gap is None else max(now.gap - now.expected_new, Decimal())

    @property
    def amount(self) -> Decimal | None:
        if self.left is None:
            return None
        if not self.left:
            return Decimal()
        return None if self.share.value is None else self.left / self.share.value

    @property
    def short(self) -> Decimal | None:
        """Of the pipeline that is due; below nothing where there is more than is needed."""
        return None if self.amount is None else self.amount - self.standing.pipeline


@dataclass(frozen=True)
class Pace:
    """By the same point, the share that earlier periods had of what they closed in the end."""

    shares: tuple[float, ...]
    closed: Decimal

    @property
    def median(self) -> float | None:
        return median(self.shares) if self.shares else None

    @property
    def low(self) -> float | None:
        return min(self.shares, default=None)

    @property
    def high(self) -> float | None:
        return max(self.shares, default=None)

    @property
    def ends_at(self) -> Decimal | None:
        """What this period closes in the end, should it go on as the middle of them did."""
        return self.closed / Decimal(str(self.median)) if self.median and self.closed else None


@dataclass(frozen=True)
class Course:
    """What a period had won by the end of each of its weeks; of the one that runs, so far."""

    period: Period
    amounts: tuple[Decimal, ...]


def share_of(own: Share, whole: Share) -> Share:
    if own.deals >= FEWEST or own.deals >= whole.deals:
        return own
    return Share(whole.due, whole.won, whole.deals, whole.periods, is_of_all=True)


def pace_of(won: Won, period: Period, *, today: date) -> Pace:
    """Of a period that has not begun, there is none."""
    done = period.share_of(today + timedelta(days=1))
    past = comparable(won, period) if today >= period.since else []
    shares = tuple(
        float(won_between(won, one.since, one.day_at(done)) / total_of(won, one)) for one in past
    )
    return Pace(shares, won_between(won, period.since, min(period.until, day_after(today))))


def earlier(period: Period, number: int = PERIODS) -> list[Period]:
    """The oldest first."""
    return [period.before(back) for back in range(number, 0, -1)]


def comparable(won: Won, period: Period) -> list[Period]:
    """Without those before the first win that is known, and the one in which it falls.

    That one may have been begun halfway: by the CRM, or by somebody's first day.
    """
    periods = earlier(period)
    empty = next((at for at, one in enumerate(periods) if total_of(won, one)), len(periods))
    begins = empty + 1 if empty else 0
    return [one for one in periods[begins:] if total_of(won, one) > 0]


def courses_of(won: Won, period: Period, *, today: date) -> tuple[Course, list[Course]]:
    """Of this period up to today's week, and of the earlier ones to compare."""
    ends = [end for end in week_ends(period) if end <= week_end_of(period, today)]
    own = tuple(won_between(won, period.since, day_after(min(end, today))) for end in ends)
    past = [
        Course(
            one,
            tuple(won_between(won, one.since, day_after(end)) for end in week_ends(one)),
        )
        for one in comparable(won, period)
    ]
    return Course(period, own), past


def week_ends(period: Period) -> list[date]:
    """The last day of each week, counted from the period's first day."""
    return [min(first + timedelta(days=6), period.last) for first in period.weeks]


def week_end_of(period: Period, day: date) -> date:
    """Of the week of a day; before the period, none has ended."""
    if day < period.since:
        return period.since - timedelta(days=1)
    return next((end for end in week_ends(period) if day <= end), period.last)


def total_of(won: Won, period: Period) -> Decimal:
    return won_between(won, period.since, period.until)


def won_between(won: Won, since: date, until: date) -> Decimal:
    return sum((amount for day, amount in won.items() if since <= day < until), Decimal())


def day_after(day: date) -> date:
    return day + timedelta(days=1)


def added(parts: Sequence[Won]) -> dict[date, Decimal]:
    found: dict[date, Decimal] = {}
    for part in parts:
        for day, amount in part.items():
            found[day] = found.get(day, Decimal()) + amount
    return found
