"""When an org is synced by itself: a row of the scheduler per org, made and dropped by admins."""

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from accounts.models import Connection
from revenue.users.models import Org

TASK = "accounts.scheduled.sync_on_schedule"
SHORTEST, LONGEST = 5, 24 * 60
# A message that waited for a worker longer than this asks for what the next one asks for too.
EXPIRES_S = 240
HOUR = 60


class Pace(models.TextChoices):
    HOURLY = "hourly", "Every hour"
    MINUTES = "minutes", "Every so many minutes"
    DAILY = "daily", "Once a day"
    NEVER = "never", "Not by itself"


@dataclass(frozen=True)
class Schedule:
    pace: Pace
    minutes: int = HOUR
    daily_at: time = time(6)
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        if not SHORTEST <= self.minutes <= LONGEST:
            raise ValidationError(f"Give between {SHORTEST} and {LONGEST} minutes.")

    def __str__(self) -> str:
        if self.pace == Pace.DAILY:
            return f"every day at {self.daily_at:%H:%M} {self.timezone}"
        if self.pace == Pace.NEVER:
            return "only when somebody starts it"
        return "every hour" if self.minutes == HOUR else f"every {self.minutes} minutes"

    def next_after(self, moment: datetime) -> datetime | None:
        if self.pace == Pace.NEVER:
            return None
        if self.pace != Pace.DAILY:
            return moment + timedelta(minutes=self.minutes)
        local = moment.astimezone(ZoneInfo(self.timezone))
        today = local.replace(
            hour=self.daily_at.hour, minute=self.daily_at.minute, second=0, microsecond=0
        )
        return today if today > local else today + timedelta(days=1)


NEVER = Schedule(Pace.NEVER)
USUAL = {
    Org.Kind.SALESFORCE: Schedule(Pace.HOURLY),
    Org.Kind.DEMO: Schedule(Pace.HOURLY),
    Org.Kind.CSV: NEVER,
}


def schedule_of(connection: Connection) -> Schedule:
    """Of a row that somebody changed in the admin, what can be said of it."""
    task = connection.schedule
    if task is None or not task.enabled:
        return NEVER
    if task.crontab is not None:
        return of_crontab(task.crontab)
    if task.interval is None:
        return NEVER
    length = timedelta(**{task.interval.period: task.interval.every})
    minutes = min(LONGEST, max(SHORTEST, round(length.total_seconds() / 60)))
    return Schedule(Pace.HOURLY if minutes == HOUR else Pace.MINUTES, minutes=minutes)


def of_crontab(crontab: CrontabSchedule) -> Schedule:
    if not (crontab.hour.isdigit() and crontab.minute.isdigit()):
        return NEVER
    at = time(int(crontab.hour), int(crontab.minute))
    return Schedule(Pace.DAILY, daily_at=at, timezone=str(crontab.timezone))


def next_run_at(connection: Connection, *, at: datetime) -> datetime | None:
    """When the scheduler turns to it; one that is late is due now."""
    task = connection.schedule
    if task is None or connection.state in Connection.HALTED:
        return None
    since = task.last_run_at or task.date_changed or at
    due = schedule_of(connection).next_after(since)
    return due and max(due, at)


@transaction.atomic
def set_schedule(*, connection: Connection, schedule: Schedule) -> None:
    """The caller records who did it."""
    if schedule.pace == Pace.NEVER:
        drop_schedule(connection=connection)
        return
    connection.schedule, _ = PeriodicTask.objects.update_or_create(
        name=name_for(connection.org),
        defaults={
            **timing(schedule),
            "task": TASK,
            "kwargs": json.dumps({"org_id": connection.org_id}),
            "queue": "interactive",
            "expire_seconds": EXPIRES_S,
            "enabled": True,
            "description": "Made and changed on the page of the org's connection.",
        },
    )
    connection.save(update_fields=["schedule"])


def ensure_schedule(*, connection: Connection) -> None:
    """For a connection that is new; what an admin has chosen stays."""
    if connection.schedule is None:
        set_schedule(connection=connection, schedule=USUAL[Org.Kind(connection.org.kind)])


def drop_schedule(*, connection: Connection) -> None:
    connection.schedule = None
    connection.save(update_fields=["schedule"])
    PeriodicTask.objects.filter(name=name_for(connection.org)).delete()


def name_for(org: Org) -> str:
    return f"sync-{org.slug}"


def timing(schedule: Schedule) -> dict[str, object]:
    if schedule.pace == Pace.DAILY:
        crontab, _ = CrontabSchedule.objects.get_or_create(
            minute=str(schedule.daily_at.minute),
            hour=str(schedule.daily_at.hour),
            day_of_week="*",
            day_of_month="*",
            month_of_year="*",
            timezone=schedule.timezone,
        )
        return {"crontab": crontab, "interval": None}
    interval, _ = IntervalSchedule.objects.get_or_create(
        every=schedule.minutes, period=IntervalSchedule.MINUTES
    )
    return {"interval": interval, "crontab": None}
