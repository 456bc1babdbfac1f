"""What is ahead and what is past, by the clock of the org: old files live in their own time."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from revenue.users.models import Org


def moment_of(org: Org, *, at: datetime) -> datetime:
    """Now; for an org fed by old files the end of the last day in them."""
    if org.clock_date is None:
        return at
    return datetime.combine(org.clock_date, time.max, tzinfo=ZoneInfo(org.timezone))


def distance(day: date | None, *, today: date) -> str:
    """ "in 3 days", "12 days ago"; nothing where there is no day."""
    if day is None:
        return ""
    days = (day - today).days
    if days == 0:
        return "today"
    said = counted_days(abs(days))
    return f"in {said}" if days > 0 else f"{said} ago"


def overdue(day: date | None, *, today: date) -> str:
    if day is None or day >= today:
        return ""
    return f"{counted_days((today - day).days)} overdue"


def counted_days(days: int) -> str:
    return f"{days:,} day" if days == 1 else f"{days:,} days"
