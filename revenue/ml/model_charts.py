"""What a run's figures look like."""

from typing import Any

from revenue.ml.amount_charts import first_chart, tenths_chart
from revenue.ml.card import Section, by_when, tenths
from revenue.ml.chart_parts import best_first, diagonal, interval_of, without_a_model
from revenue.ml.models import ModelRun
from revenue.web.charts import Chart

MOST_FEATURES = 15
WAYS = {"up": "raises", "down": "lowers", "mixed": "depends", "levels": "by level", "none": "none"}


def charts_of(run: ModelRun) -> list[Chart]:
    report = run.report
    found = []
    if bins := report.get("reliability"):
        found.append(reliability_chart(bins, positive=positive(run)))
    if rows := report.get("tenths"):
        found.append(tenths_chart(rows, tenths(run)))
    if rows := report.get("found_first"):
        found.append(first_chart(rows))
    if judged := report.get("by_when"):
        found.append(by_when_chart(judged, by_when(run)))
    if rows := report.get("lift"):
        found.append(lift_chart(rows, positive=positive(run)))
    if features := report.get("importance"):
        noun = "number" if "r2" in run.metrics else "chance"
        found.append(importance_chart(features[:MOST_FEATURES], noun=noun))
    if len(run.drift) > 1:
        found.append(drift_chart(run.drift))
    return found


def positive(run: ModelRun) -> str:
    word: str = run.settings.get("positive", "won")
    return word


def share(value: float) -> str:
    return f"{value:.0%}"


def scored(one: dict[str, Any]) -> str:
    return f"{one['from'] * 100:.0f}–{one['to'] * 100:.0f} %"


def reliability_chart(bins: list[dict[str, Any]], *, positive: str) -> Chart:
    most = max(bins, key=lambda one: one["groups"])
    return Chart(
        id="reliability",
        title="Does it come true?",
        summary=f"Of those scored {scored(most)}, {share(most['came'])} were {positive}."
        " On the line, what is said is what comes.",
        data=[
            diagonal("As said"),
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "As it came",
                "x": [one["said"] for one in bins],
                "y": [one["came"] for one in bins],
                "error_y": interval_of(bins, colour="var(--chart-1)"),
                "line": {"color": "var(--chart-1)"},
            },
        ],
        layout={
            "xaxis": {"title": {"text": "Scored"}, "tickformat": ".0%", "range": [0, 1]},
            "yaxis": {"tickformat": ".0%", "range": [0, 1]},
        },
        columns=("Scored", "Mean score", f"Were {positive}", "90 % interval", "How many"),
        rows=[
            (
                scored(one),
                share(one["said"]),
                share(one["came"]),
                f"{share(one['low'])} to {share(one['high'])}",
                str(one["groups"]),
            )
            for one in bins
        ],
    )


def by_when_chart(judged: list[dict[str, Any]], section: Section) -> Chart:
    last = judged[-1]
    weeks = [f"{one['weeks']} weeks" for one in judged]
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": f"{name.capitalize()}, {told}",
            "x": weeks,
            "y": [one[name][key] for one in judged],
            "line": {"color": colour, "dash": dash},
        }
        for name, colour in (("won", "var(--positive)"), ("lost", "var(--negative)"))
        for told, key, dash in (("as said", "said", "dot"), ("as it came", "came", "solid"))
    ]
    return Chart(
        id="by-when",
        title=section.title,
        summary=f"Within {last['weeks']} weeks {share(last['won']['said'])} were said to be won,"
        f" {share(last['won']['came'])} were; lost {share(last['lost']['said'])} and"
        f" {share(last['lost']['came'])}. Of all that were open in the test window.",
        data=lines,
        layout={
            "xaxis": {"type": "category"},
            "yaxis": {"tickformat": ".0%", "rangemode": "tozero"},
        },
        columns=section.columns,
        rows=list(section.rows),
    )


def lift_chart(rows: list[dict[str, Any]], *, positive: str) -> Chart:
    first = rows[0]
    return Chart(
        id="lift",
        title="What the best-scored hold",
        summary=f"The best-scored {share(first['share'])} hold {share(first['found'])} of all that"
        f" were {positive}: {first['lift']:.1f} times as many as without a model.",
        data=[
            without_a_model(),
            best_first(rows),
        ],
        layout={
            "xaxis": {"title": {"text": "Share, best first"}, "tickformat": ".0%"},
            "yaxis": {"tickformat": ".0%", "rangemode": "tozero"},
        },
        columns=("Best-scored", f"Share of all {positive}", "Times the average"),
        rows=[(share(r["share"]), share(r["found"]), f"{r['lift']:.2f}") for r in rows],
    )


def importance_chart(features: list[dict[str, Any]], *, noun: str) -> Chart:
    top = features[0]
    upward = list(reversed(features))
    colours = {"up": "var(--positive)", "down": "var(--negative)"}
    return Chart(
        id="importance",
        title="What moves it",
        summary=f"{top['title']} moves the score most ({share(top['share'])} of all movement)."
        f" Green raises the {noun}, red lowers it, blue depends.",
        data=[
            {
                "type": "bar",
                "orientation": "h",
                "name": "Share",
                "x": [one["share"] for one in upward],
                "y": [one["title"] for one in upward],
                "marker": {
                    "color": [colours.get(one["direction"], "var(--chart-1)") for one in upward]
                },
            }
        ],
        layout={
            "xaxis": {"tickformat": ".0%"},
            "yaxis": {"automargin": True},
            "height": 120 + 24 * len(features),
        },
        columns=("Feature", "Share", "Direction"),
        rows=[(one["title"], f"{one['share']:.1%}", one["words"]) for one in features],
    )


def drift_chart(readings: list[dict[str, Any]]) -> Chart:
    days = [one["at"][:10] for one in readings]
    moved = [one.get("score", {}).get("psi") for one in readings]
    gaps = [(one.get("calibration") or {}).get("gap") for one in readings]
    return Chart(
        id="drift",
        title="Drift since it was trained",
        summary=f"Stability index of the score: {moved[-1] or 0:.2f} at the last reading;"
        " from 0.1 on some, from 0.25 on much.",
        data=[
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "Score (PSI)",
                "x": days,
                "y": moved,
                "line": {"color": "var(--chart-1)"},
            },
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "Said minus came",
                "x": days,
                "y": gaps,
                "line": {"color": "var(--chart-3)"},
            },
        ],
        layout={"xaxis": {"type": "category", "nticks": 6}},
        columns=("Day", "Score (PSI)", "Said minus came"),
        rows=[
            (day, f"{psi or 0:.3f}", "" if gap is None else f"{gap:+.1%}")
            for day, psi, gap in zip(days, moved, gaps, strict=True)
        ],
    )
