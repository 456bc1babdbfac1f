"""The list of open deals by risk and value: its columns, filters and what they offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, Sum
from django.urls import reverse

from forecasting.dashboard.standing import moved_by
from forecasting.deal_page.reasons import reasons_of
from forecasting.models import DealOutlook
from forecasting.risk.catalogue import WARNINGS, title_of
from revenue.periods import Period
from revenue.web import filters as f
from revenue.web.tables import Column, Table
from revenue.web.templatetags import web

several = f.several
REASONS = 3
GRADE_KINDS = {"A": "positive", "B": "accent", "C": "warning", "D": "negative"}
TREND_KINDS = {"improving": "positive", "declining": "negative", "steady": "accent"}
GRAVE_WARNINGS = frozenset({"overdue", "ghosted", "amount_fell"})
MOVES = {
    "jumped": "Risk jumped in a week",
    "newly": "Newly at risk",
    "better": "Got better in a week",
}


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What the filters hold of this reader's deals."""

    stages: f.Choices = ()
    owners: f.Choices = ()
    teams: Sequence[tuple[str, str, Q]] = ()
    industries: f.Choices = ()
    regions: f.Choices = ()
    sizes: f.Choices = ()
    kinds: f.Choices = ()


def deal_page(row: Any) -> str:
    return reverse("accounts:deal-show", args=[row.org.slug, row.deal_id])


def account_page(row: Any) -> str:
    return (
        reverse("accounts:account-show", args=[row.org.slug, row.seen_account_id])
        if (row.seen_account_id)
        else ""
    )


def chance_range(row: Any) -> str:
    low, high = web.percent(row.low), web.percent(row.high)
    return "" if low == high else f"{low.removesuffix('%')}–{high}"


def risk_change(row: Any) -> float | None:
    return None if row.risk_before is None else round(row.risk - row.risk_before, 1)


def change_kind(row: Any) -> str:
    change = risk_change(row) or 0.0
    if abs(change) < 1:
        return ""
    return "bad" if change > 0 else "good"


def warning_badges(row: Any) -> tuple[tuple[str, str], ...]:
    return tuple(
        (title_of(name), "negative" if name in GRAVE_WARNINGS else "warning")
        for name in row.warnings
    )


def windows(*, today: date, quarter: Period) -> list[tuple[str, str, Q]]:
    """When deals are to close, in words that stay true tomorrow."""
    following = quarter.after()
    soon = today + timedelta(days=30)
    return [
        ("overdue", "Overdue", Q(close_date__lt=today)),
        ("month", "Next 30 days", Q(close_date__range=(today, soon))),
        ("quarter", "This quarter", Q(close_date__range=(quarter.since, quarter.last))),
        ("next", "Next quarter", Q(close_date__range=(following.since, following.last))),
        ("none", "No close date", Q(close_date=None)),
    ]


def filters_of(
    offered: Offered, *, today: date, quarter: Period, border: float
) -> tuple[f.Filter, ...]:
    moves = moved_by(border=border)
    found: list[f.Filter] = [
        f.TextFilter(
            name="q", label="Deal, account or owner", paths=("name", "account_name", "owner_name")
        ),
        f.MultiChoiceFilter(
            name="grade", label="Grade", path="grade", choices=DealOutlook.Grade.choices
        ),
        f.MultiChoiceFilter(
            name="warning",
            label="Warning",
            path="warnings",
            lookup="overlap",
            choices=[(each.name, each.title) for each in WARNINGS.values()],
        ),
        *f.several("stage", "Stage", "stage", offered.stages),
        f.ConditionFilter(
            name="window", label="To close", options=windows(today=today, quarter=quarter)
        ),
        f.DateRangeFilter(name="close", label="Close date", path="close_date"),
        f.MultiChoiceFilter(
            name="trend", label="Trend", path="trend", choices=DealOutlook.Trend.choices
        ),
        f.ConditionFilter(
            name="move",
            label="Within a week",
            options=[(name, label, moves[name]) for name, label in MOVES.items()],
        ),
    ]
    if offered.teams:
        found.append(f.ConditionFilter(name="team", label="Team", options=offered.teams))
    found += f.several("owner", "Owner", "owner_ref", offered.owners)
    found += f.several("industry", "Industry", "industry", offered.industries)
    found += f.several("region", "Region", "region", offered.regions)
    found += f.several("size", "Size", "size", offered.sizes)
    found += f.several("kind", "Type", "kind", offered.kinds)
    found.append(f.NumberRangeFilter(name="amount", label="Amount", path="corporate_amount"))
    found.append(
        f.ConditionFilter(
            name="warned",
            label="Any warning",
            options=[
                ("yes", "With a warning", ~Q(warnings=[])),
                ("no", "Without a warning", Q(warnings=[])),
            ],
        )
    )
    return tuple(found)


def column(name: str, label: str, **more: Any) -> Column:
    more.setdefault("sort", more.get("value", name) if not callable(more.get("value")) else "")
    return Column(name=name, label=label, **more)


def columns_of(*, currency: str) -> tuple[Column, ...]:
    def money(name: str, label: str, value: str, *, shown: bool) -> Column:
        return column(
            name,
            label,
            kind="money",
            value=value,
            currency=currency,
            total=Sum(value),
            shown=shown,
        )

    def share(name: str, label: str, value: str, **more: Any) -> Column:
        return column(name, label, kind="percent", value=value, **more)

    return (
        column("name", "Deal", href=deal_page),
        column("account", "Account", value="account_name", href=account_page),
        column(
            "risk",
            "Risk",
            kind="number",
            value=lambda row: round(row.risk),
            sort="risk",
        ),
        column("grade", "Grade", kind="badge", badge=lambda row: GRADE_KINDS[row.grade]),
        column(
            "change",
            "In a week",
            kind="change",
            value=risk_change,
            sort="risk_change",
            badge=change_kind,
        ),
        share("chance", "Chance", "probability", note=chance_range),
        money("amount", "Amount", "corporate_amount", shown=True),
        column("close", "Close date", kind="date", value="close_date"),
        column("stage", "Stage", value="stage", sort="stage_rank"),
        column("owner", "Owner", value="owner_name"),
        column("warnings", "Warnings", kind="badges", value=warning_badges, sort="warning_count"),
        column(
            "trend",
            "Trend",
            kind="badge",
            value="get_trend_display",
            sort="trend",
            badge=lambda row: TREND_KINDS.get(row.trend, ""),
        ),
        money("risk_value", "Risk × value", "risk_value", shown=False),
        money("at_risk", "Value at risk", "value_at_risk", shown=False),
        money("expected", "Expected value", "expected_value", shown=False),
        column("health", "Deal health", kind="number", shown=False),
        share("low", "Chance, low", "low", shown=False),
        share("high", "Chance, high", "high", shown=False),
        column("industry", "Industry", shown=False),
        column("region", "Region", shown=False),
        column("size", "Size", shown=False),
    )


def outlooks_table(
    *, currency: str, offered: Offered, today: date, quarter: Period, border: float
) -> Table:
    return Table(
        id="deals-at-risk",
        noun="deals",
        caption="Deals at risk",
        default_sort="-risk_value",
        columns=columns_of(currency=currency),
        filters=filters_of(offered, today=today, quarter=quarter, border=border),
        detail="forecasting/_why.html",
        detail_of=lambda row: reasons_of({"steps": row.reasons[:REASONS]}),
        detail_label="Why",
        empty_title="No open deal is yours to see",
        empty_text="Deals come with their owners from the CRM: a manager sees those of the team.",
    )
