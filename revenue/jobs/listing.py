"""The list of an org's jobs, and how many there were per day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from revenue.jobs.models import Job, JobQuerySet, State
from revenue.web.charts import Chart
from revenue.web.daily import Series, daily_chart
from revenue.web.filters import DateRangeFilter, MultiChoiceFilter, TextFilter
from revenue.web.tables import Column, Table
from revenue.web.templatetags.web import state_kind

COLOURS = {
    State.SUCCEEDED: "var(--positive)",
    State.FAILED: "var(--negative)",
    State.CANCELLED: "var(--chart-6)",
    State.RUNNING: "var(--chart-1)",
    State.QUEUED: "var(--chart-2)",
}
Counts = Mapping[tuple[date, str], int]


def page_of(job: Job) -> str:
    return reverse("jobs:job-show", args=[job.org.slug, job.pk]) if job.org else ""


def who(job: Job) -> str:
    return str(job.started_by) if job.started_by else "The scheduler"


def took(job: Job) -> str:
    length = job.duration(at=timezone.now())
    return "" if length is None else duration_in_words(length)


def duration_in_words(length: timedelta) -> str:
    seconds = length.total_seconds()
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def progress(job: Job) -> str:
    if job.total:
        return f"{job.done:,} of {job.total:,}"
    return f"{job.done:,}" if job.done else ""


JOBS = Table(
    id="jobs",
    noun="jobs",
    caption="Jobs",
    default_sort="-created",
    columns=(
        Column(name="title", label="Job", sort="title", href=page_of),
        Column(
            name="state",
            label="State",
            kind="badge",
            value="get_state_display",
            badge=lambda job: state_kind(job.state),
            sort="state",
        ),
        Column(name="progress", label="Progress", value=progress),
        Column(name="queue", label="Queue", value="get_queue_display", sort="queue"),
        Column(name="who", label="Started by", value=who),
        Column(
            name="created", label="Asked for", kind="ago", value="created_at", sort="created_at"
        ),
        Column(name="took", label="Took", value=took),
        Column(name="attempts", label="Attempts", kind="number", sort="attempts", shown=False),
        Column(name="error", label="Reason", kind="long", shown=False),
    ),
    filters=(
        TextFilter(
            name="q",
            label="Search jobs and people",
            paths=("title", "started_by__full_name", "started_by__email"),
        ),
        MultiChoiceFilter(name="state", label="State", path="state", choices=State.choices),
        MultiChoiceFilter(name="queue", label="Queue", path="queue", choices=Job.Queue.choices),
        DateRangeFilter(name="created", label="Asked for", path="created_at", moments=True),
    ),
    empty_title="No job has run yet",
    empty_text="Start a check above: it measures the database, the broker, the cache and the disk.",
)


def of_org(jobs: JobQuerySet) -> QuerySet[Job]:
    return jobs.select_related("started_by", "org").defer("arguments", "checkpoint", "traceback")


def jobs_per_day(jobs: JobQuerySet, *, since: datetime, zone: tzinfo) -> Counts:
    rows = (
        jobs.order_by()
        .filter(created_at__gte=since)
        .values_list(TruncDate("created_at", tzinfo=zone), "state")
        .annotate(Count("pk"))
    )
    return {(day, state): count for day, state, count in rows}


def jobs_chart(*, counts: Counts, days: Sequence[date]) -> Chart:
    series = {state: [counts.get((day, state), 0) for day in days] for state in COLOURS}
    seen = [state for state in COLOURS if any(series[state])]
    said = ", ".join(f"{sum(series[state]):,} {state.label.lower()}" for state in seen)
    return daily_chart(
        chart_id="jobs-per-day",
        title="Jobs",
        summary=f"{said}." if said else "No job was asked for.",
        days=days,
        series=[
            Series(name=str(state.label), colour=COLOURS[state], counts=series[state])
            for state in seen
        ],
    )
