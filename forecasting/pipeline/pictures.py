"""The way from one pipeline to the other, and from stage to stage."""

from collections.abc import Callable, Sequence
from typing import Any

from forecasting.pipeline.categories import Walk
from revenue.web.charts import Chart, waterfall
from revenue.web.templatetags import web

Address = Callable[[str], str]
NEW, WON, LOST = "New", "Won", "Lost"
COLOURS = {NEW: "var(--chart-1)", WON: "var(--positive)", LOST: "var(--negative)"}
NO_STAGE = "No stage"


def walk_chart(walk: Walk, *, days: tuple[str, str], currency: str, address: Address) -> Chart:
    """Each bar leads to its deals; what changes nothing has no bar."""
    shown = [one for one in walk.parts if one.delta]
    names = [days[0], *(one.category.title for one in shown), days[1]]
    amounts = [walk.then, *(one.delta for one in shown), walk.now]
    prefix = web.with_currency("0", currency).removesuffix("0")
    change = walk.now - walk.then
    way = "grew" if change > 0 else "shrank" if change < 0 else "did not change"
    most = max(shown, key=lambda one: abs(one.delta), default=None)
    told = f"The pipeline {way}" + (
        f" by {web.compact_money(abs(change), currency)}" if change else ""
    )
    if most is not None:
        told += f". The most by: {most.category.title.lower()}"
        told += f", {web.compact_money(most.delta, currency)}"
    return Chart(
        id="pipeline-walk",
        title="From then to now",
        summary=f"{told}.",
        data=[
            waterfall(
                names,
                amounts,
                texts=[web.compact_money(one, currency) for one in amounts],
                addresses=[
                    address(""),
                    *(address(one.category.name) for one in shown),
                    address(""),
                ],
            )
        ],
        layout={
            "yaxis": {"tickprefix": prefix, "tickformat": "~s", "showgrid": True, "nticks": 5},
            "showlegend": False,
            "margin": {"t": 24, "r": 10, "b": 40, "l": 56},
        },
        columns=("Step", "Deals", "Amount"),
        rows=[
            (days[0], web.number(walk.deals_then), web.money(walk.then, currency)),
            *(
                (one.category.title, web.number(one.deals), web.money(one.delta, currency))
                for one in shown
            ),
            (days[1], web.number(walk.deals_now), web.money(walk.now, currency)),
        ],
    )


def sankey(
    flows: Sequence[dict[str, Any]], *, stages: Sequence[str], currency: str, address: Address
) -> Chart:
    """From the stages then, on the left, to those now; by amount, and by number where none is."""
    by_amount = any(flow["amount"] for flow in flows)
    merged: dict[tuple[str, str], list[Any]] = {}
    for flow in flows:
        ends = (end_of(flow, "then"), end_of(flow, "now"))
        total = merged.setdefault(ends, [0, 0])
        total[0] += flow["deals"]
        total[1] += flow["amount"]
    lefts = ordered({left for left, _ in merged}, stages)
    rights = ordered({right for _, right in merged}, stages)
    place = {("left", name): at for at, name in enumerate(lefts)}
    place |= {("right", name): len(lefts) + at for at, name in enumerate(rights)}
    links = sorted(merged.items(), key=lambda one: (place["left", one[0][0]], one[0][1]))
    won = sum(deals for (_, right), (deals, _) in merged.items() if right == WON)
    lost = sum(deals for (_, right), (deals, _) in merged.items() if right == LOST)
    return Chart(
        id="pipeline-flows",
        title="From stage to stage",
        summary=f"Won: {web.number(won)} deal{'' if won == 1 else 's'}. Lost: {web.number(lost)}.",
        data=[
            {
                "type": "sankey",
                "arrangement": "snap",
                "node": {
                    "label": [*lefts, *rights],
                    "color": [COLOURS.get(one, "var(--chart-2)") for one in (*lefts, *rights)],
                    "pad": 14,
                    "thickness": 14,
                    "line": {"width": 0},
                    "hovertemplate": "%{label}<extra></extra>",
                },
                "link": {
                    "source": [place["left", left] for (left, _), _ in links],
                    "target": [place["right", right] for (_, right), _ in links],
                    "value": [amount if by_amount else deals for _, (deals, amount) in links],
                    "customdata": [address_of_end(right, address) for (_, right), _ in links],
                    "label": [
                        f"{web.number(deals)} deals, {web.compact_money(amount, currency)}"
                        for _, (deals, amount) in links
                    ],
                    "color": "var(--chart-band)",
                    "hovertemplate": "%{source.label} → %{target.label}<br>%{label}<extra></extra>",
                },
            }
        ]
        if merged
        else [],
        layout={"margin": {"t": 10, "r": 8, "b": 10, "l": 8}},
        columns=("From", "To", "Deals", "Amount"),
        rows=[
            (left, right, web.number(deals), web.money(amount, currency))
            for (left, right), (deals, amount) in links
        ],
    )


def end_of(flow: dict[str, Any], side: str) -> str:
    standing = flow[f"standing_{side}"]
    if standing == "open":
        return flow[f"stage_{side}"] or NO_STAGE
    if side == "then" and standing != "none":
        return f"{standing.capitalize()} before"
    return {"none": NEW, "won": WON, "lost": LOST}[standing]


def ordered(names: set[str], stages: Sequence[str]) -> list[str]:
    rank = {stage: at for at, stage in enumerate(stages)}
    last = {NEW: -1, WON: len(stages) + 1, LOST: len(stages) + 2}
    return sorted(names, key=lambda one: (last.get(one, rank.get(one, len(stages))), one))


def address_of_end(right: str, address: Address) -> str:
    category = {WON: "won", LOST: "lost"}.get(right)
    return address(category) if category else ""
