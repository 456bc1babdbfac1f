"""The simulated company's CRM as it stands at a moment, in Salesforce's words.

Everything is a function of org, scale, seed and the day of its beginning: a later moment only adds
to what an earlier one showed.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import date, datetime

import numpy as np

from accounts.connectors.base import Deletion, Row, SourceObjectSpec
from accounts.connectors.demo import (
    tables_activity,
    tables_customers,
    tables_deals,
    tables_history,
    tables_people,
    tables_products,
)
from accounts.connectors.demo.activity import Activities, activities_of
from accounts.connectors.demo.calendar import NEVER, beginning_for, moment_of, second_of
from accounts.connectors.demo.chunk import Chunk, chunk_of
from accounts.connectors.demo.columns import Table
from accounts.connectors.demo.company_names import Card, cards_of
from accounts.connectors.demo.draws import Bools, Ints
from accounts.connectors.demo.products import Lines, lines_of
from accounts.connectors.demo.setting import Plant, Setting
from accounts.connectors.demo.spec import specs

CHUNKS_KEPT = 3


class Scene:
    """A chunk with what several of its tables need."""

    def __init__(self, setting: Setting, index: int, until: int) -> None:
        self.chunk: Chunk = chunk_of(setting, index, until)
        self.activities: Activities = activities_of(self.chunk)
        self.customer_since: Ints = tables_customers.first_won_at(self.chunk)
        self._cards: list[Card] = []
        self._lines: Lines | None = None

    @property
    def cards(self) -> list[Card]:
        if not self._cards:
            self._cards = cards_of(self.chunk.setting, self.chunk.companies)
        return self._cards

    @property
    def lines(self) -> Lines:
        if self._lines is None:
            self._lines = lines_of(self.chunk)
        return self._lines

    @property
    def is_expansion(self) -> Ints:
        deals = self.chunk.deals
        return (self.customer_since[deals.account] < deals.created_at).astype(np.int64)


OF_THE_ORG: dict[str, Callable[[Setting, int], Table]] = {
    "UserRole": lambda setting, _until: tables_people.roles(setting),
    "User": tables_people.users,
    "DatedConversionRate": tables_people.rates,
    "ForecastingQuota": tables_people.quotas,
    "Product2": lambda setting, _until: tables_products.products(setting),
}
OF_CUSTOMERS: dict[str, Callable[[Scene], Table]] = {
    "Account": lambda scene: tables_customers.accounts(
        scene.chunk, scene.activities, scene.cards, scene.customer_since
    ),
    "Contact": lambda scene: tables_customers.contacts(scene.chunk, scene.activities, scene.cards),
    "Lead": lambda scene: tables_customers.leads(scene.chunk),
    "Opportunity": lambda scene: tables_deals.opportunities(
        scene.chunk, scene.activities, [card.name for card in scene.cards], scene.is_expansion
    ),
    "OpportunityContactRole": lambda scene: tables_deals.contact_roles(scene.chunk),
    "OpportunityLineItem": lambda scene: tables_products.line_items(scene.chunk, scene.lines),
    "Asset": lambda scene: tables_products.assets(scene.chunk, scene.lines),
    "Case": lambda scene: tables_products.cases(scene.chunk, scene.customer_since),
    "OpportunityHistory": lambda scene: tables_history.histories(scene.chunk),
    "OpportunityFieldHistory": lambda scene: tables_history.field_histories(scene.chunk),
    "Task": lambda scene: tables_activity.tasks(scene.chunk, scene.activities),
    "Event": lambda scene: tables_activity.events(scene.chunk, scene.activities),
    "EmailMessage": lambda scene: tables_activity.emails(scene.chunk, scene.activities),
}


class World:
    """`began` is fixed once a company lives; without it, two and a half years before `until`."""

    def __init__(
        self,
        *,
        org_slug: str,
        scale: str = "small",
        seed: int = 7,
        until: datetime,
        began: date | None = None,
        plant: Plant | None = None,
    ) -> None:
        self.setting = Setting(
            org_slug=org_slug,
            scale=scale,
            seed=seed,
            began=began or beginning_for(until),
            plant=plant or Plant(),
        )
        self.until = until
        self._scenes: OrderedDict[int, Scene] = OrderedDict()

    def at(self, until: datetime) -> "World":
        """The same company at another moment."""
        return World(
            org_slug=self.setting.org_slug,
            scale=self.setting.scale,
            seed=self.setting.seed,
            until=until,
            began=self.setting.began,
            plant=self.setting.plant,
        )

    @property
    def names(self) -> tuple[str, ...]:
        return (*OF_THE_ORG, *OF_CUSTOMERS)

    def spec(self) -> dict[str, SourceObjectSpec]:
        return specs()

    def rows(self, object_name: str, *, with_deleted: bool = False) -> Iterator[Row]:
        """Every record that is there, ascending by id."""
        for part in range(self.parts(object_name)):
            table = self.table(object_name, part)
            chosen = np.arange(len(table.numbers))
            yield from table.rows(chosen if with_deleted else chosen[~self.is_gone(table)])

    def changed(self, object_name: str, since: datetime, until: datetime) -> Iterator[Row]:
        """Records that changed after `since` and up to `until`, as they stand at `until`."""
        world = self if until == self.until else self.at(until)
        for part in range(world.parts(object_name)):
            table = world.table(object_name, part)
            chosen = (table.stamps > second_of(since)) & ~world.is_gone(table)
            yield from table.rows(np.flatnonzero(chosen))

    def deleted(self, object_name: str, since: datetime, until: datetime) -> Iterator[Deletion]:
        world = self if until == self.until else self.at(until)
        for part in range(world.parts(object_name)):
            table = world.table(object_name, part)
            if table.gone is None:
                continue
            chosen = np.flatnonzero((table.gone > second_of(since)) & world.is_gone(table))
            ids = [row["Id"] for row in table.rows(chosen)]
            winners = table.merged_into(chosen) if table.merged_into else [None] * len(ids)
            for record, second, winner in zip(
                ids, table.gone[chosen].tolist(), winners, strict=True
            ):
                yield Deletion(record, moment_of(second), winner or "")

    def count(self, object_name: str) -> int:
        return sum(
            int((~self.is_gone(self.table(object_name, part))).sum())
            for part in range(self.parts(object_name))
        )

    def parts(self, object_name: str) -> int:
        """In how many parts a table is told, one after another."""
        return 1 if object_name in OF_THE_ORG else self.setting.chunks

    def table(self, object_name: str, part: int) -> Table:
        if object_name in OF_THE_ORG:
            return OF_THE_ORG[object_name](self.setting, second_of(self.until))
        return OF_CUSTOMERS[object_name](self.scene(part))

    def scene(self, part: int) -> Scene:
        if part not in self._scenes:
            self._scenes[part] = Scene(self.setting, part, second_of(self.until))
            if len(self._scenes) > CHUNKS_KEPT:
                self._scenes.popitem(last=False)
        return self._scenes[part]

    def is_gone(self, table: Table) -> Bools:
        if table.gone is None:
            return np.zeros(len(table.numbers), dtype=bool)
        return np.asarray(table.gone <= min(second_of(self.until), NEVER - 1))
