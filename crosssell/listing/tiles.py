"""The figures above the list: what they say, and which suggestions each of them opens."""

from dataclasses import dataclass

from crosssell.listing.standing import Standing, Sums
from crosssell.models import Recommendation
from revenue.web.templatetags import web

State = Recommendation.State


@dataclass(frozen=True, kw_only=True)
class Tile:
    label: str
    value: str
    query: str
    hint: str = ""
    href: str = ""
    active: bool = False


def tiles_of(standing: Standing, *, currency: str) -> list[Tile]:
    accepted, whole, due = standing.of(State.ACCEPTED), standing.whole, standing.renewals
    return [
        Tile(
            label="Open suggestions",
            value=f"{standing.open.count - due.count:,}",
            query="",
            hint="Not dismissed, not expired",
        ),
        Tile(
            label="Expected value",
            value=web.compact_money(standing.open.value - due.value, currency),
            query="sort=-value",
            hint=f"Price times quantity times chance{', without renewals' if due.count else ''}",
        ),
        *([renewals_due(due, currency=currency)] if due.count else []),
        Tile(
            label="Accepted",
            value=f"{accepted.count:,}",
            query="state=accepted",
            hint=f"worth {web.compact_money(accepted.value, currency)}" if accepted.count else "",
        ),
        Tile(
            label="Bought after being suggested",
            value=f"{whole.bought:,}",
            query="state=bought",
            hint=f"for {web.compact_money(whole.bought_for, currency)}" if whole.bought else "",
        ),
    ]


def renewals_due(due: Sums, *, currency: str) -> Tile:
    """What is earned already and has to be kept stands apart from what is new."""
    return Tile(
        label="Ends or is due again",
        value=f"{due.count:,}",
        query="kind=renewal&sort=expires",
        hint=f"worth {web.compact_money(due.value, currency)} by its chance",
    )
