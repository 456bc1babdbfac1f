"""What the figures of a number look like: said beside what came, and who held most of it."""

from typing import Any

from revenue.ml.card import Section, in_figures
from revenue.ml.chart_parts import best_first, interval_of, without_a_model
from revenue.web.charts import Chart


def tenths_chart(rows: list[dict[str, Any]], section: Section) -> Chart:
    last = rows[-1]
    names = [str(one) for one in range(1, len(rows) + 1)]
    return Chart(
        id="tenths",
        title=section.title,
        summary=f"Of the tenth of whom most was said, {in_figures(last['said'])} was said on"
        f" average and {in_figures(last['came'])} came. All later than what it learned from.",
        data=[
            {
                "type": "bar",
                "name": "As it came",
                "x": names,
                "y": [one["came"] for one in rows],
                "marker": {"color": "var(--chart-1)"},
                "error_y": interval_of(rows, colour="var(--text-muted)"),
            },
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "As said",
                "x": names,
                "y": [one["said"] for one in rows],
                "line": {"color": "var(--chart-3)", "dash": "dot"},
            },
        ],
        layout={
            "xaxis": {"title": {"text": "Tenths, by what was said"}, "type": "category"},
            "yaxis": {"rangemode": "tozero"},
        },
        columns=section.columns,
        rows=list(section.rows),
    )


def first_chart(rows: list[dict[str, float]]) -> Chart:
    first = rows[0]
    return Chart(
        id="found-first",
        title="What the best of them hold",
        summary=f"The best {first['share']:.0%} by what is said hold {first['found']:.0%} of all"
        f" that came: {first['lift']:.1f} times as much as without a model.",
        data=[without_a_model(), best_first(rows)],
        layout={
            "xaxis": {"title": {"text": "Share, best first"}, "tickformat": ".0%"},
            "yaxis": {"tickformat": ".0%", "rangemode": "tozero"},
        },
        columns=("Best", "Share of all that came", "Times the average"),
        rows=[(f"{one['share']:.0%}", f"{one['found']:.0%}", f"{one['lift']:.2f}") for one in rows],
    )
