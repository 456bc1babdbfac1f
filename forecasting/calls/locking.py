"""When a week's calls are taken no more: from a weekday's hour until Monday, by the org's clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from forecasting.calls.reading import newest
from forecasting.models import ForecastCall, ForecastPolicy
from revenue.periods import Period
from revenue.users.models import Org

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Policy:
    """How an org locks; of one that has said nothing, it does not."""

    locks: bool = False
    weekday: int = 4
    hour: int = 17

    @classmethod
    def of(cls, org: Org) -> "Policy":
        row = ForecastPolicy.objects.filter(org=org).first()
        return cls(row.locks, row.lock_weekday, row.lock_hour) if row else cls()


@dataclass(frozen=True)
class Lock:
    """Of the week that begins at `monday`; both moments are in UTC."""

    monday: date
    locks: bool
    since: datetime
    until: datetime

    def holds(self, at: datetime) -> bool:
        return self.locks and self.since <= at < self.until

    @property
    def closes(self) -> datetime:
        """Up to when calls count for the week."""
        return self.since if self.locks else self.until


def lock_of_week(policy: Policy, *, zone: str, monday: date) -> Lock:
    """An hour that the clock leaves out locks when it would have come."""
    begins = moment_of(monday + timedelta(days=policy.weekday), time(policy.hour), zone=zone)
    return Lock(monday, policy.locks, begins, moment_of(monday + WEEK, time(), zone=zone))


def lock_at(policy: Policy, *, zone: str, at: datetime) -> Lock:
    day = at.astimezone(ZoneInfo(zone)).date()
    return lock_of_week(policy, zone=zone, monday=monday_of(day))


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def moment_of(day: date, hour: time, *, zone: str) -> datetime:
    return datetime.combine(day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def lock_of(org: Org, *, at: datetime) -> Lock:
    return lock_at(Policy.of(org), zone=org.timezone, at=at)


def locked_calls(org: Org, period: Period, week: date) -> dict[tuple[str, str], ForecastCall]:
    """By node and kind, what stood when the calls of a week were locked, or when it ended.

    `week` is any of its days. What had been taken back by then did not stand.
    """
    lock = lock_of_week(Policy.of(org), zone=org.timezone, monday=monday_of(week))
    calls = ForecastCall.objects.of(org).filter(
        length=period.length, since=period.since, made_at__lt=lock.closes
    )
    return {(call.key, call.kind): call for call in newest(calls) if call.amount is not None}
