"""What each seller has open, and has won in a quarter: counted as sets, not one by one."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, DecimalField, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Opportunity
from accounts.visibility import owners_visible_to
from revenue.users.models import Membership

MONTHS_A_QUARTER = 3


def quarter_of(day: date) -> tuple[date, date]:
    """Its first day, and its last."""
    first = date(day.year, (day.month - 1) // MONTHS_A_QUARTER * MONTHS_A_QUARTER + 1, 1)
    after = (first + timedelta(days=MONTHS_A_QUARTER * 31)).replace(day=1)
    return first, after - timedelta(days=1)


def sellers_with_results(*, reader: Membership, today: date) -> QuerySet[Any]:
    """Those whose deals the reader sees; who has left stays while deals are theirs."""
    deals = Opportunity.objects.visible_to(reader).filter(owner_ref=OuterRef("external_id"))
    is_open = deals.filter(is_closed=False)
    won = deals.filter(is_won=True, close_date__range=quarter_of(today))
    rows: QuerySet[Any] = owners_visible_to(reader).annotate(
        open_deals=counted(is_open), open_pipeline=summed(is_open), won_total=summed(won)
    )
    return rows


def counted(deals: QuerySet[Any]) -> Coalesce:
    number = deals.order_by().values("owner_ref").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)


def summed(deals: QuerySet[Any]) -> Subquery:
    total = deals.order_by().values("owner_ref").annotate(total=Sum("corporate_amount"))
    return Subquery(total.values("total"), output_field=DecimalField())
