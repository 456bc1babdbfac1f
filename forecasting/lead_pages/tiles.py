"""The figures above the list: what they say, and which leads each of them opens."""

from forecasting.dashboard.tiles import Tile
from forecasting.lead_pages.standing import FIRST, Standing
from forecasting.lead_pages.words import minutes_said


def tiles_of(standing: Standing, *, horizon_days: int, goal_minutes: int) -> list[Tile]:
    whole, best, first = standing.whole, standing.of("A"), standing.of(*FIRST)
    share = f"{best.expected:,.1f} of the conversions expected" if best.leads else ""
    return [
        Tile(label="Open leads", value=f"{whole.leads:,}", query="", hint="with a score"),
        Tile(label="Tier A", value=f"{best.leads:,}", query="tier=A", hint=share),
        Tile(
            label="Expected conversions",
            value=f"{whole.expected:,.1f}",
            query="sort=-chance",
            hint=f"within {horizon_days} days",
        ),
        Tile(
            label="A and B waiting too long",
            value=f"{first.late:,}",
            query="tier=A&tier=B&answer=late",
            hint=f"not answered within {minutes_said(goal_minutes)}"
            if first.late
            else f"{first.waiting:,} waiting, within {minutes_said(goal_minutes)}",
        ),
        Tile(
            label="Getting better",
            value=f"{whole.improving:,}",
            query="trend=improving",
            hint="score up in a week",
        ),
        Tile(
            label="Set by hand",
            value=f"{whole.by_hand:,}",
            query="by_hand=yes",
            hint="until somebody resets it",
        ),
    ]
