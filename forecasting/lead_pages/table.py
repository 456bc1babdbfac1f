"""The list of lead scores: its columns, its filters and what they offer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.about.choices import MOST, owners_seen_by, values_of
from accounts.about.hierarchy import Tree
from forecasting.lead_pages.rows import open_leads
from forecasting.lead_pages.words import (
    ANSWER_KINDS,
    TIER_KINDS,
    TREND_KINDS,
    answer_said,
    signed,
    top_reason,
)
from forecasting.leads.policy import TIERS
from forecasting.models import LeadScore
from forecasting.tables.outlooks import column
from revenue.users.models import Membership
from revenue.web import filters as f
from revenue.web.columns import Column
from revenue.web.tables import Table
from revenue.web.templatetags import web

ANSWERED = Q(answered_at__isnull=False)
ANSWER_OPTIONS = [
    ("waiting", "Waiting for an answer", ~ANSWERED),
    ("late", "Waiting for longer than the goal", Q(answer="late")),
    ("answered", "Answered", ANSWERED),
    ("slow", "Answered later than the goal", Q(answer="slow")),
]
BY_HAND = [
    ("yes", "Set by hand", Q(tier_said__isnull=False)),
    ("no", "By the model", Q(tier_said=None)),
]


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What the filters hold of this reader's leads."""

    sources: f.Choices = ()
    statuses: f.Choices = ()
    owners: f.Choices = ()
    teams: Sequence[tuple[str, str, Q]] = ()


def offered_to(reader: Membership, *, tree: Tree) -> Offered:
    leads = open_leads(reader)
    return Offered(
        sources=values_of(leads, "source", reader=reader, part="open"),
        statuses=values_of(leads, "status", reader=reader, part="open"),
        owners=owners_seen_by(reader),
        teams=[
            (node.key, node.name, Q(lead__owner_ref__in=tree.owners_below(node)))
            for node in tree.teams[:MOST]
        ],
    )


def leads_table(
    *, offered: Offered, today: date, detail_of: Callable[[Any], Any], plain: bool
) -> Table:
    """`plain` where the rate of a source speaks: then there is no reason to show."""
    return Table(
        id="lead-scores",
        noun="leads",
        caption="Lead scores",
        default_sort="-chance",
        columns=columns(today=today, plain=plain),
        filters=filters(offered),
        detail="forecasting/lead_why.html",
        detail_of=detail_of,
        detail_label="Why",
        empty_title="No open lead is yours to see",
        empty_text="Leads come with their owners from the CRM: a manager sees those of the team.",
    )


def filters(offered: Offered) -> tuple[f.Filter, ...]:
    found: list[f.Filter] = [
        f.TextFilter(name="q", label="Lead or company", paths=("lead__name", "lead__company")),
        f.MultiChoiceFilter(
            name="tier", label="Tier", path="tier_now", choices=[(one, one) for one in TIERS]
        ),
        f.ConditionFilter(name="answer", label="Answer", options=ANSWER_OPTIONS),
        f.MultiChoiceFilter(
            name="trend", label="Trend", path="trend", choices=LeadScore.Trend.choices
        ),
        f.ConditionFilter(name="by_hand", label="Tier set", options=BY_HAND),
        *f.several("source", "Source", "lead__source", offered.sources),
    ]
    if offered.teams:
        found.append(f.ConditionFilter(name="team", label="Team", options=offered.teams))
    return (
        *found,
        *f.several("owner", "Owner", "lead__owner_ref", offered.owners),
        *f.several("status", "Status", "lead__status", offered.statuses),
        f.NumberRangeFilter(name="score", label="Score", path="score"),
        f.DateRangeFilter(name="came", label="Came in", path="lead__created_at", moments=True),
    )


def columns(*, today: date, plain: bool) -> tuple[Column, ...]:
    def of_lead(name: str, label: str, **more: Any) -> Column:
        path = f"lead__{name}"
        return column(name, label, **{"value": path, "sort": path, **more})

    return (
        of_lead("name", "Lead", value=name_of, href=lead_page,
                note=lambda row: row.lead.company if row.lead.name else ""),
        column("tier", "Tier", kind="badge", value="tier_now", sort="tier_now",
               badge=tier_kind, note=said_by_hand),
        column("score", "Score", kind="number", sort="score"),
        column("chance", "Chance", kind="percent", value="probability", sort="probability",
               note=between),
        column("trend", "Trend", kind="badge", value="get_trend_display", sort="change",
               badge=lambda row: TREND_KINDS.get(row.trend, ""),
               note=lambda row: signed(row.change)),
        column("answer", "Answer", kind="badge", value=answer_said, sort="answer_took",
               badge=lambda row: ANSWER_KINDS.get(row.answer, "")),
        column("reason", "Why, above all", value=top_reason, shown=not plain),
        of_lead("source", "Source"),
        of_lead("owner", "Owner", value=owner_name, sort="lead__owner__name"),
        of_lead("came", "Came in", kind="date", value="lead__created_at", sort="lead__created_at",
                note=lambda row: age_said(row, today=today)),
        of_lead("company", "Company", shown=False),
        of_lead("status", "Status", shown=False),
        of_lead("title", "Title", shown=False),
        of_lead("industry", "Industry", shown=False),
        of_lead("country", "Country", shown=False),
        column("low", "Chance, low", kind="percent", sort="low", shown=False),
        column("high", "Chance, high", kind="percent", sort="high", shown=False),
        column("change", "Change of score in a week", kind="change", sort="change", shown=False,
               badge=lambda row: "good" if row.change and row.change > 0 else "bad"),
        column("model_tier", "Tier by the model", value="tier", sort="tier", shown=False),
        column("answered", "Answered at", kind="moment", value="answered_at", sort="answered_at",
               shown=False),
        column("as_of", "Scored", kind="moment", sort="as_of", shown=False),
    )  # fmt: skip


def lead_page(row: Any) -> str:
    return reverse("accounts:lead-show", args=[row.org.slug, row.lead.pk])


def name_of(row: Any) -> str:
    return str(row.lead) or row.lead_ref


def owner_name(row: Any) -> str:
    owner = row.lead.owner
    return owner.name if owner is not None and owner.deleted_at is None else ""


def tier_kind(row: Any) -> str:
    return TIER_KINDS[row.tier_now]


def said_by_hand(row: Any) -> str:
    if row.tier_said is None:
        return ""
    return f"by hand; model: {row.tier}" if row.tier_said != row.tier else "by hand"


def between(row: Any) -> str:
    return f"{web.percent(row.low)} to {web.percent(row.high)}"


def age_said(row: Any, *, today: date) -> str:
    if row.lead.created_at is None:
        return ""
    days = max((today - row.lead.created_at.date()).days, 0)
    return "today" if not days else f"{days:,} day{'' if days == 1 else 's'}"
