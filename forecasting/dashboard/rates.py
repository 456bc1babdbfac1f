"""A share won with the interval in which it lies, and how even it is over quarters."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from forecasting.risk.measures import Consistency, consistency
from revenue.ml.judging import wilson


@dataclass(frozen=True)
class Rate:
    won: int
    closed: int

    @property
    def value(self) -> float | None:
        return self.won / self.closed if self.closed else None

    @property
    def interval(self) -> tuple[float, float]:
        """Of ten such, nine hold the true rate; Wilson's holds for few deals too."""
        return wilson(self.value or 0.0, self.closed)


@dataclass(frozen=True)
class Closed:
    """What sellers closed, by quarter: won and closed; and of the year before today."""

    year: Rate = Rate(0, 0)
    quarters: Mapping[date, tuple[int, int]] = field(default_factory=dict)

    @property
    def consistency(self) -> Consistency | None:
        return consistency([self.quarters[day] for day in sorted(self.quarters)])


def together(several: Iterable[Closed]) -> Closed:
    year_won = year_closed = 0
    quarters: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for one in several:
        year_won += one.year.won
        year_closed += one.year.closed
        for day, (won, closed) in one.quarters.items():
            quarters[day][0] += won
            quarters[day][1] += closed
    return Closed(
        Rate(year_won, year_closed), {day: (both[0], both[1]) for day, both in quarters.items()}
    )
