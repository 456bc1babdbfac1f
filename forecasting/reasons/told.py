"""What is known of a deal for a sentence about it, and the plainest one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forecasting.reasons import counting
from forecasting.reasons.counting import share
from revenue.ml.frames import Feature, Kind


@dataclass(frozen=True)
class Told:
    """What is known of one deal, and which way the reason works."""

    values: Mapping[str, Any]
    feature: Feature
    raises: bool
    seller: str = ""
    currency: str = "USD"
    won_of_all: float | None = None
    usual: Mapping[str, float] = field(default_factory=dict)  # days of won deals, by stage

    @property
    def name(self) -> str:
        return self.feature.name

    @property
    def value(self) -> Any:
        return self.values.get(self.name)

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def rate(self, beside_all: float, *, seller: str = "", deals: str = "deals") -> str:
        """A share that was learned from as the distance to the share of all."""
        if self.won_of_all is None:
            way = "more" if beside_all >= 0 else "fewer"
            far = f"{abs(beside_all) * 100:.0f} points {way} than of all"
            return f"{seller} wins {far}" if seller else f"Of {deals}, {far} were won"
        mine = share(min(max(self.won_of_all + beside_all, 0), 1))
        said = f"{seller} wins {mine} of deals" if seller else f"{mine} of {deals} were won"
        return f"{said} (all: {share(self.won_of_all)})"


def plainly(told: Told) -> str:
    """Of a feature that is not known by name: its title and its value."""
    title, value = sentence(told.feature.title), told.value
    if value is None or value == "":
        return f"{title}: not known"
    if told.feature.kind is Kind.FLAG or isinstance(value, bool):
        return f"{title}: {'yes' if value else 'no'}"
    if isinstance(value, str):
        return f"{title}: {value}"
    return f"{title}: {counting.number(float(value))}"


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
