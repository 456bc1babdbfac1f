"""What is suggested for a deal, what was accepted, and what became of the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from forecasting.acting import UNDONE
from forecasting.deal_page.look import Look
from forecasting.models import DealAction, Play
from revenue.web.templatetags import web

MOST_SUGGESTED = 5
MOST_CLOSED = 10
WORDS = {
    "accepted": "accepted",
    "dismissed": "dismissed",
    "done": "marked as done",
    UNDONE: "taken back",
}


@dataclass(frozen=True)
class Event:
    """A decision, as it is read."""

    words: str
    name: str
    at: datetime
    chance: str
    reason: str


def events_of(past: Sequence[Mapping[str, Any]]) -> list[Event]:
    """The newest first."""
    return [
        Event(
            words=WORDS.get(each["state"], each["state"]),
            name=each.get("name") or "somebody",
            at=datetime.fromisoformat(each["at"]),
            chance=measure_said(each),
            reason=each.get("reason") or "",
        )
        for each in reversed(past)
    ]


def measure_said(each: Mapping[str, Any]) -> str:
    """The chance of the deal, or the health of the customer, when it was decided."""
    if each.get("score") is not None:
        return f"health {each['score']}"
    return web.percent(each["probability"]) if each.get("probability") is not None else ""


def actions_of(look: Look) -> dict[str, Any] | None:
    rows = list(
        look.of_deal(DealAction)
        .select_related("play", "decided_by")
        .order_by("play__position", "-decided_at", "id")
    )
    for row in rows:
        row.events = events_of(row.past)
    by_state = {state: [row for row in rows if row.state == state] for state in DealAction.State}
    suggested = [] if look.deal.is_closed else by_state[DealAction.State.SUGGESTED]
    ended = sorted(
        (*by_state[DealAction.State.DONE], *by_state[DealAction.State.DISMISSED]),
        key=lambda row: (row.decided_at, row.pk),
        reverse=True,
    )
    found = {
        "suggested": suggested[:MOST_SUGGESTED],
        "hidden": max(0, len(suggested) - MOST_SUGGESTED),
        "accepted": by_state[DealAction.State.ACCEPTED],
        "ended": ended[:MOST_CLOSED],
        "may_act": look.may_act,
    }
    if rows or look.deal.is_closed:
        return found if rows else None
    return found | {"has_plays": Play.objects.filter(org=look.org, is_active=True).exists()}
