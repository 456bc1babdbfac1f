"""What each seller has open, and has won in a quarter: counted as sets, not one by one."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, DecimalField, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import Opportunity
from accounts.visibility import owners_visible_to
from revenue.periods import Period
from revenue.users.models import Membership
from revenue.web.charts import Chart
from revenue.web.templatetags import web

DRAWN = 12


def sellers_with_results(*, reader: Membership, quarter: Period) -> QuerySet[Any]:
    """Those whose deals the reader sees; who has left stays while deals are theirs."""
    deals = Opportunity.objects.visible_to(reader).filter(owner_ref=OuterRef("external_id"))
    is_open = deals.filter(is_closed=False)
    won = deals.filter(is_won=True, close_date__range=(quarter.since, quarter.last))
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


def sellers_chart(sellers: Sequence[Any], *, currency: str, since: date) -> Chart | None:
    """The first few by what they have open; each bar leads to the seller's deals."""
    shown = [each for each in sellers if each.open_pipeline or each.won_total][:DRAWN]
    if len(shown) < 2:
        return None
    best = max(shown, key=lambda each: each.won_total or 0)
    most = max(shown, key=lambda each: each.open_pipeline or 0)
    said = [
        f"Most {what}: {who.name}, {web.compact_money(amount, currency)}."
        for what, who, amount in (
            ("open", most, most.open_pipeline),
            ("won", best, best.won_total),
        )
        if amount
    ]
    names = [each.name for each in shown]
    prefix = web.with_currency("0", currency).removesuffix("0")
    won = f"Won since {since:%-d %b}"
    return Chart(
        id="sellers-drawn",
        title="Open and won by seller",
        summary=" ".join(said),
        data=[
            bars("Open pipeline", "var(--chart-1)", shown, "open_pipeline", prefix),
            bars(won, "var(--positive)", shown, "won_total", prefix),
        ],
        layout={
            "barmode": "group",
            "bargap": 0.3,
            "xaxis": {
                "tickprefix": prefix,
                "tickformat": "~s",
                "rangemode": "tozero",
                "nticks": 5,
                "showgrid": True,
            },
            "yaxis": {"autorange": "reversed", "automargin": True, "showgrid": False},
        },
        columns=("Seller", "Open pipeline", won),
        rows=[
            (
                name,
                web.money(each.open_pipeline, currency),
                web.money(each.won_total, currency),
            )
            for name, each in zip(names, shown, strict=True)
        ],
    )


def bars(name: str, colour: str, sellers: Sequence[Any], value: str, prefix: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": [each.name for each in sellers],
        "x": [getattr(each, value) or 0 for each in sellers],
        "customdata": [deals_page(each) for each in sellers],
        "marker": {"color": colour},
        "hovertemplate": f"%{{y}}: {prefix}%{{x:,.0f}}<extra>{name}</extra>",
    }


def deals_page(seller: Any) -> str:
    address = reverse("accounts:deal-list", args=[seller.org.slug])
    return f"{address}?{urlencode({'owner': seller.external_id})}"
