"""How often one was in touch: activities per week, as bars."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.db.models.functions import TruncWeek

from accounts.about.timeline import PLURALS
from revenue.web.charts import Chart
from revenue.web.daily import step_for
from revenue.web.templatetags import web

WEEKS = 26
COLOURS = {
    "call": "var(--chart-1)",
    "meeting": "var(--chart-2)",
    "email": "var(--chart-3)",
    "task": "var(--chart-4)",
}
Counts = Mapping[tuple[date, str], int]


def rhythm_of(rows: QuerySet[Any], *, at: datetime) -> Chart | None:
    """The weeks until now; where those are silent, the weeks until the last one that was not."""
    last = rows.filter(happens_at__lte=at).aggregate(last=Max("happens_at"))["last"]
    if last is None:
        return None
    weeks, since = weeks_until(at), "the last"
    if last.astimezone(UTC).date() < weeks[0]:
        weeks, since = weeks_until(last), "none since the last"
    return rhythm_chart(
        counted(rows, weeks=weeks, at=at), weeks=weeks, said=f"{since} on {web.day(last)}"
    )


def weeks_until(moment: datetime) -> list[date]:
    day = moment.astimezone(UTC).date()
    monday = day - timedelta(days=day.weekday())
    return [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]


def counted(rows: QuerySet[Any], *, weeks: Sequence[date], at: datetime) -> Counts:
    begins = datetime(weeks[0].year, weeks[0].month, weeks[0].day, tzinfo=UTC)
    found = (
        rows.filter(happens_at__gte=begins, happens_at__lte=at)
        .order_by()
        .annotate(week=TruncWeek("happens_at", tzinfo=UTC))
        .values_list("week", "kind")
        .annotate(Count("pk"))
    )
    return {(week.date(), kind): count for week, kind, count in found}


def rhythm_chart(counts: Counts, *, weeks: Sequence[date], said: str) -> Chart:
    kinds = [kind for kind in PLURALS if any(each == kind for _, each in counts)]
    total = sum(counts.values())
    highest = max(sum(counts.get((week, kind), 0) for kind in kinds) for week in weeks)
    noun = "activity" if total == 1 else "activities"
    return Chart(
        id="rhythm",
        title="Activity per week",
        summary=f"{total:,} {noun} in {WEEKS} weeks, {said}.",
        data=[
            {
                "type": "bar",
                "name": PLURALS[kind],
                "x": weeks,
                "y": [counts.get((week, kind), 0) for week in weeks],
                "marker": {"color": COLOURS[kind]},
                "hovertemplate": f"%{{y}} {PLURALS[kind].lower()}, week of %{{x|%-d %b %Y}}"
                "<extra></extra>",
            }
            for kind in kinds
        ],
        layout={
            "barmode": "stack",
            "bargap": 0.25,
            "yaxis": {"rangemode": "tozero", "tickformat": ",d", "dtick": step_for(highest)},
            "margin": {"t": 4, "r": 10, "b": 28, "l": 28},
            "showlegend": True,
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 1.02,
                "yanchor": "bottom",
                "xanchor": "left",
                "traceorder": "normal",
            },
        },
        columns=("Week of", *(PLURALS[kind] for kind in kinds)),
        rows=[
            (web.day(week), *(counts.get((week, kind), 0) for kind in kinds))
            for week in weeks
            if any(counts.get((week, kind)) for kind in kinds)
        ],
    )
