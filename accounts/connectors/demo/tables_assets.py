"""Asset and its history: what customers have, how much of it, and until when."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import DAY, HOUR, NEVER, day_of
from accounts.connectors.demo.chunk import latest
from accounts.connectors.demo.columns import (
    Table,
    Values,
    coded,
    days,
    heads,
    moments,
    money,
    own_ids,
    plain,
    refs,
)
from accounts.connectors.demo.companies import country_codes
from accounts.connectors.demo.deals import CURRENCIES, CURRENCY_OF
from accounts.connectors.demo.draws import Bools, Floats, Ints, logistic
from accounts.connectors.demo.products import initially_owned, line_cents, prices
from accounts.connectors.demo.satisfaction import MONTH, month_begins
from accounts.connectors.demo.tables_deals import current_save
from accounts.connectors.demo.tables_products import quantity_of

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene

ASSET_BITS = 16
FROM_BEFORE = 1 << 15
YEAR = 365
STATUSES = ("Installed", "Cancelled")
HISTORY_BITS, SLOT_BITS = 10, 2
QUANTITY, LAST_DAY, STATUS = range(3)
FIELDS = ("Quantity", "UsageEndDate", "Status")
RENEWALS, ENDED = 128, 255  # slots; before them those of months
FIRST_WEEK, REST_OF_MONTH = 7, 20


@dataclass(frozen=True)
class Assets:
    """What was won, and what customers had from before; renewed until they leave."""

    scene: "Scene"
    number: Ints
    account: Ints
    product: Ints
    first_quantity: Ints
    cents: Ints
    bought: Ints
    installed: Ints

    @cached_property
    def term(self) -> Ints:
        return YEAR * (1 + self.scene.chunk.setting.draws.whole("years", 3, self.number))

    @cached_property
    def ends(self) -> Ints:
        """When the customer left; what is bought by one that comes back it did not give up."""
        left = self.scene.customers.churned_at[self.account]
        return np.where((left > self.bought) & (left <= self.scene.chunk.until), left, NEVER)

    @cached_property
    def periods(self) -> Ints:
        over = np.minimum(self.scene.chunk.until, self.ends) - self.bought
        return np.asarray(np.maximum(over // (self.term * DAY), 0))

    @property
    def is_over(self) -> Bools:
        return np.asarray(self.ends <= self.scene.chunk.until)

    @cached_property
    def grown_at(self) -> Ints:
        """(assets, months): when more of it was taken in the month, or never."""
        customers, setting = self.scene.customers, self.scene.chunk.setting
        months = customers.users.shape[1]
        begins = month_begins(setting, months)
        every = (self.number[:, None], np.arange(months)[None, :])
        day = FIRST_WEEK + setting.draws.whole("more seats day", REST_OF_MONTH, *every)
        at = begins[None, :] + day * DAY + 11 * HOUR
        takes = setting.draws.happens("more seats", self.growing, *every)
        last = np.minimum(self.ends, self.scene.chunk.until)[:, None]
        settled = at > self.installed[:, None] + 2 * MONTH * DAY
        return np.asarray(np.where(takes & settled & (at < last), at, NEVER))

    @cached_property
    def growing(self) -> Floats:
        """The chance of a month; the truth that upselling looks for."""
        customers = self.scene.customers
        share = customers.users / customers.licensed[:, None]
        chance = logistic(e.MORE_SEATS + e.USE_ON_SEATS * (share - e.USUAL_SHARE))
        return np.asarray(np.where(customers.users >= 0, chance, 0.0)[self.account])

    @cached_property
    def quantities(self) -> Ints:
        """(assets, months and one): how many at the beginning of each month, and at last."""
        months = self.grown_at.shape[1]
        every = (self.number[:, None], np.arange(months)[None, :])
        share = e.LEAST_MORE + e.MOST_MORE * self.scene.chunk.setting.draws.uniform("seats", *every)
        found = np.empty((len(self.number), months + 1), dtype=np.int64)
        found[:, 0] = self.first_quantity
        for month in range(months):
            before = found[:, month]
            more = np.maximum(1, (before * share[:, month]).astype(np.int64))
            found[:, month + 1] = before + np.where(self.grown_at[:, month] < NEVER, more, 0)
        return found

    @property
    def here(self) -> Ints:
        found = np.flatnonzero(self.installed <= self.scene.chunk.until)
        return found[np.argsort(self.number[found])]


def assets(scene: "Scene") -> Table:
    found, chunk, setting = scene.assets, scene.chunk, scene.chunk.setting
    companies, pod, bought = chunk.companies, setting.pod, found.bought
    renewed = np.where(found.periods > 0, bought + found.periods * found.term * DAY, 0)
    grown = np.where(found.grown_at < NEVER, found.grown_at, 0).max(axis=1, initial=0)
    last_day = np.where(
        found.is_over, found.ends // DAY, bought // DAY + (found.periods + 1) * found.term
    )
    stamps = latest(found.installed, renewed, grown, found.ends, until=chunk.until)
    currency = np.array([CURRENCY_OF.get(name, 1) for name in country_codes(setting)])
    number = found.number
    columns = {
        **heads("Asset", pod, number, created=found.installed, stamps=np.maximum(stamps, 1)),
        "AccountId": refs("Account", pod, companies.number[found.account]),
        "Product2Id": refs("Product2", pod, found.product),
        "SerialNumber": lambda chosen: [f"SN-{each:010d}" for each in number[chosen].tolist()],
        "Status": coded(found.is_over.astype(np.int64), STATUSES),
        "Quantity": plain(found.quantities[:, -1]),
        "Price": money(found.cents),
        "CurrencyIsoCode": coded(currency[companies.country[found.account]], CURRENCIES),
        "PurchaseDate": days(bought // DAY),
        "UsageEndDate": days(last_day),
    }
    return Table(number, stamps, columns).only(found.here)


def histories(scene: "Scene") -> Table:
    """Each time that more was taken, that it was renewed, and that it was given up."""
    found, chunk = scene.assets, scene.chunk
    companies, sellers, pod = chunk.companies, chunk.sellers, chunk.setting.pod
    asset, at, slot, field, old, new = _changes(found)
    come = np.flatnonzero((at <= chunk.until) & (at > found.installed[asset]))
    number = (((found.number[asset] << HISTORY_BITS) + slot) << SLOT_BITS) + field
    order = come[np.argsort(number[come])]
    asset, at, field, old, new = (part[order] for part in (asset, at, field, old, new))
    owner = companies.owner[found.account[asset]]
    return Table(
        number[order],
        at,
        {
            "Id": own_ids("AssetHistory", pod, number[order]),
            "CreatedDate": moments(at),
            "AssetId": refs("Asset", pod, found.number[asset]),
            "Field": coded(field, FIELDS),
            "OldValue": _told(field, old),
            "NewValue": _told(field, new),
            "CreatedById": refs("User", pod, sellers.in_charge(owner, at)),
        },
    )


def _changes(found: Assets) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    """Asset, moment, slot, field, and codes of what it was and became."""
    grown, month = np.nonzero(found.grown_at < NEVER)
    renewed = np.repeat(np.arange(len(found.number)), found.periods)
    nth = (
        1
        + np.arange(len(renewed))
        - np.repeat(np.cumsum(found.periods) - found.periods, found.periods)
    )
    over = np.flatnonzero(found.is_over)
    bought, term = found.bought // DAY, found.term
    was = bought[renewed] + nth * term[renewed]
    last = bought[over] + (found.periods[over] + 1) * term[over]
    zero = np.zeros(len(over), dtype=np.int64)
    parts = [
        (grown, found.grown_at[grown, month], month, QUANTITY,
         found.quantities[grown, month], found.quantities[grown, month + 1]),
        (renewed, found.bought[renewed] + nth * term[renewed] * DAY, RENEWALS + nth, LAST_DAY,
         was, was + term[renewed]),
        (over, found.ends[over], zero + ENDED, LAST_DAY, last, found.ends[over] // DAY),
        (over, found.ends[over], zero + ENDED, STATUS, zero, zero + 1),
    ]  # fmt: skip
    filled = [
        (who, at, slot, np.full(len(who), field), old, new)
        for who, at, slot, field, old, new in parts
    ]
    return tuple(np.concatenate(column) for column in zip(*filled, strict=True))  # type: ignore[return-value]


def _told(field: Ints, code: Ints) -> Values:
    """As the CRM writes them, in one form."""

    def values(chosen: Ints) -> list[str]:
        return [
            STATUSES[value]
            if of == STATUS
            else day_of(value).isoformat()
            if of == LAST_DAY
            else str(value)
            for of, value in zip(field[chosen].tolist(), code[chosen].tolist(), strict=True)
        ]

    return values


def assets_of(scene: "Scene") -> Assets:
    chunk, lines = scene.chunk, scene.lines
    deals, story, setting = chunk.deals, chunk.story, chunk.setting
    draws, number = setting.draws, chunk.companies.number
    won = np.flatnonzero(story.outcome[lines.deal] == e.WON)
    deal, product = lines.deal[won], lines.product[won]
    account = deals.account[deal]
    own = (number[account] << ASSET_BITS) + (deals.nth[deal] << 3) + lines.slot[won]
    amount = line_cents(lines, np.maximum(story.saves.amount[current_save(chunk)], 0))[won]
    quantity = quantity_of(setting, product, line_cents(lines, deals.amount)[won])
    bought = story.closed_at[deal]
    installed = bought + DAY * (2 + draws.whole("installed", 15, own))
    had, kind = np.nonzero(initially_owned(chunk))
    old = (number[had] << ASSET_BITS) + FROM_BEFORE + kind
    since = scene.customers.since[had]
    count = 1 + draws.whole("had", 24, old)
    pairs = (
        (own, old),
        (account, had),
        (product, kind),
        (quantity, count),
        (amount // np.maximum(quantity, 1), 100 * prices(setting)[kind]),
        (bought, since),
        (installed, since + DAY),
    )
    return Assets(scene, *(np.concatenate(pair).astype(np.int64) for pair in pairs))
