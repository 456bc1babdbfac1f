"""When deals are scored and learned from, and the week is told: rows of the scheduler per org."""

import json

from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from revenue.users.models import Org

SCORE_TASK = "forecasting.scheduled.score_on_schedule"
TRAIN_TASK = "forecasting.scheduled.train_on_schedule"
WEEK_TASK = "forecasting.scheduled.tell_week_on_schedule"
LEADS_TASK = "forecasting.scheduled.score_leads_on_schedule"
LEARN_LEADS_TASK = "forecasting.scheduled.learn_leads_on_schedule"
HEALTH_TASK = "forecasting.scheduled.score_health_on_schedule"
LEAVING_TASK = "forecasting.scheduled.learn_leaving_on_schedule"
SCORE_HOURS, TRAIN_HOURS, HEALTH_HOURS = 6, 24, 24
MONDAY, MORNING = "1", "6"
# A message that waited for a worker this long asks for what the next one asks for too.
EXPIRES_S = 3600
DESCRIPTION = "Made at the org's first sync; the hours may be changed here, or it switched off."


def ensure_schedules(*, org: Org) -> None:
    """What an admin has changed since stays."""
    wanted = {
        f"score-{org.slug}": (SCORE_TASK, SCORE_HOURS),
        f"train-{org.slug}": (TRAIN_TASK, TRAIN_HOURS),
        f"score-leads-{org.slug}": (LEADS_TASK, SCORE_HOURS),
        f"learn-leads-{org.slug}": (LEARN_LEADS_TASK, TRAIN_HOURS),
        f"score-health-{org.slug}": (HEALTH_TASK, HEALTH_HOURS),
        f"learn-leaving-{org.slug}": (LEAVING_TASK, HEALTH_HOURS),
    }
    known = PeriodicTask.objects.filter(name__in=wanted).values_list("name", flat=True)
    for name in set(wanted) - set(known):
        task, hours = wanted[name]
        PeriodicTask.objects.get_or_create(
            name=name,
            defaults={
                "task": task,
                "interval": every(hours),
                "kwargs": json.dumps({"org_id": org.pk}),
                "queue": "interactive",
                "expire_seconds": EXPIRES_S,
                "description": DESCRIPTION,
            },
        )
    ensure_week(org=org)


def ensure_week(*, org: Org) -> None:
    """By the org's clock, also after it was moved to another place; day and hour stay as set."""
    name = f"week-{org.slug}"
    known = PeriodicTask.objects.filter(name=name).select_related("crontab").first()
    if known is None:
        PeriodicTask.objects.get_or_create(
            name=name,
            defaults={
                "task": WEEK_TASK,
                "crontab": at_hour(MONDAY, MORNING, timezone=org.timezone),
                "kwargs": json.dumps({"org_id": org.pk}),
                "queue": "interactive",
                "expire_seconds": EXPIRES_S,
                "description": DESCRIPTION,
            },
        )
    elif known.crontab is not None and str(known.crontab.timezone) != org.timezone:
        moved = known.crontab
        known.crontab = at_hour(moved.day_of_week, moved.hour, timezone=org.timezone)
        known.save()


def at_hour(weekday: str, hour: str, *, timezone: str) -> CrontabSchedule:
    found, _ = CrontabSchedule.objects.get_or_create(
        minute="0",
        hour=hour,
        day_of_week=weekday,
        day_of_month="*",
        month_of_year="*",
        timezone=timezone,
    )
    return found


def every(hours: int) -> IntervalSchedule:
    found, _ = IntervalSchedule.objects.get_or_create(every=hours, period=IntervalSchedule.HOURS)
    return found
