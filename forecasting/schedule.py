"""When deals are scored and learned from by themselves: two rows of the scheduler per org."""

import json

from django_celery_beat.models import IntervalSchedule, PeriodicTask

from revenue.users.models import Org

SCORE_TASK = "forecasting.scheduled.score_on_schedule"
TRAIN_TASK = "forecasting.scheduled.train_on_schedule"
SCORE_HOURS, TRAIN_HOURS = 6, 24
# A message that waited for a worker this long asks for what the next one asks for too.
EXPIRES_S = 3600
DESCRIPTION = "Made at the org's first sync; the hours may be changed here, or it switched off."


def ensure_schedules(*, org: Org) -> None:
    """What an admin has changed since stays."""
    wanted = {
        f"score-{org.slug}": (SCORE_TASK, SCORE_HOURS),
        f"train-{org.slug}": (TRAIN_TASK, TRAIN_HOURS),
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


def every(hours: int) -> IntervalSchedule:
    found, _ = IntervalSchedule.objects.get_or_create(every=hours, period=IntervalSchedule.HOURS)
    return found
