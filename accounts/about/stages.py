"""How a deal moved through its stages: the path, and how long it stood in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Avg

from accounts.about.pace import Usual
from accounts.models import Opportunity, StageChange
from revenue.users.models import Membership, Org
from revenue.web.charts import Chart

SECONDS_A_DAY = 86_400
KEPT_S = 600
MOST_STAGES = 20


@dataclass(frozen=True)
class Stay:
    stage: str
    days: float


@dataclass(frozen=True)
class Step:
    """`state`: done, skipped, current, won, lost or ahead."""

    stage: str
    state: str
    days: int | None = None

    @property
    def note(self) -> str:
        if self.days is None:
            return {"skipped": "skipped", "ahead": ""}.get(self.state, "")
        return f"{self.days:,} day" if self.days == 1 else f"{self.days:,} days"

    @property
    def spoken(self) -> str:
        """What colour says, in a word."""
        return {"done": "passed", "current": "now", "ahead": "ahead"}.get(self.state, self.state)


def stays(entered: Sequence[tuple[str, datetime]], *, until: datetime) -> list[Stay]:
    """Days in each stage, in the order of the first entry; a stage left and entered again adds up.

    `entered` is in the order of time. What is entered after `until` has not begun.
    """
    days: dict[str, float] = {}
    ends = [*(at for _, at in entered), until][1:]
    for (stage, begun), ended in zip(entered, ends, strict=True):
        seconds = (min(ended, until) - begun).total_seconds()
        if begun <= until:
            days[stage] = days.get(stage, 0.0) + max(0.0, seconds) / SECONDS_A_DAY
    return [Stay(stage=stage, days=spent) for stage, spent in days.items()]


def saved_versions(deal: Opportunity, *, reader: Membership) -> list[StageChange]:
    """The deal as it was saved each time that stage, amount, date or probability changed."""
    rows = StageChange.objects.visible_to(reader).filter(opportunity_ref=deal.external_id)
    return list(rows.order_by("changed_at", "id"))


def stays_of(deal: Opportunity, *, versions: Sequence[StageChange], at: datetime) -> list[Stay]:
    """In stages that a deal can leave: it stays closed, but no time passes for it any more."""
    entered = [(each.stage, each.changed_at) for each in versions]
    if not entered:
        return []
    if not deal.is_closed:
        return stays(entered, until=at)
    closed_at = next((moment for stage, moment in entered if stage == deal.stage), entered[-1][1])
    found = stays(entered, until=max(closed_at, entered[-1][1]))
    return [stay for stay in found if stay.stage != deal.stage]


def open_stages(org: Org) -> list[str]:
    """Of the org's open deals, in the order of their probability: how its people sell."""
    key = f"stages:{org.pk}"
    found: list[str] | None = cache.get(key)
    if found is None:
        rows = (
            Opportunity.objects.of(org)
            .present()
            .filter(is_closed=False, probability__isnull=False)
            .exclude(stage="")
            .order_by()
            .values("stage")
            .annotate(likely=Avg("probability"))
            .order_by("likely", "stage")
        )
        found = [row["stage"] for row in rows[:MOST_STAGES]]
        cache.set(key, found, timeout=KEPT_S)
    return found


def path_of(deal: Opportunity, *, spent: Sequence[Stay], usual: Sequence[str]) -> list[Step]:
    """The usual stages with this deal's place among them, and what it alone passed in between."""
    if not deal.stage:
        return []
    days = {stay.stage: round(stay.days) for stay in spent}
    if deal.is_closed:
        ordered = in_order(usual=[each for each in usual if each != deal.stage], own=[*days])
        reached = max((ordered.index(stage) for stage in days), default=-1) + 1
        steps = passed(ordered[:reached], days=days, place=reached)
        return [*steps, Step(stage=deal.stage, state="won" if deal.is_won else "lost")]
    own = [*days] if deal.stage in days else [*days, deal.stage]
    ordered = in_order(usual=usual, own=own)
    return passed(ordered, days=days, place=ordered.index(deal.stage))


def in_order(*, usual: Sequence[str], own: Sequence[str]) -> list[str]:
    """A stage that is not usual stands after the one that the deal came from."""
    found = list(usual)
    before = ""
    for stage in own:
        if stage not in found:
            found.insert(found.index(before) + 1 if before in found else 0, stage)
        before = stage
    return found


def passed(ordered: Sequence[str], *, days: Mapping[str, int], place: int) -> list[Step]:
    def state(index: int, stage: str) -> str:
        if index == place:
            return "current"
        if index > place:
            return "ahead"
        return "done" if stage in days else "skipped"

    return [
        Step(stage=stage, state=state(index, stage), days=days.get(stage))
        for index, stage in enumerate(ordered)
    ]


def stage_chart(spent: Sequence[Stay], *, usual: Mapping[str, Usual] | None = None) -> Chart | None:
    """One bar alone would say no more than the path does, unless won deals stand beside it."""
    known = {stay.stage: usual[stay.stage] for stay in spent if usual and stay.stage in usual}
    if len(spent) < 2 and not known:
        return None
    stages = [stay.stage or "No stage" for stay in spent]
    days = [round(stay.days, 1) for stay in spent]
    bars = {
        "type": "bar",
        "orientation": "h",
        "name": "This deal",
        "y": stages,
        "x": days,
        "marker": {"color": "var(--chart-1)"},
        "hovertemplate": "%{y}: %{x} days<extra></extra>",
    }
    return Chart(
        id="stages",
        title="Days in each stage",
        summary=said_of_stages(spent, known),
        data=[bars, won_marks(known)] if known else [bars],
        layout={
            "yaxis": {"autorange": "reversed", "automargin": True, "showgrid": False},
            "xaxis": {"title": {"text": "Days"}, "rangemode": "tozero"},
            "margin": {"t": 4, "r": 10, "b": 32, "l": 44},
            "showlegend": bool(known),
        },
        columns=("Stage", "Days", "Won deals: median", "Middle half", "Won deals")
        if known
        else ("Stage", "Days"),
        rows=[
            (stage, f"{each:,}", *(won_figures(known.get(stay.stage)) if known else ()))
            for stage, each, stay in zip(stages, days, spent, strict=True)
        ],
    )


def said_of_stages(spent: Sequence[Stay], known: Mapping[str, Usual]) -> str:
    longest = max(spent, key=lambda stay: stay.days)
    total = sum(stay.days for stay in spent)
    said = f"{round(total):,} days so far; the longest in {longest.stage or 'no stage'}."
    now = spent[-1]
    if now.stage in known:
        usual = known[now.stage]
        said += (
            f" In {now.stage} for {round(now.days):,} days; half of the won deals left it"
            f" within {round(usual.median):,}."
        )
    return said


def won_marks(known: Mapping[str, Usual]) -> dict[str, Any]:
    """The median of the won deals, and where the middle half of them lies."""
    rows = list(known.values())
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "Won deals: median and middle half",
        "y": list(known),
        "x": [each.median for each in rows],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [each.high - each.median for each in rows],
            "arrayminus": [each.median - each.low for each in rows],
            "color": "var(--chart-2)",
            "thickness": 2,
            "width": 5,
        },
        "marker": {"color": "var(--chart-2)", "size": 9, "symbol": "diamond"},
        "hovertemplate": "%{y}: median of won deals %{x:.0f} days<extra></extra>",
    }


def won_figures(usual: Usual | None) -> tuple[str, str, str]:
    if usual is None:
        return "–", "–", "–"
    middle = f"{usual.low:,.0f} to {usual.high:,.0f}"
    return f"{usual.median:,.0f}", middle, f"{usual.deals:,}"
