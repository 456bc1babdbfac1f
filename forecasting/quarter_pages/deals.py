"""The deals that a forecast is made of: columns, filters, and the rows of one team."""

from datetime import date
from typing import Any

from django.db.models import (
    DecimalField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Cast

from forecasting.models import DealOutlook, Forecast, ForecastDeal
from forecasting.owners import owned_by
from forecasting.tables.outlooks import deal_page
from revenue.periods import Period
from revenue.users.models import Membership
from revenue.web import filters as f
from revenue.web.tables import Column, Table

EXACT = DecimalField(max_digits=30, decimal_places=10)
STANDING_KINDS = {"won": "positive", "open": ""}


def deals_of(reader: Membership, *, forecast: Forecast, node: Any | None) -> QuerySet[Any]:
    """Of the node's owners; of the whole org, those of nobody too."""
    rows = ForecastDeal.objects.visible_to(reader).filter(forecast=forecast)
    if node is not None and node.key:
        rows = rows.filter(owned_by(node.owners))
    outlook = DealOutlook.objects.filter(
        org=OuterRef("org"), opportunity_ref=OuterRef("opportunity_ref")
    )
    found: QuerySet[Any] = (
        rows.select_related("org")
        .defer("weeks")
        .annotate(
            name=F("opportunity__name"),
            deal_id=F("opportunity__id"),
            account_name=F("opportunity__account__name"),
            owner_name=F("owner__name"),
            said=F("opportunity__corporate_amount"),
            expected=ExpressionWrapper(F("amount") * Cast(F("chance"), EXACT), output_field=EXACT),
            ever=Subquery(outlook.values("probability")[:1]),
        )
    )
    return found


def dues(period: Period, *, today: date) -> list[tuple[str, str, Q]]:
    """A deal slips that is due by the end of the period, and is more likely won after it."""
    due = Q(close_date__lt=period.until, standing=ForecastDeal.Standing.OPEN)
    return [
        ("in", "Due in the period", Q(close_date__gte=period.since, close_date__lt=period.until)),
        ("after", "Due after the period", Q(close_date__gte=period.until)),
        ("overdue", "Overdue", Q(close_date__lt=today, standing=ForecastDeal.Standing.OPEN)),
        ("slips", "Likely to slip", due & Q(ever__gt=2 * F("chance"))),
        ("none", "No close date", Q(close_date=None)),
    ]


def columns_of(*, currency: str) -> tuple[Column, ...]:
    def money(name: str, label: str) -> Column:
        return Column(
            name=name,
            label=label,
            kind="money",
            sort=name,
            currency=currency,
            total=Sum(name),
        )

    return (
        Column(name="name", label="Deal", sort="name", href=deal_page),
        Column(name="account", label="Account", value="account_name", sort="account_name"),
        Column(name="owner", label="Owner", value="owner_name", sort="owner_name"),
        Column(
            name="standing",
            label="Standing",
            kind="badge",
            value="get_standing_display",
            sort="standing",
            badge=lambda row: STANDING_KINDS[row.standing],
        ),
        Column(name="stage", label="Stage", sort="stage"),
        Column(name="category", label="Category", sort="category", shown=False),
        Column(
            name="close", label="Close date", kind="date", value="close_date", sort="close_date"
        ),
        money("said", "Amount"),
        money("amount", "Worth if won"),
        Column(
            name="chance",
            label="Chance in the period",
            kind="percent",
            sort="chance",
        ),
        Column(
            name="ever",
            label="Chance at all",
            kind="percent",
            sort="ever",
            shown=False,
        ),
        money("expected", "Expected"),
    )


def deals_table(
    *,
    period: Period,
    today: date,
    currency: str,
    owners: f.Choices = (),
    categories: f.Choices = (),
) -> Table:
    filters: list[f.Filter] = [
        f.TextFilter(
            name="q", label="Deal, account or owner", paths=("name", "account_name", "owner_name")
        ),
        f.MultiChoiceFilter(
            name="standing",
            label="Standing",
            path="standing",
            choices=ForecastDeal.Standing.choices,
        ),
        f.ConditionFilter(name="due", label="Due", options=dues(period, today=today)),
    ]
    for name, label, path, choices in (
        ("category", "Category", "category", categories),
        ("owner", "Owner", "owner_ref", owners),
    ):
        if len(choices) > 1:
            filters.append(f.MultiChoiceFilter(name=name, label=label, path=path, choices=choices))
    return Table(
        id="forecast-deals",
        noun="deals",
        caption="Deals of the forecast",
        default_sort="-expected",
        columns=columns_of(currency=currency),
        filters=tuple(filters),
        empty_title="No deal of yours is in this forecast",
        empty_text="It holds deals that are won in the period, or open with a chance of it.",
    )
