"""What Prometheus is told of the jobs."""

from collections.abc import Iterable

from revenue.jobs.models import Job
from revenue.observe import metrics


def counts() -> Iterable[metrics.Sample]:
    return Job.objects.counts().items()


metrics.register_collector(
    name="revenue_jobs",
    help_text="Jobs that are kept, by state and queue.",
    labels=["state", "queue"],
    read=counts,
)
