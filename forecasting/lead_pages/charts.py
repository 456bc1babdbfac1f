"""How many leads there are of each tier, and what became of such before."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from forecasting.dashboard.rates import Rate
from forecasting.lead_pages.standing import Standing
from forecasting.leads.policy import TIERS
from revenue.ml.models import ModelRun
from revenue.web.charts import Chart
from revenue.web.templatetags import web

WHOLE, FEW = 100, 6
COLOURS = {
    "A": "var(--positive)",
    "B": "var(--chart-1)",
    "C": "var(--chart-2)",
    "D": "var(--border-strong)",
}


def tier_bars(
    standing: Standing,
    *,
    run: ModelRun | None,
    tiers: Mapping[str, int],
    horizon_days: int,
    address: Callable[[str], str],
) -> Chart:
    """Each bar leads to its leads."""
    judged = judged_of(run, tiers)
    counts = {tier: standing.of(tier).leads for tier in TIERS}
    expected = {tier: standing.of(tier).expected for tier in TIERS}
    return Chart(
        id="lead-tiers",
        title="Leads by tier",
        summary=told(counts, judged, horizon_days=horizon_days),
        data=[bars(counts, expected, judged, address=address)] if any(counts.values()) else [],
        layout={
            "bargap": 0.35,
            "showlegend": False,
            "xaxis": {
                "showgrid": True,
                "rangemode": "tozero",
                **({"nticks": 5} if max(counts.values()) > FEW else {"dtick": 1}),
            },
            "yaxis": {"autorange": "reversed", "automargin": True, "showgrid": False},
            "margin": {"t": 4, "r": 96, "b": 28, "l": 44},
        },
        columns=("Tier", "Leads", "Expected to convert", "Of such when judged, converted"),
        rows=[
            (
                f"Tier {tier}",
                web.number(counts[tier]),
                web.percent(expected[tier] / counts[tier]) if counts[tier] else web.BLANK,
                judged_said(judged.get(tier)),
            )
            for tier in TIERS
        ],
    )


def bars(
    counts: Mapping[str, int],
    expected: Mapping[str, float],
    judged: Mapping[str, Rate],
    *,
    address: Callable[[str], str],
) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "y": [f"Tier {tier}" for tier in TIERS],
        "x": [counts[tier] for tier in TIERS],
        "text": [
            f"{expected[tier] / counts[tier]:.0%} expected" if counts[tier] else ""
            for tier in TIERS
        ],
        "hovertext": [judged_said(judged.get(tier)) for tier in TIERS],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [address(tier) for tier in TIERS],
        "marker": {"color": [COLOURS[tier] for tier in TIERS]},
        "hovertemplate": "%{y}: %{x:,} leads, %{text}<br>when judged: %{hovertext}<extra></extra>",
    }


def judged_of(run: ModelRun | None, tiers: Mapping[str, int]) -> dict[str, Rate]:
    """A score is the share of the judged leads that were less likely: a tier cuts their gains."""
    report = run.report if run is not None else {}
    gains, rate = report.get("lift"), run.metrics.get("rate") if run is not None else None
    if not gains or rate is None:
        return {}
    shares = [0.0, *(one["share"] for one in gains)]
    found = [0.0, *(one["found"] for one in gains)]
    leads = run.metrics.get("groups") or 0 if run is not None else 0
    judged, above = {}, 0.0
    for tier in TIERS:
        share = 1 - tiers.get(tier, 0) / WHOLE
        conversions = np.interp([above, share], shares, found) @ [-1, 1] * rate * leads
        of_tier = round((share - above) * leads)
        judged[tier] = Rate(min(round(float(conversions)), of_tier), of_tier)
        above = share
    return judged


def judged_said(rate: Rate | None) -> str:
    if rate is None or rate.value is None:
        return web.BLANK
    low, high = rate.interval
    return f"{web.percent(rate.value)}, {web.percent(low)} to {web.percent(high)}"


def told(counts: Mapping[str, int], judged: Mapping[str, Rate], *, horizon_days: int) -> str:
    """What such tiers were worth on leads that the model had not learned from."""
    whole = sum(counts.values())
    if not whole:
        return "No open lead has a score."
    best = f"{counts['A']:,} of {whole:,} {'is' if counts['A'] == 1 else 'are'} of tier A."
    said = [
        f"{web.percent(rate.value)} of {tier}"
        for tier, rate in judged.items()
        if rate.value is not None
    ]
    if not said:
        return best
    return (
        f"{best} Of leads that the model had not learned from, within {horizon_days} days"
        f" converted {', '.join(said)}."
    )
