"""A deal that has closed: what the model said of it, and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forecasting.deal_page.history import Said
from revenue.web.templatetags import web


@dataclass(frozen=True)
class Ended:
    is_won: bool
    last: Said
    highest: Said
    lowest: Said
    outcome: str

    @property
    def verdict(self) -> str:
        """One deal proves no probability wrong; it tells which way the model leaned."""
        leaned = "toward winning" if self.last.chance >= 0.5 else "toward losing"
        return f"At last it leaned {leaned}: {web.percent(self.last.chance)}. {self.outcome}"


def ended_of(points: Sequence[Said], *, is_won: bool, close_date: date | None) -> Ended | None:
    if not points:
        return None
    day = f" on {web.day(close_date)}" if close_date else ""
    return Ended(
        is_won=is_won,
        last=points[-1],
        highest=max(points, key=lambda each: each.chance),
        lowest=min(points, key=lambda each: each.chance),
        outcome=f"It was {'won' if is_won else 'lost'}{day}.",
    )
