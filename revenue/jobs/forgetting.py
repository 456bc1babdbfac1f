"""Finished jobs and exported files are not kept for ever."""

from datetime import datetime, timedelta
from pathlib import Path

from revenue.jobs.models import Job

KEEP_JOBS = timedelta(days=30)
KEEP_EXPORTS = timedelta(days=7)
BATCH = 1000


def forget_old_jobs(*, at: datetime) -> int:
    old = Job.objects.finished().filter(finished_at__lt=at - KEEP_JOBS)
    count = 0
    while batch := list(old.order_by("finished_at").values_list("pk", flat=True)[:BATCH]):
        count += Job.objects.filter(pk__in=batch).delete()[0]
    return count


def remove_old_exports(*, at: datetime, folder: Path) -> int:
    """By the file's own age, so that a file whose job is gone goes too."""
    oldest = (at - KEEP_EXPORTS).timestamp()
    old = [each for each in folder.glob("*") if each.is_file() and each.stat().st_mtime < oldest]
    for each in old:
        each.unlink(missing_ok=True)
    return len(old)
