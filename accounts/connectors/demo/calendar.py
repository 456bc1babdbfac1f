"""Days, quarters and working hours as whole numbers: days and seconds since 1970, in UTC."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np

from accounts.connectors.demo.draws import Floats, Ints

DAY = 86_400
WEEK = 7 * DAY
HOUR = 3_600
EPOCH = date(1970, 1, 1)
NEVER = 2**40  # later than any moment that is asked for
QUARTERS_OF_HISTORY = 10


def day_number(day: date) -> int:
    return (day - EPOCH).days


@lru_cache(maxsize=20_000)
def day_of(number: int) -> date:
    return EPOCH + timedelta(days=number)


def second_of(moment: datetime) -> int:
    return int(moment.timestamp())


def moment_of(second: int) -> datetime:
    return datetime.fromtimestamp(second, tz=UTC)


def quarter_start(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def quarters_later(day: date, quarters: int) -> date:
    months = day.year * 12 + day.month - 1 + 3 * quarters
    return date(months // 12, months % 12 + 1, 1)


def months_later(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)


def beginning_for(until: datetime) -> date:
    """Two and a half years of whole quarters, and the one that runs."""
    return quarters_later(quarter_start(until.astimezone(UTC).date()), -QUARTERS_OF_HISTORY)


def weekday(days: Ints) -> Ints:
    """Monday is 0; the first of January 1970 was a Thursday."""
    return (days + 3) % 7


def to_working_day(days: Ints) -> Ints:
    """Saturdays and Sundays become the Monday after."""
    return np.asarray(days + np.where(weekday(days) > 4, 7 - weekday(days), 0), dtype=np.int64)


def working_moment(first_days: Ints, working_day: Ints, share_of_day: Floats) -> Ints:
    """In the seven days from a working day on, the nth working day, between 9 and 18 h."""
    over_weekend = np.where(weekday(first_days) + working_day >= 5, 2, 0)
    seconds = 9 * HOUR + (share_of_day * 9 * HOUR).astype(np.int64)
    return np.asarray((first_days + working_day + over_weekend) * DAY + seconds, dtype=np.int64)


def days_to_quarter_end(days: Ints) -> Ints:
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    next_quarter = (months.astype(np.int64) // 3 + 1) * 3
    ends = next_quarter.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return np.asarray(ends - days, dtype=np.int64)
