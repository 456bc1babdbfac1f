"""A week that was told."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from forecasting.models import WeeklyReport
from forecasting.weekly.week import WEEK, monday_of
from revenue.users.models import Org


def a_weekly_report(org: Org, *, mark: str = "Retail", weeks_ago: int = 0) -> WeeklyReport:
    until = org.today(at=timezone.now()) - timedelta(weeks=weeks_ago)
    path = reverse("forecasting:why-show", args=[org.slug])
    lines = [
        {"number": "30.0%", "words": "of the deals were won", "path": path},
        {"number": "-2.9 pt", "words": f"Rate, not mix: {mark} fell from 34% to 21%", "path": path},
    ]
    return WeeklyReport.objects.create(
        org=org,
        week=monday_of(until),
        since=until - WEEK,
        until=until,
        made_at=timezone.now(),
        facts=[
            {"title": "Win rate", "lines": lines, "missing": ""},
            {"title": "Forecast", "lines": [], "missing": "The quarter has no forecast yet."},
        ],
    )
