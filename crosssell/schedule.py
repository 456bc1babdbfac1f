"""When cross-sell learns and suggests: rows of the scheduler per org."""

import json

from django_celery_beat.models import IntervalSchedule, PeriodicTask

from revenue.users.models import Org

SUGGEST_TASK = "crosssell.scheduled.suggest_on_schedule"
LEARN_TASK = "crosssell.scheduled.learn_on_schedule"
FORESEE_TASK = "crosssell.scheduled.foresee_on_schedule"
EXPAND_TASK = "crosssell.scheduled.learn_expansion_on_schedule"
SUGGEST_HOURS, LEARN_HOURS = 24, 24
# A message that waited for a worker this long asks for what the next one asks for too.
EXPIRES_S = 3600
DESCRIPTION = "Made at the org's first sync; the hours may be changed here, or it switched off."


def ensure_schedules(*, org: Org) -> None:
    """What an admin has changed since stays."""
    wanted = {
        f"suggest-{org.slug}": (SUGGEST_TASK, SUGGEST_HOURS),
        f"learn-crosssell-{org.slug}": (LEARN_TASK, LEARN_HOURS),
        f"foresee-expansion-{org.slug}": (FORESEE_TASK, SUGGEST_HOURS),
        f"learn-expansion-{org.slug}": (EXPAND_TASK, LEARN_HOURS),
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
