"""Changes within reach, and the chance that like deals have which made them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecasting.deal_page.reasons import in_points
from revenue.web.templatetags import web

WIDTH = 100


@dataclass(frozen=True)
class Move:
    title: str
    now: str  # how it is
    probability: float
    points: float
    width: int  # of its bar, of a hundred

    @property
    def said(self) -> str:
        return in_points(self.points)

    @property
    def chance(self) -> str:
        return web.percent(self.probability)


def moves_of(moves: Sequence[Mapping[str, Any]]) -> list[Move]:
    """Those that go together with a better chance, the largest first."""
    better = sorted(
        (each for each in moves if each["points"] > 0), key=lambda each: -each["points"]
    )
    most = better[0]["points"] if better else 1
    return [
        Move(
            title=each["title"],
            now=each.get("change") or "",
            probability=each["probability"],
            points=each["points"],
            width=max(2, round(WIDTH * each["points"] / most)),
        )
        for each in better
    ]
