"""What lists with figures above them share: who reads, what is asked, and where tiles lead."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import ClassVar
from urllib.parse import urlencode

from django.http import QueryDict

from accounts.about.hierarchy import Tree
from accounts.about.teams import teams_seen_by
from forecasting.dashboard.tiles import Tile
from revenue.users.models import Membership
from revenue.web.tables import BoundTable

OF_THE_LIST = ("sort", "cursor", "open")


@dataclass(frozen=True)
class Listing(ABC):
    """`OF_TILES` are the filters that the tiles themselves set."""

    OF_TILES: ClassVar[tuple[str, ...]]

    reader: Membership
    asked: QueryDict
    path: str
    today: date

    @property
    @abstractmethod
    def bound(self) -> BoundTable: ...

    @cached_property
    def tree(self) -> Tree:
        return teams_seen_by(self.reader)

    @property
    def currency(self) -> str:
        return self.reader.org.currency

    def filter_of(self, name: str) -> tuple[str, ...]:
        found = next((one for one in self.bound.filters if one.name == name), None)
        return found.selected if found is not None and found.active else ()

    @property
    def owners_of_teams(self) -> list[list[str]]:
        """Who is below whom may change without a sync, and without a scoring."""
        nodes = [self.tree.nodes[key] for key in self.filter_of("team")]
        return [sorted(self.tree.owners_below(node)) for node in nodes]

    def address(self, query: str, *, without: Iterable[str] | None = None) -> str:
        """This list with other filters in the place of some."""
        left_out = {*(self.OF_TILES if without is None else without), *OF_THE_LIST}
        wanted = QueryDict(query)
        params = [(name, value) for name, value in self.bound.state() if name not in left_out]
        params += [(name, value) for name, values in wanted.lists() for value in values]
        return f"{self.path}?{urlencode(params)}" if params else self.path

    def leading(self, tiles: Sequence[Tile]) -> list[Tile]:
        return [
            replace(
                tile,
                href=self.address(tile.query),
                active=bool(tile.query) and self.shows(tile.query),
            )
            for tile in tiles
        ]

    def shows(self, query: str) -> bool:
        wanted = QueryDict(query)
        names = {*wanted, *self.OF_TILES}
        own = QueryDict(urlencode(self.bound.state()))
        return all(sorted(own.getlist(name)) == sorted(wanted.getlist(name)) for name in names)
