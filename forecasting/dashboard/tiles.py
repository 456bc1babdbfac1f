"""The figures above the list: what they say, and which deals each of them opens."""

from dataclasses import dataclass
from typing import Any

from forecasting.dashboard.standing import JUMP, Standing
from revenue.web.templatetags import web

IN_A_WEEK = "in a week"


@dataclass(frozen=True, kw_only=True)
class Tile:
    label: str
    value: str
    query: str
    hint: str = ""
    delta: str = ""
    delta_kind: str = ""
    delta_direction: str = ""
    href: str = ""
    active: bool = False


@dataclass(frozen=True)
class Moved:
    """How a sum moved; `good` says which way is."""

    by: float | None
    good: str

    def said(self, currency: str) -> dict[str, Any]:
        if self.by is None:
            return {"hint": "No score of a week ago yet"}
        if round(self.by) == 0:
            return {"hint": "As a week ago"}
        direction = "up" if self.by > 0 else "down"
        kind = {"": "", direction: "good"}.get(self.good, "bad")
        said = web.compact_money(abs(self.by), currency)
        return {
            "delta": said,
            "delta_direction": direction,
            "delta_kind": kind,
            "hint": IN_A_WEEK,
        }


def tiles_of(standing: Standing, *, currency: str) -> list[Tile]:
    whole = standing.whole
    return [
        Tile(
            label="Open pipeline",
            value=web.compact_money(whole.amount, currency),
            query="",
            hint=f"{whole.deals:,} deal{'' if whole.deals == 1 else 's'}",
        ),
        Tile(
            label="Value at risk",
            value=web.compact_money(whole.at_risk, currency),
            query="sort=-at_risk",
            **Moved(whole.at_risk_delta, "down").said(currency),
        ),
        Tile(
            label="Expected value",
            value=web.compact_money(whole.expected, currency),
            query="sort=-expected",
            **Moved(whole.expected_delta, "up").said(currency),
        ),
        counted("Risk jumped", "jumped", whole.jumped, whole.jumped_amount, currency),
        counted("Newly at risk", "newly", whole.newly, whole.newly_amount, currency),
        counted("Got better", "better", whole.better, whole.better_amount, currency),
    ]


def counted(label: str, move: str, deals: int, amount: float, currency: str) -> Tile:
    return Tile(
        label=label,
        value=f"{deals:,}",
        query=f"move={move}",
        hint=web.compact_money(amount, currency) if deals else "No deal in a week",
        delta_kind="",
    )


EXPLAINED = (
    "Value at risk is, of each deal, its amount times the chance of not being won; expected value"
    " its amount times its chance. A week ago is told of the deals that are open now; what was won"
    " and lost since stands under pipeline changes. Jumped and"
    f" better: by {JUMP:.0f} points of risk or more. Newly at risk: C or D, and A or B a week ago."
)
