"""The period week by week, and how what was foreseen of it moved from day to day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from revenue.periods import Period
from revenue.web.charts import Chart
from revenue.web.templatetags import web

LINE, BAND = "var(--chart-1)", "var(--chart-band)"
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "xanchor": "left"}
MARGIN = {"t": 10, "r": 14, "b": 36, "l": 56}


@dataclass(frozen=True)
class Week:
    """What is won by the end of `day`."""

    day: date
    p10: float
    p50: float
    p90: float

    @property
    def band(self) -> tuple[float, float, float]:
        return (self.p10, self.p50, self.p90)


def weeks_of(node: Any, *, period: Period, as_of: date) -> tuple[list[Week], list[Week]]:
    """Those past and those to come; both hold the day of the forecast, where they meet."""
    said = [Week(date.fromisoformat(day), *map(float, band)) for day, *band in node.weeks]
    if as_of < period.since:
        return [], [flat(period.since, 0), *said]
    won = float(node.closed or 0)
    past = [flat(period.since, 0), *(one for one in said if one.day < as_of)]
    if as_of >= period.last:
        return [*past, flat(period.last, won)], []
    today = flat(as_of, won)
    return [*past, today], [today, *(one for one in said if one.day > as_of)]


def flat(day: date, amount: float) -> Week:
    return Week(day, amount, amount, amount)


def money_axis(currency: str) -> dict[str, Any]:
    prefix = web.with_currency("0", currency).removesuffix("0")
    return {
        "tickprefix": prefix,
        "tickformat": "~s",
        "nticks": 6,
        "showgrid": True,
        "rangemode": "tozero",
    }


def band_of(days: Sequence[Any], bands: Sequence[tuple[float, float, float]]) -> list[Any]:
    """P90 and P10 as one filled stretch: two lines that are not drawn themselves."""
    hidden = {"type": "scatter", "mode": "lines", "x": list(days), "line": {"width": 0}}
    return [
        {
            **hidden,
            "name": "P90",
            "y": [high for _, _, high in bands],
            "hoverinfo": "skip",
            "showlegend": False,
        },
        {
            **hidden,
            "name": "P10 to P90",
            "y": [low for low, _, _ in bands],
            "fill": "tonexty",
            "fillcolor": BAND,
            "hoverinfo": "skip",
        },
    ]


def line_of(name: str, days: Sequence[Any], amounts: Sequence[float], **line: Any) -> Any:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(days),
        "y": list(amounts),
        "text": [f"{one:,.0f}" for one in amounts],
        "line": {"color": LINE, "width": 2, **line},
        "hovertemplate": f"%{{x|%-d %b}}: %{{text}}<extra>{name}</extra>",
    }


def fan_chart(
    node: Any,
    *,
    period: Period,
    as_of: date,
    currency: str,
    year_before: Sequence[tuple[date, float]] = (),
    quota: Decimal | None = None,
) -> Chart:
    past, future = weeks_of(node, period=period, as_of=as_of)
    data: list[Any] = []
    if future:
        days = [one.day for one in future]
        data += band_of(days, [one.band for one in future])
        data.append(line_of("P50", days, [one.p50 for one in future], dash="dash"))
    if past:
        data.append(line_of("Won", [one.day for one in past], [one.p50 for one in past]))
    if year_before:
        days_before, won_before = zip(*year_before, strict=True)
        grey = {"color": "var(--chart-8)", "width": 1.5, "dash": "dot"}
        data.append(line_of("Year before", days_before, won_before, **grey))
    if quota:
        ends = [period.since, period.last]
        orange = {"color": "var(--chart-2)", "width": 1.5}
        data.append(line_of("Quota", ends, [float(quota)] * 2, **orange))
    before = dict(year_before)
    return Chart(
        id="forecast-weeks",
        title="Won by week",
        summary=fan_words(node, quota=quota, currency=currency),
        data=data if node.weeks else [],
        layout={
            "xaxis": {"type": "date", "tickformat": "%-d %b", "nticks": 8},
            "yaxis": money_axis(currency),
            "legend": LEGEND,
            "margin": MARGIN,
        },
        columns=("By the end of", "P10", "P50", "P90", "Year before"),
        rows=[
            (
                web.day(one.day),
                *(web.money(amount, currency) for amount in one.band),
                web.money(before.get(one.day), currency),
            )
            for one in (*past, *future[1 if past else 0 :])
        ],
    )


def fan_words(node: Any, *, quota: Decimal | None, currency: str) -> str:
    said = (
        f"{web.compact_money(node.closed, currency)} is won; at the end between"
        f" {web.compact_money(node.p10, currency)} and {web.compact_money(node.p90, currency)}"
        " in 8 of 10 cases"
    )
    if quota:
        said += f", beside a quota of {web.compact_money(quota, currency)}"
    return f"{said}."


def won_by_week(
    won: Mapping[date, Decimal], *, before: Period, period: Period
) -> list[tuple[date, float]]:
    """What was won by the same part of the period before, at the days of this one."""
    ends = [*(first for first in period.weeks[1:]), period.until]
    found = [(period.since, 0.0)]
    for end in ends:
        until = before.day_at(period.share_of(end))
        total = sum((amount for day, amount in won.items() if day < until), Decimal(0))
        found.append((min(end, period.last), float(total)))
    return found


@dataclass(frozen=True)
class Part:
    """A stretch of the bar, in percent of it."""

    name: str
    label: str
    amount: Decimal
    share: float
    begin: float
    url: str = ""


def parts_of(node: Any, *, addresses: Mapping[str, str]) -> list[Part]:
    named = {
        "closed": ("Closed", node.closed),
        "open": ("From open deals", node.from_open),
        "new": ("From new business", node.from_new),
    }
    sizes = {name: max(amount or Decimal(0), Decimal(0)) for name, (_, amount) in named.items()}
    whole, begin, found = sum(sizes.values()), 0.0, []
    for name, (label, _) in named.items():
        share = float(100 * sizes[name] / whole) if whole else 0.0
        url = addresses.get(name, "")
        found.append(Part(name, label, sizes[name], round(share, 3), round(begin, 3), url))
        begin += share
    return found


@dataclass(frozen=True)
class Told:
    """What an earlier forecast said of the same period."""

    day: date
    p10: Decimal
    p50: Decimal
    p90: Decimal


def moved_chart(told: Sequence[Told], *, currency: str) -> Chart | None:
    """Nothing where the period was foreseen on one day alone."""
    if len(told) < 2:
        return None
    first, last = told[0], told[-1]
    gap = last.p50 - first.p50
    way = "up" if gap > 0 else "down"
    size = web.compact_money(abs(gap), currency)
    said = f"{way} {size}" if size != web.compact_money(0, currency) else "unchanged"
    days = [one.day for one in told]
    bands = [(float(one.p10), float(one.p50), float(one.p90)) for one in told]
    return Chart(
        id="forecast-moved",
        title="How P50 moved",
        summary=f"{web.compact_money(first.p50, currency)} on {web.day(first.day)},"
        f" {web.compact_money(last.p50, currency)} on {web.day(last.day)}: {said}.",
        data=[*band_of(days, bands), line_of("P50", days, [middle for _, middle, _ in bands])],
        layout={
            "xaxis": {"type": "date", "tickformat": "%-d %b", "nticks": 6},
            "yaxis": money_axis(currency),
            "legend": LEGEND,
            "margin": MARGIN,
        },
        columns=("As of", "P10", "P50", "P90"),
        rows=[
            (
                web.day(one.day),
                *(web.money(amount, currency) for amount in (one.p10, one.p50, one.p90)),
            )
            for one in told
        ],
    )
