"""The risk score and the Deal Health Score, opened up: each part, its weight and its points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecasting.models import DealOutlook
from revenue.web.templatetags import web


@dataclass(frozen=True)
class Part:
    title: str
    words: str
    part: float | None  # none: nothing is recorded that would tell, and the others weigh more
    weight: float
    points: float

    @property
    def formula(self) -> str:
        if self.part is None:
            return web.BLANK
        return f"{web.percent(self.part)} × {web.percent(self.weight)}"


@dataclass(frozen=True)
class Opened:
    total: float
    parts: Sequence[Part]

    @property
    def formula(self) -> str:
        """In the weights that hold in this org."""
        said = " + ".join(
            f"{web.percent(part.weight)} {part.title.lower()}"
            for part in self.parts
            if part.part is not None
        )
        return f"100 × ({said})" if said else ""


def risk_of(outlook: DealOutlook) -> Opened:
    return Opened(outlook.risk, [part_of(each) for each in outlook.risk_parts])


def health_of(outlook: DealOutlook) -> Opened | None:
    """Nothing where a part of it cannot be told, as before any deal has closed."""
    if outlook.health is None or not outlook.health_parts:
        return None
    return Opened(outlook.health, [part_of(each) for each in outlook.health_parts])


def part_of(said: Mapping[str, Any]) -> Part:
    return Part(
        title=said["title"],
        words=said.get("value") or "",
        part=said["part"] if said.get("known", True) else None,
        weight=said["weight"],
        points=said["points"],
    )
