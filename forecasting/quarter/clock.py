"""Days as the org counts them: its own, where it is."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from revenue.users.models import Org


def local_day(org: Org, at: datetime) -> date:
    """An org fed by old files has days without a place: theirs end as UTC's do."""
    return at.date() if org.clock_date else at.astimezone(zone_of(org)).date()


def begin_of(org: Org, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone_of(org))


def zone_of(org: Org) -> ZoneInfo:
    return ZoneInfo("UTC" if org.clock_date else org.timezone)
