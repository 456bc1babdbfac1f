"""The report of a week: made, and kept in the place of an earlier one of the same week."""

from dataclasses import asdict
from datetime import datetime

from forecasting.models import WeeklyReport
from forecasting.weekly.week import WEEK, monday_of, sections_of
from revenue.users.models import Org


def make_report(*, org: Org, at: datetime) -> WeeklyReport:
    until = org.today(at=at)
    facts = [asdict(one) for one in sections_of(org=org, until=until, at=at)]
    made, _ = WeeklyReport.objects.update_or_create(
        org=org,
        week=monday_of(until),
        defaults={"since": until - WEEK, "until": until, "made_at": at, "facts": facts},
    )
    return made
