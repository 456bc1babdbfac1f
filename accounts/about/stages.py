"""How a deal moved: how long it stood in each stage, and what else was changed about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils.dateparse import parse_date

from accounts.models import FieldChange, Opportunity, SourceField, StageChange
from revenue.users.models import Membership
from revenue.web.charts import Chart
from revenue.web.templatetags import web

SHOWN_CHANGES = 50
SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Stay:
    stage: str
    days: float


def stays(entered: Sequence[tuple[str, datetime]], *, until: datetime) -> list[Stay]:
    """Days in each stage, in the order of the first entry; a stage left and entered again adds up.

    `entered` is in the order of time. What is entered after `until` has not begun.
    """
    days: dict[str, float] = {}
    ends = [at for _, at in entered[1:]] + [until]
    for (stage, begun), ended in zip(entered, ends, strict=True):
        seconds = (min(ended, until) - begun).total_seconds()
        if begun <= until:
            days[stage] = days.get(stage, 0.0) + max(0.0, seconds) / SECONDS_A_DAY
    return [Stay(stage=stage, days=spent) for stage, spent in days.items()]


def stage_chart(deal: Opportunity, *, reader: Membership, at: datetime) -> Chart | None:
    changes = StageChange.objects.visible_to(reader).filter(opportunity_ref=deal.external_id)
    entered = list(changes.order_by("changed_at", "id").values_list("stage", "changed_at"))
    if not entered:
        return None
    # A closed deal stays closed, but no time passes for it any more.
    found = stays(entered, until=entered[-1][1] if deal.is_closed else at)
    if deal.is_closed:
        found = [stay for stay in found if stay.stage != entered[-1][0] or stay.days]
    return drawn(found) if found else None


def drawn(found: Sequence[Stay]) -> Chart:
    longest = max(found, key=lambda stay: stay.days)
    total = sum(stay.days for stay in found)
    stages = [stay.stage or "No stage" for stay in found]
    days = [round(stay.days, 1) for stay in found]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": stages,
        "x": days,
        "marker": {"color": "var(--chart-1)"},
        "hovertemplate": "%{y}: %{x} days<extra></extra>",
    }
    return Chart(
        id="stages",
        title="Days in each stage",
        summary=f"{round(total):,} days so far; the longest in {longest.stage or 'no stage'}.",
        data=[bars],
        layout={
            "yaxis": {"autorange": "reversed", "automargin": True},
            "xaxis": {"title": {"text": "Days"}, "rangemode": "tozero"},
            "showlegend": False,
        },
        columns=("Stage", "Days"),
        rows=[(stage, f"{spent:,}") for stage, spent in zip(stages, days, strict=True)],
    )


@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str
    delta: str
    is_better: bool | None
    by: str
    at: datetime


def changes_of(deal: Opportunity, *, reader: Membership) -> list[Change]:
    """The newest first; `SHOWN_CHANGES` at most."""
    rows = FieldChange.objects.visible_to(reader).filter(
        record="opportunity", record_ref=deal.external_id
    )
    newest = list(rows.select_related("by").order_by("-changed_at", "-id")[:SHOWN_CHANGES])
    labels = labels_of(deal, names={each.field_name for each in newest})
    return [change(each, label=labels.get(each.field_name, "")) for each in newest]


def labels_of(deal: Opportunity, *, names: set[str]) -> dict[str, str]:
    fields = SourceField.objects.filter(org=deal.org_id, object_name="Opportunity")
    found: dict[str, str] = {}
    for name, column, label in fields.values_list("name", "column", "label"):
        if label and label != name:
            found |= {each: label for each in (name, column) if each in names}
    return found


def change(row: FieldChange, *, label: str) -> Change:
    delta, is_better = difference(row.old_value, row.new_value)
    return Change(
        label=label or plain_label(row.field_name),
        old=told(row.old_value),
        new=told(row.new_value),
        delta=delta,
        is_better=is_better,
        by=row.by.name if row.by else "",
        at=row.changed_at,
    )


def plain_label(name: str) -> str:
    """`StageName` and `stage_name` are both Stage name."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("__c")).replace("_", " ")
    return words.strip().capitalize() or name


def told(value: str | None) -> str:
    if not value:
        return web.BLANK
    if day := day_in(value):
        return web.day(day)
    number = number_in(value)
    return value if number is None else web.number(number, 0 if number == round(number) else 2)


def difference(old: str | None, new: str | None) -> tuple[str, bool | None]:
    """How far, and whether that is good: a later day is pushed, a larger number is more."""
    days = day_in(old), day_in(new)
    if days[0] and days[1]:
        moved = (days[1] - days[0]).days
        word = "later" if moved > 0 else "earlier"
        unit = "day" if abs(moved) == 1 else "days"
        return (f"{abs(moved):,} {unit} {word}", moved < 0) if moved else ("", None)
    numbers = number_in(old), number_in(new)
    if numbers[0] is not None and numbers[1] is not None:
        grown = numbers[1] - numbers[0]
        sign = "+" if grown > 0 else ""
        return (f"{sign}{web.number(grown)}", grown > 0) if grown else ("", None)
    return "", None


def day_in(value: str | None) -> date | None:
    try:
        return parse_date(value or "")
    except ValueError:
        return None


def number_in(value: str | None) -> Decimal | None:
    try:
        found = Decimal(value or "")
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
