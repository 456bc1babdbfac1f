"""The three queues as people choose and read them."""

from django.db import models

from revenue.jobs.broker import TIME_LIMITS, TimeLimit


class Queue(models.TextChoices):
    INTERACTIVE = "interactive", "Interactive"
    BULK = "bulk", "Bulk"
    TRAINING = "training", "Training"

    @property
    def time_limit(self) -> TimeLimit:
        return TIME_LIMITS[self.value]


def in_words(seconds: int) -> str:
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "0 seconds"
