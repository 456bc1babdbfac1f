"""Sign-ins and failed ones per day: a wave of failures is to be seen at a glance."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate

from revenue.users.models import AuditEvent
from revenue.web.charts import Chart

DAYS = 30
Counts = Mapping[tuple[date, str], int]
SIGNED_IN, FAILED = AuditEvent.Action.SIGNED_IN, AuditEvent.Action.SIGN_IN_FAILED


def days_until(last: date) -> list[date]:
    return [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


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
    return Chart(
        id="sign-ins",
        title=f"Sign-ins, last {len(days)} days",
        summary=f"{sum(good):,} sign-ins and {sum(bad):,} failed. {_worst(days=days, bad=bad)}",
        data=[
            _bars(days=days, counts=good, name="Signed in", colour="var(--chart-1)"),
            _bars(days=days, counts=bad, name="Failed", colour="var(--negative)"),
        ],
        layout={"barmode": "stack", "yaxis": {"rangemode": "tozero", "tickformat": ",d"}},
        columns=("Day", "Signed in", "Failed"),
        rows=[
            (f"{day:%d %b %Y}", ok, failed)
            for day, ok, failed in zip(days, good, bad, strict=True)
            if ok or failed
        ],
    )


def _bars(
    *, days: Sequence[date], counts: Sequence[int], name: str, colour: str
) -> dict[str, object]:
    return {"type": "bar", "name": name, "x": days, "y": counts, "marker": {"color": colour}}


def _worst(*, days: Sequence[date], bad: Sequence[int]) -> str:
    most = max(bad, default=0)
    if not most:
        return "None failed."
    return f"Most failed on {days[bad.index(most)]:%d %B}: {most:,}."
