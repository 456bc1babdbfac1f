"""What is closed by week, beside the periods before."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from forecasting.quota.arithmetic import Course
from revenue.web.charts import Chart
from revenue.web.templatetags import web

LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "xanchor": "left"}


def pacing_chart(
    own: Course, past: Sequence[Course], *, quota: Decimal | None, currency: str
) -> Chart:
    length = own.period.length
    data = [
        line(
            str(one.period),
            one.amounts,
            currency=currency,
            colour="var(--chart-8)",
            width=1.2,
            legend=f"{length.capitalize()}s before" if at == 0 else "",
        )
        for at, one in enumerate(past)
    ]
    weeks = max((len(one.amounts) for one in (own, *past)), default=0)
    if quota and weeks:
        data.append(
            line("Quota", [quota] * weeks, currency=currency, colour="var(--chart-2)", width=1.5,
                 legend="Quota", dash="dash")
        )  # fmt: skip
    if own.amounts:
        data.append(
            line(own.period.label, own.amounts, currency=currency, colour="var(--chart-1)",
                 width=2.5, legend=own.period.label)
        )  # fmt: skip
    prefix = web.with_currency("0", currency).removesuffix("0")
    return Chart(
        id="quota-pacing",
        title="Closed by week",
        summary=summary_of(own, past, currency=currency),
        data=data if own.amounts or past else [],
        layout={
            "xaxis": {"title": {"text": f"Week of the {length}"}, "nticks": 8, "showgrid": False},
            "yaxis": {
                "tickprefix": prefix,
                "tickformat": "~s",
                "nticks": 6,
                "showgrid": True,
                "rangemode": "tozero",
            },
            "legend": LEGEND,
            "margin": {"t": 10, "r": 14, "b": 40, "l": 56},
        },
        columns=("By the end of week", own.period.label, *(str(one.period) for one in past[::-1])),
        rows=[
            (
                str(week + 1),
                *(
                    web.money(one.amounts[week], currency) if week < len(one.amounts) else web.BLANK
                    for one in (own, *past[::-1])
                ),
            )
            for week in range(weeks)
        ],
    )


def summary_of(own: Course, past: Sequence[Course], *, currency: str) -> str:
    if not own.amounts:
        return f"{own.period.label} has not begun."
    week, closed = len(own.amounts), own.amounts[-1]
    said = f"{web.compact_money(closed, currency)} by week {week}"
    then = [one.amounts[min(week, len(one.amounts)) - 1] for one in past]
    if not then:
        return f"{said}; there is nothing before to compare it with."
    low, high = (web.compact_money(pick(then), currency) for pick in (min, max))
    before = f"between {low} and {high}" if len(then) > 1 else low
    return f"{said}; by the end of that week the {own.period.length}s before had {before}."


def line(
    name: str,
    amounts: Sequence[Decimal],
    *,
    currency: str,
    colour: str,
    width: float,
    legend: str,
    dash: str = "solid",
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(amounts) == 1 else "lines",
        "name": legend or name,
        "legendgroup": legend or "before",
        "showlegend": bool(legend),
        "x": list(range(1, len(amounts) + 1)),
        "y": list(amounts),
        "text": [web.compact_money(one, currency) for one in amounts],
        "line": {"color": colour, "width": width, "dash": dash},
        "hovertemplate": f"Week %{{x}}: %{{text}}<extra>{name}</extra>",
    }
