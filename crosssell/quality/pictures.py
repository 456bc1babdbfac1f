"""Every way of suggesting beside ours, each with the interval that holds nine of ten times."""

from collections.abc import Sequence

from crosssell.quality.reading import Quality, Standing
from revenue.web.charts import Chart
from revenue.web.templatetags import web

OURS, THEIRS = "var(--chart-1)", "var(--chart-8)"


def compared(quality: Quality) -> Chart:
    drawn = [one for one in quality.standings if one.figure("ndcg") is not None]
    return Chart(
        id="ways-compared",
        title="How well products were put in order",
        summary=told(quality),
        data=[bars(drawn)] if drawn else [],
        layout={
            "xaxis": {"rangemode": "tozero", "nticks": 6, "showgrid": True, "title": {
                "text": "1 is a perfect order, 0 none that was bought"}},
            "yaxis": {"autorange": "reversed", "automargin": True, "showgrid": False},
            "margin": {"t": 10, "r": 14, "b": 44},
            "showlegend": False,
            "bargap": 0.35,
        },
        columns=("Way", "How good", "From", "To"),
        rows=[
            (one.title, f"{one.ndcg:.3f}", *(f"{edge:.3f}" for edge in one.interval))
            for one in drawn
        ],
    )  # fmt: skip


def bars(drawn: Sequence[Standing]) -> dict[str, object]:
    return {
        "type": "bar",
        "orientation": "h",
        "y": [one.title for one in drawn],
        "x": [round(one.ndcg, 4) for one in drawn],
        "marker": {"color": [OURS if one.is_ours else THEIRS for one in drawn]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [round(one.interval[1] - one.ndcg, 4) for one in drawn],
            "arrayminus": [round(one.ndcg - one.interval[0], 4) for one in drawn],
            "color": "var(--text)",
            "thickness": 1.5,
        },
        "hovertemplate": "%{y}: %{x:.3f}<extra></extra>",
    }


def told(quality: Quality) -> str:
    rival = quality.best_rival
    if rival is None:
        return "Nothing to compare with."
    if quality.is_fallback:
        return f"The best of the plain ways orders the suggestions: {quality.speaker}."
    share = quality.ours.ndcg / rival.ndcg - 1 if rival.ndcg else None
    apart = quality.ours.interval[0] > rival.interval[1]
    better = f"{web.percent(share)} better than" if share and share > 0 else "No better than"
    sure = "; the intervals do not meet" if apart else "; the intervals meet"
    return f"{better} the best of the plain ways, {rival.title}{sure}."
