"""The deals and the sellers behind a moved win rate."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Sum
from django.urls import reverse

from accounts.tables.records import deal_page
from revenue.web import filters as f
from revenue.web.tables import Column, Table


def deals_table(*, currency: str) -> Table:
    return Table(
        id="cause-deals",
        noun="deals",
        caption="Deals behind the cause",
        default_sort="-close",
        columns=(
            Column(name="name", label="Deal", sort="name", href=deal_page),
            Column(name="account", label="Account", value="account__name"),
            Column(
                name="won",
                label="Outcome",
                kind="badge",
                value=lambda deal: "Won" if deal.is_won else "Lost",
                badge=lambda deal: "positive" if deal.is_won else "negative",
                sort="is_won",
            ),
            Column(
                name="amount",
                label="Amount",
                kind="money",
                value="corporate_amount",
                sort="corporate_amount",
                currency=currency,
                total=Sum("corporate_amount"),
            ),
            Column(
                name="close", label="Closed", kind="date", value="close_date", sort="close_date"
            ),
            Column(name="owner", label="Owner", value="owner__name"),
            Column(name="source", label="Source", sort="source", shown=False),
        ),
        filters=(
            f.TextFilter(name="q", label="Deal", paths=("name",)),
            f.BooleanFilter(name="won", label="Outcome", path="is_won", yes="Won", no="Lost"),
        ),
        empty_title="None of these deals is there any more",
        empty_text="The CRM has deleted or reopened them since.",
    )


@dataclass(frozen=True)
class SellerRow:
    name: str
    url: str
    before: float | None
    closed_before: int
    now: float | None
    closed_now: int
    low: float
    high: float
    cycle_days: float | None
    steady: bool | None = None
    open: int = 0
    overdue: int = 0
    without_amount: int = 0
    open_url: str = ""


def sellers_of(found: dict[str, Any], *, slug: str, stretches: Any) -> list[SellerRow]:
    """In the order of names: intervals overlap, so ranks would be noise."""
    address = reverse("accounts:deal-list", args=[slug])
    rows = []
    for one in found["sellers"]:
        query = {
            "state": "all",
            "owner": one["ref"],
            "close_from": stretches.turn.isoformat(),
            "close_to": stretches.until.isoformat(),
        }
        held = {"state": "open", "owner": one["ref"]}
        rows.append(
            SellerRow(
                url=f"{address}?{urlencode(query)}",
                open_url=f"{address}?{urlencode(held)}",
                **{name: one[name] for name in SellerRow.__dataclass_fields__ if name in one},
            )
        )
    return [row for row in rows if row.closed_before + row.closed_now]
