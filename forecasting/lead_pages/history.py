"""What was said of a lead over time, by the model and by hand, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts.models import Lead
from forecasting.models import LeadOverride, LeadScore
from revenue.web.charts import Chart
from revenue.web.templatetags import web


@dataclass(frozen=True)
class Ended:
    is_converted: bool
    last: LeadScore
    highest: LeadScore
    lowest: LeadScore
    verdict: str


def ended_of(scores: Sequence[LeadScore], *, lead: Lead) -> Ended | None:
    """One lead proves no probability wrong."""
    if not scores:
        return None
    last = scores[-1]
    day = f" on {web.day(lead.converted_date)}" if lead.converted_date else ""
    outcome = f"It converted{day}." if lead.is_converted else "It is not open any more."
    return Ended(
        is_converted=lead.is_converted,
        last=last,
        highest=max(scores, key=lambda one: one.probability),
        lowest=min(scores, key=lambda one: one.probability),
        verdict=f"Said at last: {web.percent(last.probability)}, tier {last.tier}. {outcome}",
    )


def chart_of(
    scores: Sequence[LeadScore],
    *,
    tiers: Mapping[str, int],
    overrides: Sequence[LeadOverride],
) -> Chart | None:
    """One point alone is the number above it."""
    if len(scores) < 2:
        return None
    first, last = scores[0], scores[-1]
    times = [one.as_of for one in scores]
    by_hand = [one for one in overrides if first.as_of <= one.made_at <= last.as_of]
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "Score",
            "x": times,
            "y": [one.score for one in scores],
            "text": [f"{one.score}, tier {one.tier}" for one in scores],
            "line": {"color": "var(--chart-1)", "width": 2},
            "hovertemplate": "%{x|%-d %b %Y}: %{text}<extra></extra>",
        }
    ]
    if by_hand:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "Set by hand",
                "x": [one.made_at for one in by_hand],
                "y": [3] * len(by_hand),
                "text": [f"tier {one.tier}" for one in by_hand],
                "marker": {"symbol": "diamond", "size": 9, "color": "var(--chart-2)"},
                "hovertemplate": "%{x|%-d %b %Y}: %{text} by hand<extra></extra>",
            }
        )
    borders = list(tiers.items())
    return Chart(
        id="lead-history",
        title="Score over time",
        summary=f"{first.score} on {web.day(first.as_of)}, {last.score} on {web.day(last.as_of)};"
        " the lines are where tiers begin.",
        data=data,
        layout={
            "yaxis": {
                "range": [0, 100],
                "tickvals": [lowest for _, lowest in borders],
                "ticktext": [f"{tier} {lowest}" for tier, lowest in borders],
                "showgrid": True,
            },
            "showlegend": bool(by_hand),
            "margin": {"t": 10, "r": 10, "b": 28, "l": 44},
        },
        columns=("Day", "Score", "Tier", "Chance", "From", "To"),
        rows=[
            (
                web.day(one.as_of),
                web.number(one.score),
                one.tier,
                *(web.percent(each) for each in (one.probability, one.low, one.high)),
            )
            for one in scores
        ],
    )
