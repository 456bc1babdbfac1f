"""A chart as data: the figure that the browser draws, and the same in a sentence and in a table.

Colours are named by token, "var(--chart-1)", and become the page's own when it is drawn.
A point follows the address in its `customdata`.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Chart:
    """`summary` says what is to be seen, `columns` and `rows` hold the same numbers as text."""

    id: str
    title: str
    summary: str
    data: Sequence[Mapping[str, Any]]
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    layout: Mapping[str, Any] = field(default_factory=dict)

    @property
    def figure(self) -> dict[str, Any]:
        return {"data": plain(self.data), "layout": plain(self.layout)}

    @property
    def is_empty(self) -> bool:
        """Axes around nothing would have scales that mean nothing."""
        return not self.data

    @property
    def figure_id(self) -> str:
        return f"{self.id}-figure"


def waterfall(
    names: Sequence[str],
    amounts: Sequence[Any],
    *,
    texts: Sequence[str],
    addresses: Sequence[str] = (),
    lying: bool = False,
) -> dict[str, Any]:
    """From the first amount by the changes to the last; each bar leads to its address."""
    across, along = ("y", "x") if lying else ("x", "y")
    bars: dict[str, Any] = {
        "type": "waterfall",
        "orientation": "h" if lying else "v",
        "measure": ["absolute", *["relative"] * (len(amounts) - 2), "total"],
        across: names,
        along: amounts,
        "text": texts,
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": f"%{{{across}}}: %{{text}}<extra></extra>",
        "connector": {"line": {"color": "var(--border-strong)", "width": 1}},
        "increasing": {"marker": {"color": "var(--positive)"}},
        "decreasing": {"marker": {"color": "var(--negative)"}},
        "totals": {"marker": {"color": "var(--chart-1)"}},
    }
    return {**bars, "customdata": addresses} if addresses else bars


def plain(value: Any) -> Any:
    """What JSON and Plotly take: numbers are numbers, and one that is none is a gap."""
    match value:
        case None | bool() | int() | str():
            return value
        case float() | Decimal():
            found = float(value)
            return found if math.isfinite(found) else None
        case dt.datetime() | dt.date():
            return value.isoformat()
        case UUID():
            return str(value)
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case Sequence():
            return [plain(each) for each in value]
    raise TypeError(f"A chart cannot hold a {type(value).__name__}: give a number, text or date.")
