"""Pictures of the list: at risk by segment, the bands and the value week by week, and each one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecasting.dashboard.charts import LEGEND, plain_text, prefix_of, sizes_of
from forecasting.health_pages.cuts import Part
from forecasting.health_pages.trend import Trend
from forecasting.health_pages.words import COLOURS, customers
from forecasting.models.health import Band
from revenue.web.charts import Chart
from revenue.web.templatetags import web

DRAWN = 120
LONGEST = 24
WEEK_OF = "Week of %{x|%-d %b}"


def by_segment(
    parts: Sequence[Part], *, label: str, currency: str, address: Callable[[str, str], str]
) -> Chart:
    """Value at risk, cut by band; each part of a bar leads to its customers."""
    prefix = prefix_of(currency)
    parts = [part for part in parts if part.standing.whole.count]
    names = [part.name for part in parts]
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": str(band.label),
            "y": [shortened(name) for name in names],
            "x": [part.standing.of_band(band).at_risk for part in parts],
            "customdata": [address(part.query, band) for part in parts],
            "marker": {"color": COLOURS[band]},
            "hovertemplate": f"%{{y}}: {prefix}%{{x:,.0f}}<extra>{band.label}</extra>",
        }
        for band in Band
    ]
    return Chart(
        id="health-by-segment",
        title=f"Value at risk by {label.lower()}",
        summary=segment_told(parts, currency=currency),
        data=data if parts else [],
        layout={
            "barmode": "stack",
            "legend": LEGEND,
            "bargap": 0.35,
            "xaxis": {"tickprefix": prefix, "tickformat": "~s", "nticks": 5, "showgrid": True},
            "yaxis": {"autorange": "reversed", "automargin": True, "showgrid": False},
        },
        columns=(label, "Customers", "Value, a year", *(f"{b.label}, at risk" for b in Band)),
        rows=[
            (
                part.name,
                web.number(part.standing.whole.count),
                web.money(part.standing.whole.value, currency),
                *(web.money(part.standing.of_band(b).at_risk, currency) for b in Band),
            )
            for part in parts
        ],
    )


def segment_told(parts: Sequence[Part], *, currency: str) -> str:
    whole = sum(part.standing.whole.at_risk for part in parts)
    if not whole:
        return "No value at risk."
    first = parts[0]
    at_risk = first.standing.whole.at_risk
    return (
        f"Most is at risk of {first.name}: {web.compact_money(at_risk, currency)},"
        f" {web.percent(at_risk / whole)} of all. A click lists the customers."
    )


def shortened(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


@dataclass(frozen=True)
class Measure:
    """What is drawn of each week and band, and how it is said."""

    key: str
    title: str
    value: Callable[[int, str], Any]
    hover: str
    said: Callable[[Any], str]
    axis: Mapping[str, Any]


def bands_over_time(trend: Trend, *, address: Callable[[str], str]) -> Chart:
    measure = Measure(
        key="health-bands",
        title="Customers by health, week by week",
        value=lambda back, band: trend.of(back, band).count,
        hover="%{y:,d}",
        said=web.number,
        axis={"tickformat": ",d"},
    )
    return over_time(trend, measure, summary=bands_told(trend), address=address)


def value_over_time(trend: Trend, *, currency: str, address: Callable[[str], str]) -> Chart:
    prefix = prefix_of(currency)
    measure = Measure(
        key="health-value",
        title="Value at risk, week by week",
        value=lambda back, band: trend.of(back, band).at_risk,
        hover=f"{prefix}%{{y:,.0f}}",
        said=lambda value: web.money(value, currency),
        axis={"tickprefix": prefix, "tickformat": "~s", "nticks": 5},
    )
    return over_time(trend, measure, summary=value_told(trend, currency=currency), address=address)


def over_time(
    trend: Trend, measure: Measure, *, summary: str, address: Callable[[str], str]
) -> Chart:
    weeks = trend.weeks
    days = [trend.monday(back) for back in weeks]
    return Chart(
        id=measure.key,
        title=measure.title,
        summary=summary,
        data=[
            {
                "type": "bar",
                "name": str(band.label),
                "x": days,
                "y": [measure.value(back, band) for back in weeks],
                "customdata": [address(band)] * len(weeks),
                "marker": {"color": COLOURS[band]},
                "hovertemplate": f"{WEEK_OF}: {measure.hover}<extra>{band.label}</extra>",
            }
            for band in Band
            if weeks
        ],
        layout={
            "barmode": "stack",
            "bargap": 0.2,
            "legend": LEGEND,
            "xaxis": {"tickformat": "%-d %b", "nticks": 6},
            "yaxis": {"rangemode": "tozero", **measure.axis},
        },
        columns=("Week of", *(str(band.label) for band in Band)),
        rows=[
            (web.day(day), *(measure.said(measure.value(back, band)) for band in Band))
            for back, day in zip(weeks, days, strict=True)
        ],
    )


def bands_told(trend: Trend) -> str:
    if not trend.weeks:
        return "No week has been scored."
    then = trend.weeks[0]
    said = f"{customers(trend.of(0, Band.RED).count)} at risk now"
    if not then:
        return f"{said}; earlier weeks come as they pass."
    return (
        f"{said}, {trend.of(then, Band.RED).count:,} in the week of {web.day(trend.monday(then))}."
    )


def value_told(trend: Trend, *, currency: str) -> str:
    if not trend.weeks:
        return "No week has been scored."
    then = trend.weeks[0]
    now, was = (web.compact_money(trend.of_week(b).at_risk, currency) for b in (0, then))
    if not then:
        return f"{now} now; earlier weeks come as they pass."
    return f"{now} now, {was} in the week of {web.day(trend.monday(then))}."


def scatter(
    rows: Sequence[Any], *, currency: str, whole: int, page_of: Callable[[Any], str]
) -> Chart:
    """`rows` have most at risk, of `whole` customers; a bubble is as large as what is at risk."""
    drawn = [row for row in rows if row.value]
    sized = list(zip(drawn, sizes_of([float(row.stake or 0) for row in drawn]), strict=True))
    prefix = prefix_of(currency)
    return Chart(
        id="health-by-value",
        title="Score by value",
        summary=scatter_told(drawn, whole=whole, currency=currency),
        data=[
            bubbles(band, own, currency=currency, page_of=page_of)
            for band in Band
            if (own := [(row, size) for row, size in sized if row.band == band])
        ],
        layout={
            "legend": LEGEND,
            "xaxis": {"title": {"text": "Score"}, "range": [-2, 102], "showgrid": True},
            "yaxis": {
                "title": {"text": "Value, a year"},
                "type": "log",
                "tickprefix": prefix,
                "tickformat": "~s",
                "dtick": 1,
            },
            "margin": {"t": 10, "r": 14, "b": 40, "l": 56},
        },
        columns=("Customer", "Score", "Health", "Value, a year", "At risk"),
        rows=[
            (
                row.account.name,
                web.number(row.score),
                row.get_band_display(),
                web.money(row.value, currency),
                web.money(row.stake, currency),
            )
            for row in drawn
        ],
    )


def bubbles(
    band: Band,
    sized: Sequence[tuple[Any, float]],
    *,
    currency: str,
    page_of: Callable[[Any], str],
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": str(band.label),
        "x": [row.score for row, _ in sized],
        "y": [row.value for row, _ in sized],
        "text": [
            f"<b>{plain_text(row.account.name)}</b><br>score {row.score} ·"
            f" {web.money(row.stake, currency)} of {web.money(row.value, currency)} at risk"
            for row, _ in sized
        ],
        "customdata": [page_of(row) for row, _ in sized],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "color": COLOURS[band],
            "size": [round(size, 1) for _, size in sized],
            "opacity": 0.72,
            "line": {"color": "var(--surface)", "width": 1},
        },
    }


def scatter_told(drawn: Sequence[Any], *, whole: int, currency: str) -> str:
    if not drawn:
        return "No customer with a value."
    first = drawn[0]
    which = customers(len(drawn))
    if len(drawn) < whole:
        which = f"The {len(drawn):,} with most at risk of {customers(whole)}"
    return (
        f"{which}; each leads to its page. Most at risk: {first.account.name},"
        f" {web.compact_money(first.stake, currency)} at score {first.score}."
    )
