"""All that the page of calls shows, read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404

from accounts.about.hierarchy import Node
from forecasting.calls.board import Row, rows_of, top_of
from forecasting.calls.locking import Lock, lock_of
from forecasting.calls.making import left_of, said_at
from forecasting.calls.reading import SHOWN, Step, steps_of
from forecasting.calls.seats import Seats, seats_of
from forecasting.models import Forecast, ForecastCall
from forecasting.quarter_pages.asked import Asked
from revenue.users.models import Membership


@dataclass(frozen=True)
class Opened:
    """What was said of a node, newest first; of very many the newest."""

    key: str
    steps: Sequence[Step]
    is_more: bool


@dataclass(frozen=True, kw_only=True)
class CallsPage:
    asked: Asked
    forecast: Forecast | None
    seats: Seats
    node: Node | None
    lock: Lock
    zone: str
    at: datetime
    opened: Opened | None

    def rows(self, reader: Membership) -> list[Row]:
        return rows_of(self.seats, self.node, reader=reader)

    @property
    def is_locked(self) -> bool:
        return self.lock.holds(self.at)

    @property
    def lock_turns(self) -> datetime:
        """When it opens, where it is locked, else when it locks."""
        return self.lock.until if self.is_locked else self.lock.since

    @property
    def lock_left(self) -> str:
        return left_of(self.lock_turns, at=self.at)

    @property
    def lock_said(self) -> str:
        return said_at(self.lock_turns, zone=self.zone)

    def crumbs(self, *, path: str, whole: str) -> list[tuple[str, str]]:
        """`whole` is what the org is called."""
        line = self.seats.tree.path(self.node) if self.node else []
        found = []
        for one in line:
            url = "" if one is self.node else f"{path}?{self.asked.query(team=one.key)}"
            found.append((one.name or whole, url))
        return found


def page_of(
    reader: Membership, asked: Asked, *, at: datetime, opened: str | None = None
) -> CallsPage:
    rows = Forecast.objects.visible_to(reader).filter(
        is_latest=True, length=asked.period.length, since=asked.period.since
    )
    forecast = rows.defer("worlds", "method").first()
    seats = seats_of(reader, period=asked.period, forecast=forecast)
    return CallsPage(
        asked=asked,
        forecast=forecast,
        seats=seats,
        node=node_asked(seats, asked.team),
        lock=lock_of(reader.org, at=at),
        zone=reader.org.timezone,
        at=at,
        opened=opened_of(seats, reader, asked, opened),
    )


def node_asked(seats: Seats, team: str) -> Node | None:
    """What the reader does not see is not there."""
    if not team:
        return top_of(seats)
    if team not in seats.tree.nodes:
        raise Http404
    return seats.tree.nodes[team]


def opened_of(seats: Seats, reader: Membership, asked: Asked, key: str | None) -> Opened | None:
    node = None if key is None else seats.tree.nodes.get(key)
    if node is None or not seats.hears(node):
        return None
    calls = ForecastCall.objects.of(reader.org).filter(
        length=asked.period.length, since=asked.period.since, key=node.key
    )
    steps = steps_of(calls)
    return Opened(node.key, steps[:SHOWN], is_more=len(steps) > SHOWN)


def form_target(seats: Seats, reader: Membership, data: Mapping[str, Any]) -> tuple[Node, str]:
    """The node and the kind of a form that is asked for; 404 where it is not the reader's."""
    node = seats.tree.nodes.get(str(data.get("node", "")))
    kind = str(data.get("kind", ""))
    if node is None or kind not in ForecastCall.Kind.values or not seats.may(reader, node, kind):
        raise Http404
    return node, kind
