"""What the customers of a list came to in each of eighteen weeks, band by band."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from forecasting.health_pages.standing import Sums, together
from forecasting.health_pages.weeks import WEEK, WEEKS, monday_of, week_before


@dataclass(frozen=True)
class Trend:
    """By how many weeks ago, and band."""

    until: datetime
    groups: Mapping[tuple[int, str], Sums]

    @property
    def weeks(self) -> list[int]:
        """The oldest first, from the first of which anything is known."""
        known = [back for back, _ in self.groups]
        return list(range(max(known, default=-1), -1, -1))

    def monday(self, back: int) -> date:
        return monday_of(self.until) - back * WEEK

    def of(self, back: int, band: str) -> Sums:
        return self.groups.get((back, band), Sums())

    def of_week(self, back: int) -> Sums:
        return together(sums for (one, _), sums in self.groups.items() if one == back)


def trend_of(rows: QuerySet[Any], *, until: datetime) -> Trend:
    """Of rows of all times, which have a `stake`, the last word of each week and customer."""
    said = rows.order_by().annotate(week=week_before(until))
    within = said.filter(
        as_of__lte=until, as_of__gt=until - (WEEKS + 1) * WEEK, week__range=(0, WEEKS - 1)
    )
    place = Window(RowNumber(), partition_by=["account_ref", "week"], order_by="-as_of")
    last = within.annotate(place=place).filter(place=1)
    grouped = (
        said.filter(pk__in=last.values("pk"))
        .order_by()
        .values("week", "band")
        .annotate(sum_count=Count("pk"), sum_value=Sum("value"), sum_at_risk=Sum("stake"))
    )
    return Trend(
        until,
        {
            (row["week"], row["band"]): Sums(
                count=row["sum_count"],
                value=float(row["sum_value"] or 0),
                at_risk=float(row["sum_at_risk"] or 0),
            )
            for row in grouped
        },
    )
