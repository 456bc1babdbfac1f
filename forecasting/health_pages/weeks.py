"""Health over eighteen weeks, a week a bar: the last word of each; a week without one is a gap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Value,
)
from django.db.models.functions import Cast, Extract, JSONObject, TruncWeek

from forecasting.health_pages.words import band_kind
from forecasting.models import AccountHealth

WEEKS = 18
WEEK = timedelta(weeks=1)
GAP = ("–", "gap")


@dataclass(frozen=True)
class Week:
    """`monday` is its first day; nothing was said in one that has no score."""

    monday: date
    score: int | None = None
    band: str = ""

    @property
    def is_known(self) -> bool:
        return self.score is not None


Said = tuple[datetime, int, str]


def monday_of(moment: datetime) -> date:
    """Weeks are those of UTC, as those of which a last word is kept."""
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def weeks_of(said: Iterable[Said], *, until: datetime) -> list[Week]:
    """The oldest first; what was said later than `until` is no part of it."""
    last = {monday_of(one[0]): one for one in sorted(said) if one[0] <= until}
    mondays = [monday_of(until) - back * WEEK for back in reversed(range(WEEKS))]
    return [Week(day, *last[day][1:]) if day in last else Week(day) for day in mondays]


def bars_of(weeks: Sequence[Week]) -> tuple[tuple[str, str], ...]:
    return tuple((str(one.score), band_kind(one.band)) if one.is_known else GAP for one in weeks)


def said_lately() -> ArraySubquery:
    """Of each row in one go, however many there are."""
    rows = AccountHealth.objects.filter(
        org=OuterRef("org"),
        account_ref=OuterRef("account_ref"),
        as_of__lte=OuterRef("as_of"),
        as_of__gt=OuterRef("as_of") - (WEEKS + 1) * WEEK,
    )
    return ArraySubquery(
        rows.order_by("as_of").values(one=JSONObject(at="as_of", score="score", band="band"))
    )


def bars_of_row(row: Any) -> tuple[tuple[str, str], ...]:
    said = [(datetime.fromisoformat(e["at"]), e["score"], e["band"]) for e in row.said_lately]
    return bars_of(weeks_of(said, until=row.as_of))


def week_before(until: datetime) -> Cast:
    """How many weeks before that of `until`."""
    begun = datetime.combine(monday_of(until), time(), tzinfo=UTC)
    ago = ExpressionWrapper(
        Value(begun, output_field=DateTimeField()) - TruncWeek("as_of", tzinfo=UTC),
        output_field=DurationField(),
    )
    return Cast(Extract(ago, "epoch") / WEEK.total_seconds(), IntegerField())
