"""The simulated company's CRM as it stands at a moment, in Salesforce's words.

Everything is a function of org, scale, seed and the day of its beginning: a later moment only adds
to what an earlier one showed.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cached_property

import numpy as np

from accounts.connectors.base import Deletion, Row, SourceObjectSpec
from accounts.connectors.demo import (
    campaigns,
    tables_accounts,
    tables_activity,
    tables_assets,
    tables_cases,
    tables_contacts,
    tables_deals,
    tables_history,
    tables_leads,
    tables_people,
    tables_products,
)
from accounts.connectors.demo import effects as e
from accounts.connectors.demo.activity import Activities, activities_of
from accounts.connectors.demo.calendar import NEVER, beginning_for, moment_of, second_of
from accounts.connectors.demo.chunk import Chunk, chunk_of
from accounts.connectors.demo.columns import Table
from accounts.connectors.demo.companies import account_of_lead, company_of_lead, country_codes
from accounts.connectors.demo.company_names import Card, cards_of
from accounts.connectors.demo.contacts import contact_numbers, contacts_a_company
from accounts.connectors.demo.customers import Customers, customers_of
from accounts.connectors.demo.draws import Bools, Ints
from accounts.connectors.demo.people_names import People
from accounts.connectors.demo.products import Lines, initially_owned, lines_of
from accounts.connectors.demo.setting import COUNTRIES, Plant, Setting
from accounts.connectors.demo.spec import specs
from accounts.connectors.demo.texts.writing import Facts, Writer

CHUNKS_KEPT = 3


class Scene:
    """A chunk with what several of its tables need."""

    def __init__(self, setting: Setting, index: int, until: int) -> None:
        self.chunk: Chunk = chunk_of(setting, index, until)
        self.activities: Activities = activities_of(self.chunk)
        self.customers: Customers = customers_of(self.chunk)

    @cached_property
    def cards(self) -> list[Card]:
        companies = self.chunk.companies
        codes = _global_codes(self.chunk.setting)
        return cards_of(
            self.chunk.setting,
            number=companies.number,
            company=companies.company,
            industry=companies.industry,
            friend=companies.friend,
            home=companies.home,
            country=codes[companies.country],
        )

    @cached_property
    def lead_cards(self) -> list[Card]:
        leads, setting = self.chunk.leads, self.chunk.setting
        here = _global_codes(setting)[leads.country]
        return cards_of(
            setting,
            number=account_of_lead(leads.number),
            company=company_of_lead(setting, leads.number),
            industry=leads.industry,
            friend=np.full(len(leads.number), -1),
            home=here,
            country=here,
        )

    @cached_property
    def lead_people(self) -> People:
        leads, setting = self.chunk.leads, self.chunk.setting
        return People(setting.draws, "lead", leads.number, _global_codes(setting)[leads.country])

    @cached_property
    def contact_account(self) -> Ints:
        counts = contacts_a_company(self.chunk.setting, self.chunk.companies)
        return np.repeat(np.arange(len(self.chunk.companies)), counts)

    @cached_property
    def contact_nth(self) -> Ints:
        account = self.contact_account
        starts = np.searchsorted(account, account)
        return np.asarray(np.arange(len(account)) - starts, dtype=np.int64)

    @cached_property
    def contact_numbers(self) -> Ints:
        """Of everybody, also of those who are not known yet."""
        return contact_numbers(self.chunk.companies, self.contact_account, self.contact_nth)

    @cached_property
    def people(self) -> People:
        """Whoever asked as a lead goes on as the first contact of the account."""
        companies = self.chunk.companies
        found = People(
            self.chunk.setting.draws,
            "contact",
            self.contact_numbers,
            companies.home[self.contact_account],
        )
        lead = companies.lead[self.contact_account]
        places = np.flatnonzero((lead >= 0) & (self.contact_nth == 0))
        found.replace(places, self.lead_people, lead[places])
        return found

    @cached_property
    def lines(self) -> Lines:
        return lines_of(self.chunk)

    @cached_property
    def assets(self) -> tables_assets.Assets:
        return tables_assets.assets_of(self)

    @cached_property
    def writer(self) -> Writer:
        return Writer(self)

    def owned(self) -> Bools:
        """(companies, products): had from before, or won by now."""
        found, deals, story = initially_owned(self.chunk), self.chunk.deals, self.chunk.story
        bought = (story.outcome == e.WON) & (story.closed_at <= self.chunk.until)
        chosen = np.flatnonzero(bought[self.lines.deal])
        found[deals.account[self.lines.deal[chosen]], self.lines.product[chosen]] = True
        return found

    def lead_facts(self, lead: int) -> Facts:
        card = self.lead_cards[lead]
        first = self.lead_people.first[lead]
        return {"company": card.name, "city": card.city, "to": first, "other": first}

    @property
    def is_expansion(self) -> Ints:
        deals, customers = self.chunk.deals, self.customers
        since, left = customers.since[deals.account], customers.churned_at[deals.account]
        back = customers.back_at[deals.account]
        at = deals.created_at
        return ((since < at) & ((at < left) | (back < at))).astype(np.int64)


def _global_codes(setting: Setting) -> Ints:
    return np.array([COUNTRIES.index(name) for name in country_codes(setting)])


OF_THE_ORG: dict[str, Callable[[Setting, int], Table]] = {
    "UserRole": lambda setting, _until: tables_people.roles(setting),
    "User": tables_people.users,
    "DatedConversionRate": tables_people.rates,
    "ForecastingQuota": tables_people.quotas,
    "Product2": lambda setting, _until: tables_products.products(setting),
    "Campaign": campaigns.campaigns,
}
OF_CUSTOMERS: dict[str, Callable[[Scene], Table]] = {
    "Account": tables_accounts.accounts,
    "Contact": tables_contacts.contacts,
    "Lead": tables_leads.leads,
    "CampaignMember": lambda scene: campaigns.members(scene.chunk),
    "Opportunity": tables_deals.opportunities,
    "OpportunityContactRole": lambda scene: tables_deals.contact_roles(scene.chunk),
    "OpportunityLineItem": tables_products.line_items,
    "Asset": tables_assets.assets,
    "Case": tables_cases.cases,
    "AccountHistory": tables_accounts.histories,
    "AssetHistory": tables_assets.histories,
    "OpportunityHistory": lambda scene: tables_history.histories(scene.chunk),
    "OpportunityFieldHistory": tables_history.field_histories,
    "Task": tables_activity.tasks,
    "Event": tables_activity.events,
    "EmailMessage": tables_activity.emails,
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

    def scenes(self) -> Iterator[Scene]:
        return (self.scene(part) for part in range(self.setting.chunks))

    def is_gone(self, table: Table) -> Bools:
        if table.gone is None:
            return np.zeros(len(table.numbers), dtype=bool)
        return np.asarray(table.gone <= min(second_of(self.until), NEVER - 1))
