"""A plan drawn: by seller, by type, and what other budgets would bring."""

from collections.abc import Sequence
from typing import Any

from revenue.web.charts import Chart
from revenue.web.templatetags import web

MOST_SELLERS = 15
PLAN, GREEDY = "var(--chart-1)", "var(--chart-3)"
BUDGETS = {"total": "Actions in all", "hours": "Hours of all sellers"}


def bars(
    name: str, colour: str, names: Sequence[str], values: Sequence[Any], prefix: str = ""
) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": list(names),
        "x": list(values),
        "marker": {"color": colour},
        "hovertemplate": f"%{{y}}: {prefix}%{{x:,.0f}}<extra>{name}</extra>",
    }


def lying(prefix: str) -> dict[str, Any]:
    return {
        "barmode": "group",
        "bargap": 0.3,
        "xaxis": {"tickprefix": prefix, "tickformat": "~s", "rangemode": "tozero", "nticks": 5},
        "yaxis": {"autorange": "reversed", "automargin": True, "showgrid": False},
    }


def prefix_of(currency: str) -> str:
    return web.with_currency("0", currency).removesuffix("0")


def seller_chart(sellers: Sequence[dict[str, Any]], *, currency: str) -> Chart:
    shown = [one for one in sellers if one["actions"] or one["greedy"]][:MOST_SELLERS]
    names, prefix = [one["name"] for one in shown], prefix_of(currency)
    best = max(shown, key=lambda one: one["gain"], default=None)
    summary = "" if best is None else f"Most: {best['name']}, {web.money(best['gain'], currency)}."
    return Chart(
        id="allocation-sellers",
        title="Expected by seller",
        summary=summary,
        data=[
            bars("This plan", PLAN, names, [one["gain"] for one in shown], prefix),
            bars("Best first", GREEDY, names, [one["greedy"] for one in shown], prefix),
        ]
        if shown
        else [],
        layout=lying(prefix),
        columns=("Seller", "This plan", "Best first"),
        rows=[
            (one["name"], web.money(one["gain"], currency), web.money(one["greedy"], currency))
            for one in shown
        ],
    )


def type_chart(types: Sequence[dict[str, Any]]) -> Chart:
    names = [one["title"] for one in types]
    most = max(types, key=lambda one: one["actions"], default=None)
    return Chart(
        id="allocation-types",
        title="Actions by type",
        summary="" if most is None else f"Most: {most['title']}, {most['actions']}.",
        data=[
            bars("This plan", PLAN, names, [one["actions"] for one in types]),
            bars("Best first", GREEDY, names, [one["greedy"] for one in types]),
        ]
        if any(one["actions"] for one in types)
        else [],
        layout=lying(""),
        columns=("Type", "This plan", "Best first"),
        rows=[(one["title"], one["actions"], one["greedy"]) for one in types],
    )


def budget_chart(curve: dict[str, Any], *, currency: str) -> Chart:
    points = [one for one in curve["points"] if one["value"] is not None]
    prefix, what = prefix_of(currency), BUDGETS[curve["of"]]
    chosen = [one for one in points if one["budget"] == curve["chosen"]]

    def line(name: str, key: str, colour: str, dash: str) -> dict[str, Any]:
        return {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": [one["budget"] for one in points],
            "y": [one[key] for one in points],
            "line": {"color": colour, "dash": dash},
            "hovertemplate": f"%{{x:,.0f}}: {prefix}%{{y:,.0f}}<extra>{name}</extra>",
        }

    mark = {
        "type": "scatter",
        "mode": "markers",
        "name": "Chosen",
        "x": [one["budget"] for one in chosen],
        "y": [one["value"] for one in chosen],
        "marker": {"color": "var(--positive)", "size": 13, "symbol": "diamond"},
        "hovertemplate": f"Chosen, %{{x:,.0f}}: {prefix}%{{y:,.0f}}<extra></extra>",
    }
    return Chart(
        id="allocation-budgets",
        title="What other budgets would bring",
        summary=doubled(points, curve, currency=currency),
        data=[
            line("Best plan", "value", PLAN, "solid"),
            line("Best first", "greedy", GREEDY, "dot"),
            mark,
        ]
        if points
        else [],
        layout={
            "xaxis": {"title": {"text": what}, "rangemode": "tozero"},
            "yaxis": {"tickprefix": prefix, "tickformat": "~s", "rangemode": "tozero"},
        },
        columns=(what, "Best plan", "Best first"),
        rows=[
            (
                f"{one['budget']:,.0f}",
                "limits clash" if one["value"] is None else web.money(one["value"], currency),
                "–" if one["greedy"] is None else web.money(one["greedy"], currency),
            )
            for one in curve["points"]
        ],
    )


def doubled(points: Sequence[dict[str, Any]], curve: dict[str, Any], *, currency: str) -> str:
    at = {one["budget"]: one["value"] for one in points}
    now, twice = at.get(curve["chosen"]), at.get(2 * curve["chosen"])
    if now is None or twice is None:
        return ""
    return f"Twice the budget would bring {web.money(twice - now, currency)} more."
