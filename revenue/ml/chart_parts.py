"""Lines and bars that the charts of chances and of amounts share."""

from collections.abc import Sequence
from typing import Any


def diagonal(name: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [0, 1],
        "y": [0, 1],
        "line": {"color": "var(--chart-8)", "dash": "dot"},
        "hoverinfo": "skip",
    }


def without_a_model() -> dict[str, Any]:
    return diagonal("Without a model")


def best_first(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Best first",
        "x": [0, *(one["share"] for one in rows)],
        "y": [0, *(one["found"] for one in rows)],
        "line": {"color": "var(--chart-2)"},
    }


def interval_of(rows: Sequence[dict[str, Any]], *, colour: str) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [one["high"] - one["came"] for one in rows],
        "arrayminus": [one["came"] - one["low"] for one in rows],
        "color": colour,
        "thickness": 1,
    }
