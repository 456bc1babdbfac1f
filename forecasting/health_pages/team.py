"""The same customers by who they belong to, down the hierarchy."""

from collections.abc import Callable
from typing import Any

from accounts.about.below import Below
from accounts.about.hierarchy import Node, Tree
from forecasting.health_pages.cuts import OWNER, only
from forecasting.health_pages.standing import Standing, standing_of
from forecasting.models.health import Band


def below_of(
    tree: Tree, rows: Any, *, border: int, url_of: Callable[[Node], str], kept: Any
) -> Below[Standing]:
    standing: Standing = kept(lambda: standing_of(rows, by=OWNER, border=border))
    book = {owner: only(standing, [owner]) for owner in standing.segments if owner}
    return Below(tree, book, Standing.sum_of, url_of)


def with_figures(row: Any) -> dict[str, Any]:
    standing: Standing = row.figures
    whole, red = standing.whole, standing.of_band(Band.RED)
    return {
        "name": row.name,
        "url": row.url,
        "query": row.query,
        "whole": whole,
        "bands": [
            (band, standing.of_band(band).count, f"{row.query}&band={band.value}") for band in Band
        ],
        "risk_share": whole.at_risk / whole.value if whole.value else None,
        "red_share": red.value / whole.value if whole.value else None,
    }
