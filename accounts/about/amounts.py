"""The amount of a deal as it was saved over time: looked at, not read."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from accounts.models import Opportunity, StageChange
from revenue.web.charts import Chart
from revenue.web.templatetags import web

Point = tuple[datetime, Decimal]


def amounts_of(
    deal: Opportunity, *, versions: Sequence[StageChange], currency: str, at: datetime
) -> list[Point]:
    """When it became what; the last stands for today, or for the day it was closed."""
    found: list[Point] = []
    for each in versions:
        same_money = (each.currency or currency) == currency
        if each.amount is None or not same_money or each.changed_at > at:
            continue
        if not found or found[-1][1] != each.amount:
            found.append((each.changed_at, each.amount))
    if not found or deal.amount is None:
        return found
    end = versions[-1].changed_at if deal.is_closed else at
    return [*found, (max(end, found[-1][0]), deal.amount)]


def amount_chart(points: Sequence[Point], *, currency: str) -> Chart | None:
    """Nothing where it was one amount all along."""
    if len({amount for _, amount in points}) < 2:
        return None
    first, last = points[0][1], points[-1][1]
    change = last - first
    said = f"{web.money(first, currency)} at first, {web.money(last, currency)} at last"
    if change and first:
        said = f"{said}: {'+' if change > 0 else '−'}{web.percent(abs(change / first))}"
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "line": {"shape": "hv", "color": "var(--chart-1)", "width": 2},
        "marker": {"size": 6},
        "fill": "tozeroy",
        "fillcolor": "var(--chart-band)",
        "x": [moment for moment, _ in points],
        "y": [amount for _, amount in points],
        "hovertemplate": f"%{{x|%-d %b %Y}}: {currency} %{{y:,.0f}}<extra></extra>",
    }
    return Chart(
        id="amounts",
        title="Amount over time",
        summary=f"{said}.",
        data=[line],
        layout={
            "yaxis": {"rangemode": "tozero", "tickformat": "~s", "nticks": 5},
            "showlegend": False,
        },
        columns=("Since", "Amount"),
        rows=[(web.day(moment), web.money(amount, currency)) for moment, amount in points],
    )
