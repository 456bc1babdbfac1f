"""Where the deals that a reader sees stand today: the first figures of an org."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum

from accounts.models import Opportunity
from revenue.users.models import Membership


@dataclass(frozen=True, kw_only=True)
class Figure:
    """`query` makes the list of deals show these."""

    deals: int
    amount: Decimal | None
    query: str = ""


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    since: date
    until: date
    open: Figure
    closing: Figure
    overdue: Figure
    won: Figure

    @property
    def since_said(self) -> str:
        return f"{self.since:%-d %b}"

    @property
    def until_said(self) -> str:
        return f"{self.until:%-d %b}"


def pipeline_of(reader: Membership, *, today: date) -> Pipeline:
    """Amounts are in the org's own currency; a deal without one counts as a deal."""
    quarter = reader.org.quarter_of(today)
    first, last = quarter.since, quarter.last
    is_open = Q(is_closed=False)
    asked = {
        "open": is_open,
        "closing": is_open & Q(close_date__range=(today, last)),
        "overdue": is_open & Q(close_date__lt=today),
        "won": Q(is_won=True, close_date__range=(first, last)),
    }
    queries = {
        "closing": f"?close_from={today}&close_to={last}",
        "overdue": "?state=overdue",
        "won": f"?state=won&close_from={first}&close_to={last}",
    }
    counts = {f"{name}_deals": Count("pk", filter=which) for name, which in asked.items()}
    sums = {
        f"{name}_amount": Sum("corporate_amount", filter=which) for name, which in asked.items()
    }
    found = Opportunity.objects.visible_to(reader).aggregate(**counts, **sums)
    figures = {
        name: Figure(
            deals=found[f"{name}_deals"],
            amount=found[f"{name}_amount"],
            query=queries.get(name, ""),
        )
        for name in asked
    }
    return Pipeline(since=first, until=last, **figures)
