"""The simulated company as a source like any other: five questions, answered from its world."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np

from accounts.connectors.base import (
    ConnectorError,
    Deletion,
    DeletionPage,
    ObjectUnavailableError,
    Page,
    Position,
    Quota,
    SourceObjectSpec,
)
from accounts.connectors.demo.calendar import beginning_for, second_of
from accounts.connectors.demo.columns import ROWS_AT_ONCE
from accounts.connectors.demo.setting import MARKETS
from accounts.connectors.demo.world import World
from revenue.users.models import Org

USUAL_MARKET = "meridian-americas"
LONG_AGO = datetime.fromisoformat("1970-01-02T00:00:00+00:00")


class DemoConnector:
    """Made per run; `at` is what the company's clock says.

    A position is `since` (everything up to then is kept) and, in the middle of a reading, `until`,
    `part` and `row`: a later run goes on with the same moment's rows, then reads what came after.
    `world` says of which company it speaks: of another, nothing that was read before is true.
    """

    def __init__(self, org: Org, *, at: datetime) -> None:
        self.world = open_world(org, at=at)
        at = self.world.until
        self.at = at
        self._earlier: dict[datetime, World] = {}
        self._calls = 0

    @property
    def calls(self) -> int:
        return self._calls

    @property
    def quota(self) -> Quota | None:
        return None

    def check(self) -> str:
        self._calls += 1
        setting = self.world.setting
        return (
            f"The simulated company answers: {setting.scale}, seed {setting.seed}, "
            f"since {setting.began:%Y-%m-%d}."
        )

    def describe(self) -> dict[str, SourceObjectSpec]:
        self._calls += 1
        return self.world.spec()

    def count(self, object_name: str) -> int | None:
        self._must_know(object_name)
        return self.world.count(object_name)

    def changed_since(self, object_name: str, position: Position) -> Iterator[Page]:
        self._must_know(object_name)
        self._must_be_of_this_world(position)
        if "until" in position:
            yield from self._read(object_name, position)
            position = {"since": position["until"], "world": self.name}
        since = _moment(position)
        if since >= self.at:
            self._calls += 1
            yield Page([], position, read_up_to=since)
        else:
            yield from self._read(
                object_name,
                position | {"until": self.at.isoformat(), "part": 0, "row": 0, "world": self.name},
            )

    def _read(self, object_name: str, position: Position) -> Iterator[Page]:
        since, until = _moment(position), datetime.fromisoformat(position["until"])
        world = self._world(until)
        parts = world.parts(object_name)
        for part in range(position["part"], parts):
            table = world.table(object_name, part)
            chosen = np.flatnonzero((table.stamps > second_of(since)) & ~world.is_gone(table))
            first = position["row"] if part == position["part"] else 0
            for start in range(first, max(len(chosen), first + 1), ROWS_AT_ONCE):
                rows = list(table.rows(chosen[start : start + ROWS_AT_ONCE]))
                end = start + ROWS_AT_ONCE
                is_last = part == parts - 1 and end >= len(chosen)
                if not rows and not is_last:
                    continue
                self._calls += 1
                after = {"part": part, "row": end} if end < len(chosen) else {"part": part + 1}
                yield Page(
                    rows,
                    {"since": position["until"], "world": self.name}
                    if is_last
                    else {**position, "row": 0} | after,
                    read_up_to=until if is_last else None,
                )

    def deleted_since(self, object_name: str, position: Position) -> Iterator[DeletionPage]:
        self._must_know(object_name)
        self._must_be_of_this_world(position)
        since = _moment(position)
        up_to = {"since": max(since, self.at).isoformat(), "world": self.name}
        found: list[Deletion] = []
        for deletion in self.world.deleted(object_name, since, self.at):
            found.append(deletion)
            if len(found) == ROWS_AT_ONCE:
                yield DeletionPage(found, position)
                found = []
        yield DeletionPage(found, up_to)

    def ids(self, object_name: str) -> Iterator[list[str]]:
        self._must_know(object_name)
        for part in range(self.world.parts(object_name)):
            table = self.world.table(object_name, part)
            chosen = np.flatnonzero(~self.world.is_gone(table))
            for start in range(0, len(chosen), ROWS_AT_ONCE):
                yield list(table.columns["Id"](chosen[start : start + ROWS_AT_ONCE]))

    def close(self) -> None:
        self._earlier.clear()

    def _world(self, until: datetime) -> World:
        if until == self.at:
            return self.world
        if until not in self._earlier:
            self._earlier = {until: self.world.at(until)}
        return self._earlier[until]

    @property
    def name(self) -> str:
        setting = self.world.setting
        return f"{setting.org_slug}, {setting.scale}, seed {setting.seed}, since {setting.began}"

    def _must_be_of_this_world(self, position: Position) -> None:
        before = position.get("world", self.name)
        if before != self.name:
            raise ConnectorError(
                f"The options of the connection now name another simulated company ({self.name}) "
                f"than the one that is here ({before}): put them back, or replace every row with "
                "manage.py sync ORG --full."
            )

    def _must_know(self, object_name: str) -> None:
        if object_name not in self.world.names:
            raise ObjectUnavailableError(f"The simulated company has no {object_name}.")


def open_world(org: Org, *, at: datetime) -> World:
    """An org of another name than the simulated company's gets the market that it is told."""
    connection = getattr(org, "connection", None)
    options = connection.options if connection else {}
    market = options.get("market") or (org.slug if org.slug in MARKETS else USUAL_MARKET)
    began = options.get("began")
    if org.clock_date:
        at = min(at, datetime.combine(org.clock_date, time.max, tzinfo=UTC).replace(microsecond=0))
    try:
        return World(
            org_slug=market,
            scale=options.get("scale", "small"),
            seed=int(options.get("seed", 7)),
            until=at,
            began=date.fromisoformat(began) if began else beginning_for(org.created_at),
        )
    except ValueError as error:
        raise ConnectorError(
            f"The options of {org.name}'s connection do not fit. {error}"
        ) from error


def _moment(position: dict[str, Any]) -> datetime:
    since = position.get("since")
    return datetime.fromisoformat(since) if since else LONG_AGO
