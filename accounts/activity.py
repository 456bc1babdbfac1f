"""How much an org's people use the house: from memberships and from sign-ins of the audit trail."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from revenue.users.models import AuditEvent, Membership, Org
from revenue.users.roles import Role
from revenue.web.charts import Chart
from revenue.web.daily import Series, daily_chart, days_until

SEEN_DAYS = 7


@dataclass(frozen=True)
class PeopleCount:
    people: int
    sellers: int
    managers: int
    seen_lately: int


def people_count(*, org: Org, at: datetime) -> PeopleCount:
    lately = Q(last_seen_at__gte=at - timedelta(days=SEEN_DAYS))
    counts = (
        Membership.objects.active()
        .filter(org=org)
        .aggregate(
            people=Count("id"),
            sellers=Count("id", filter=Q(role=Role.REP)),
            managers=Count("id", filter=Q(role=Role.MANAGER)),
            seen_lately=Count("id", filter=lately),
        )
    )
    return PeopleCount(**counts)


def people_by_day(*, org: Org, at: datetime) -> list[tuple[date, int]]:
    """Distinct people who signed in, for each of the last days, with its zeros."""
    days = days_until(at.date())
    counted = dict(
        AuditEvent.objects.of_org(org)
        .filter(action=AuditEvent.Action.SIGNED_IN, happened_at__date__gte=days[0])
        .annotate(day=TruncDate("happened_at"))
        .values_list("day")
        .annotate(people=Count("actor", distinct=True))
        .order_by("day")
    )
    return [(day, counted.get(day, 0)) for day in days]


def activity_chart(days: list[tuple[date, int]]) -> Chart:
    busiest = max(days, key=lambda row: row[1])
    noun = "person" if busiest[1] == 1 else "people"
    said = (
        f"Busiest: {busiest[0]:%-d %B}, with {busiest[1]} {noun}."
        if busiest[1]
        else "Nobody has signed in during this time."
    )
    counts = [people for _, people in days]
    return daily_chart(
        chart_id="people-by-day",
        title="People who signed in",
        summary=said,
        days=[day for day, _ in days],
        series=[Series(name="People", colour="var(--chart-1)", counts=counts)],
    )
