"""Sign-ins and failed ones per day: a wave of failures is to be seen at a glance."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate

from revenue.users.models import AuditEvent
from revenue.web.charts import Chart
from revenue.web.daily import Series, daily_chart

Counts = Mapping[tuple[date, str], int]
SIGNED_IN, FAILED = AuditEvent.Action.SIGNED_IN, AuditEvent.Action.SIGN_IN_FAILED


def sign_ins_per_day(events: QuerySet[AuditEvent], *, since: datetime, zone: tzinfo) -> Counts:
    rows = (
        events.order_by()
        .filter(action__in=(SIGNED_IN, FAILED), happened_at__gte=since)
        .values_list(TruncDate("happened_at", tzinfo=zone), "action")
        .annotate(Count("pk"))
    )
    return {(day, action): count for day, action, count in rows}


def sign_in_chart(*, counts: Counts, days: Sequence[date]) -> Chart:
    good = [counts.get((day, SIGNED_IN), 0) for day in days]
    bad = [counts.get((day, FAILED), 0) for day in days]
    return daily_chart(
        chart_id="sign-ins",
        title="Sign-ins",
        summary=f"{_sign_ins(sum(good))}, {_worst(days=days, bad=bad)}",
        days=days,
        series=[
            Series(name="Signed in", colour="var(--chart-1)", counts=good),
            Series(name="Failed", colour="var(--negative)", counts=bad),
        ],
    )


def _sign_ins(number: int) -> str:
    return f"{number:,} sign-in{'' if number == 1 else 's'}"


def _worst(*, days: Sequence[date], bad: Sequence[int]) -> str:
    most = max(bad, default=0)
    if not most:
        return "none failed."
    return f"{sum(bad):,} failed, most on {days[bad.index(most)]:%-d %B}: {most:,}."
