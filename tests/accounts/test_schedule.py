"""When an org is synced by itself: what admins choose, and the scheduler's rows behind it."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection as database
from django.test import Client
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import scheduled
from accounts.connecting import Wish, save_connection
from accounts.models import Connection
from accounts.schedule import (
    NEVER,
    TASK,
    Pace,
    Schedule,
    drop_schedule,
    name_for,
    next_run_at,
    schedule_of,
    set_schedule,
)
from revenue.jobs.models import Job
from revenue.users.models import Org
from tests.accounts.connected import Desk
from tests.factories.facts import a_connection
from tests.factories.people import OrgFactory

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")


# Pure rules


@pytest.mark.parametrize(
    ("schedule", "words", "next_at"),
    [
        (NEVER, "only when somebody starts it", None),
        (Schedule(Pace.HOURLY), "every hour", NOON + timedelta(hours=1)),
        (Schedule(Pace.MINUTES, minutes=15), "every 15 minutes", NOON + timedelta(minutes=15)),
        (
            Schedule(Pace.DAILY, daily_at=time(13, 30), timezone="Europe/Berlin"),
            "every day at 13:30 Europe/Berlin",
            datetime(2026, 3, 2, 12, 30, tzinfo=UTC),
        ),
        (
            Schedule(Pace.DAILY, daily_at=time(12, 0)),
            "every day at 12:00 UTC",
            datetime(2026, 3, 3, 12, 0, tzinfo=UTC),
        ),
    ],
)
def test_each_pace_has_words_and_a_next_time(
    schedule: Schedule, words: str, next_at: datetime | None
) -> None:
    assert str(schedule) == words
    assert schedule.next_after(NOON) == next_at


@pytest.mark.parametrize("minutes", [4, 24 * 60 + 1])
def test_what_is_too_often_or_too_seldom_is_refused(minutes: int) -> None:
    with pytest.raises(ValidationError, match="between 5 and 1440"):
        Schedule(Pace.MINUTES, minutes=minutes)


@settings(max_examples=60)
@given(
    seconds=st.integers(0, 3 * 365 * 86_400),
    daily_at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES),
)
def test_once_a_day_is_later_at_that_hour_and_within_a_day(
    seconds: int, daily_at: time, zone: str
) -> None:
    """Where clocks turn, a day has 23 to 25 hours and an hour may not be there at all."""
    moment = NOON + timedelta(seconds=seconds)
    found = Schedule(Pace.DAILY, daily_at=daily_at, timezone=zone).next_after(moment)
    assert found is not None
    assert timedelta(0) < found - moment <= timedelta(hours=25)
    local = found.astimezone(UTC).astimezone(ZoneInfo(zone))
    off = abs(timedelta(hours=local.hour - daily_at.hour, minutes=local.minute - daily_at.minute))
    assert off in {timedelta(0), timedelta(hours=1), timedelta(minutes=30)}


# The scheduler's rows

KINDS = [
    Schedule(Pace.HOURLY),
    Schedule(Pace.MINUTES, minutes=45),
    Schedule(Pace.DAILY, daily_at=time(6, 5), timezone="America/New_York"),
    NEVER,
]


@pytest.mark.django_db
def test_what_was_set_is_what_is_read_again() -> None:
    made = a_connection(org=OrgFactory(slug="acme"))
    for schedule in KINDS + KINDS[::-1]:
        set_schedule(connection=made, schedule=schedule)
        assert schedule_of(Connection.objects.get(pk=made.pk)) == schedule
    assert PeriodicTask.objects.filter(name="sync-acme").count() == 1


@pytest.mark.django_db
def test_a_task_names_the_org_and_no_secret() -> None:
    made = a_connection()
    made.write_secrets({"client_secret": "canary"})
    set_schedule(connection=made, schedule=Schedule(Pace.HOURLY))
    task = PeriodicTask.objects.get(name=name_for(made.org))
    assert (task.task, json.loads(task.kwargs)) == (TASK, {"org_id": made.org_id})
    assert task.expire_seconds is not None
    assert task.expire_seconds < 5 * 60


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "pace"),
    [(Org.Kind.SALESFORCE, Pace.HOURLY), (Org.Kind.DEMO, Pace.HOURLY), (Org.Kind.CSV, Pace.NEVER)],
)
def test_a_new_connection_has_its_kinds_schedule_and_a_changed_one_keeps_its_own(
    kind: str, pace: Pace
) -> None:
    org = OrgFactory(kind=kind)
    made = save_connection(org=org, wish=Wish("none"), by=None, at=NOON)
    assert schedule_of(made).pace == pace
    set_schedule(connection=made, schedule=Schedule(Pace.MINUTES, minutes=7))
    again = save_connection(org=org, wish=Wish("none"), by=None, at=NOON)
    assert schedule_of(again).minutes == 7
    drop_schedule(connection=again)
    assert not PeriodicTask.objects.filter(name=name_for(org)).exists()


@pytest.mark.django_db
def test_when_the_next_run_comes() -> None:
    made = a_connection()
    set_schedule(connection=made, schedule=Schedule(Pace.HOURLY))
    tasks = PeriodicTask.objects.filter(name=name_for(made.org))

    def at(ran: datetime | None, **state: Any) -> datetime | None:
        tasks.update(last_run_at=ran, date_changed=NOON, **state)
        return next_run_at(Connection.objects.get(pk=made.pk), at=NOON)

    assert at(NOON - timedelta(minutes=20)) == NOON + timedelta(minutes=40)
    assert at(NOON - timedelta(days=2)) == NOON  # the scheduler was away: it is due
    assert at(None) == NOON + timedelta(hours=1)
    assert at(NOON, enabled=False) is None
    tasks.update(enabled=True)
    Connection.objects.update(state="needs_sign_in")
    assert at(NOON) is None


@pytest.mark.django_db
def test_rows_that_somebody_changed_in_the_admin_are_told_as_far_as_can_be() -> None:
    made = a_connection()
    set_schedule(connection=made, schedule=Schedule(Pace.HOURLY))
    task = PeriodicTask.objects.get(name=name_for(made.org))

    def told(**timing: Any) -> Schedule:
        PeriodicTask.objects.filter(pk=task.pk).update(
            **{"interval": None, "crontab": None} | timing
        )
        return schedule_of(Connection.objects.get(pk=made.pk))

    seconds = IntervalSchedule.objects.create(every=10, period="seconds")
    days = IntervalSchedule.objects.create(every=3, period="days")
    assert told(interval=seconds).minutes == 5
    assert told(interval=days).minutes == 24 * 60
    assert told(crontab=CrontabSchedule.objects.create(minute="*/5", hour="*")) == NEVER
    assert told() == NEVER


# By the page, as the role of web requests


def role_of_requests(client: Client, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whom the database takes the writer of schedules for."""
    seen: list[str] = []
    update = PeriodicTask.objects.update_or_create

    def note(*args: Any, **given: Any) -> Any:
        with database.cursor() as cursor:
            cursor.execute("SELECT current_user")
            seen.append(cursor.fetchone()[0])
        return update(*args, **given)

    monkeypatch.setattr(type(PeriodicTask.objects), "update_or_create", lambda _, **g: note(**g))
    return seen


@pytest.mark.django_db
def test_an_admin_chooses_behind_the_wall(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    desk: Desk = Desk.of(client)
    made = a_connection(org=desk.org, method="jwt")
    made.write_secrets({"private_key": "x"})
    made.save()
    roles = role_of_requests(client, monkeypatch)
    limits = {"quota_percent": "50", "bulk_from": "7"}
    for form, schedule in (
        ({"pace": "hourly"}, KINDS[0]),
        ({"pace": "minutes", "minutes": "45"}, KINDS[1]),
        (
            {"pace": "daily", "daily_at": "06:05"},
            Schedule(Pace.DAILY, daily_at=time(6, 5), timezone=desk.org.timezone),
        ),
        ({"pace": "never"}, NEVER),
        ({"pace": "hourly"}, KINDS[0]),
    ):
        answer = desk.send("connection-pace", **form, **limits)
        assert f"is now synced {schedule}." in answer.content.decode()
        assert schedule_of(desk.connection()) == schedule
    assert set(roles) == {"revenue_web"}
    found = desk.connection()
    assert (found.quota_share, found.bulk_from) == (0.5, 7)
    desk.send("connection-disconnect")
    assert not PeriodicTask.objects.filter(name=name_for(desk.org)).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"pace": "minutes", "minutes": "1"},
        {"pace": "minutes", "minutes": ""},
        {"pace": "daily", "daily_at": "25:00"},
        {"pace": "daily", "daily_at": ""},
        {"pace": "sometimes"},
        {"pace": "hourly", "quota_percent": "0"},
        {"pace": "hourly", "quota_percent": "101"},
        {"pace": "hourly", "bulk_from": "0"},
    ],
)
def test_what_cannot_be_is_refused_in_its_place(client: Client, wrong: dict[str, str]) -> None:
    desk: Desk = Desk.of(client)
    made = a_connection(org=desk.org, method="jwt")
    made.write_secrets({"private_key": "x"})
    made.save()
    set_schedule(connection=made, schedule=KINDS[1])
    answer = desk.send("connection-pace", **{"quota_percent": "50", "bulk_from": "7", **wrong})
    assert answer.status_code == 422
    assert schedule_of(desk.connection()) == KINDS[1]
    assert desk.connection().quota_share == 0.8


# What the scheduler starts


@pytest.mark.django_db
def test_the_scheduler_starts_one_sync_at_a_time_and_only_where_it_can_run() -> None:
    working, halted = a_connection(state="working"), a_connection(state="needs_sign_in")
    gone = a_connection(org=OrgFactory(is_active=False))
    for each in (working, working, halted, gone):
        scheduled.sync_on_schedule(org_id=each.org_id)
    scheduled.sync_on_schedule(org_id=10**9)
    (job,) = Job.objects.all()
    assert (job.org, job.started_by, job.arguments["trigger"]) == (working.org, None, "schedule")
