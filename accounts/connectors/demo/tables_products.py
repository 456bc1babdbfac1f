"""Product2, OpportunityLineItem and Asset."""

from typing import TYPE_CHECKING

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import DAY, NEVER
from accounts.connectors.demo.chunk import latest
from accounts.connectors.demo.columns import (
    Table,
    always,
    coded,
    days,
    heads,
    listed,
    money,
    plain,
    refs,
)
from accounts.connectors.demo.companies import country_codes
from accounts.connectors.demo.deals import CURRENCIES, CURRENCY_OF
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.products import (
    COUNT,
    FAMILIES,
    NAMES,
    initially_owned,
    line_cents,
    prices,
)
from accounts.connectors.demo.setting import Setting
from accounts.connectors.demo.tables_deals import current_save
from accounts.connectors.demo.texts.languages import PRODUCTS

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene

ASSET_BITS = 16
FROM_BEFORE = 1 << 15
YEAR = 365


def products(setting: Setting) -> Table:
    numbers = np.arange(COUNT)
    stamps = np.full(COUNT, setting.first_second - 1_200 * DAY)
    return Table(
        numbers,
        stamps,
        {
            **heads("Product2", setting.pod, numbers, created=stamps, stamps=stamps),
            "Name": listed(NAMES),
            "ProductCode": listed([f"MER-{number + 100}" for number in numbers.tolist()]),
            "Family": coded(numbers // 4, FAMILIES),
            "IsActive": always(True),
            "Description": listed([PRODUCTS[name] for name in NAMES]),
        },
    )


def _quantity(setting: Setting, product: Ints, cents: Ints) -> Ints:
    return np.asarray(np.maximum(1, cents // 100 // prices(setting)[product]), dtype=np.int64)


def line_items(scene: "Scene") -> Table:
    chunk, lines = scene.chunk, scene.lines
    deals, saves, pod = chunk.deals, chunk.story.saves, chunk.setting.pod
    current = current_save(chunk)
    cents = line_cents(lines, np.maximum(saves.amount[current], 0))
    quantity = _quantity(chunk.setting, lines.product, line_cents(lines, deals.amount))
    number = (deals.number[lines.deal] << 2) + lines.slot
    created = deals.created_at[lines.deal] + 60
    here = np.flatnonzero(created <= chunk.until)
    stamps = np.maximum(created, saves.at[current][lines.deal])
    return Table(
        number[here],
        stamps[here],
        {
            **heads(
                "OpportunityLineItem", pod, number[here], created=created[here], stamps=stamps[here]
            ),
            "OpportunityId": refs("Opportunity", pod, deals.number[lines.deal[here]]),
            "Product2Id": refs("Product2", pod, lines.product[here]),
            "Quantity": plain(quantity[here]),
            "UnitPrice": money((cents // quantity)[here]),
            "TotalPrice": money(cents[here]),
            "CurrencyIsoCode": coded(deals.currency[lines.deal[here]], CURRENCIES),
            "Discount": plain(100 * saves.discount[current][lines.deal[here]]),
        },
    )


def assets(scene: "Scene") -> Table:
    """What was won, and what customers had from before; renewed until they leave."""
    chunk, setting, customers = scene.chunk, scene.chunk.setting, scene.customers
    companies, pod, draws = chunk.companies, setting.pod, setting.draws
    number, account, product, quantity, cents, bought, installed = _owned(scene)
    term = YEAR * (1 + draws.whole("years", 3, number))
    # What is bought by one that comes back is not what it gave up.
    churned = customers.churned_at[account]
    ends = np.where((churned > bought) & (churned <= chunk.until), churned, NEVER)
    periods = np.maximum((np.minimum(chunk.until, ends) - bought) // (term * DAY), 0)
    renewed = np.where(periods > 0, bought + periods * term * DAY, 0)
    is_over = ends <= chunk.until
    last_day = np.where(is_over, ends // DAY, bought // DAY + (periods + 1) * term)
    stamps = latest(installed, renewed, ends, until=chunk.until)
    here = np.flatnonzero(installed <= chunk.until)
    here = here[np.argsort(number[here])]
    currency = np.array([CURRENCY_OF.get(name, 1) for name in country_codes(setting)])
    columns = {
        **heads("Asset", pod, number, created=installed, stamps=np.maximum(stamps, 1)),
        "AccountId": refs("Account", pod, companies.number[account]),
        "Product2Id": refs("Product2", pod, product),
        "SerialNumber": lambda chosen: [f"SN-{each:010d}" for each in number[chosen].tolist()],
        "Status": coded(is_over.astype(np.int64), ("Installed", "Cancelled")),
        "Quantity": plain(quantity),
        "Price": money(cents),
        "CurrencyIsoCode": coded(currency[companies.country[account]], CURRENCIES),
        "PurchaseDate": days(bought // DAY),
        "UsageEndDate": days(last_day),
    }
    return Table(number, stamps, columns).only(here)


def _owned(scene: "Scene") -> tuple[Ints, ...]:
    """Number, account, product, quantity, price, when bought and when installed."""
    chunk, lines = scene.chunk, scene.lines
    deals, story, setting = chunk.deals, chunk.story, chunk.setting
    draws, number = setting.draws, chunk.companies.number
    won = np.flatnonzero(story.outcome[lines.deal] == e.WON)
    deal, product = lines.deal[won], lines.product[won]
    account = deals.account[deal]
    own = (number[account] << ASSET_BITS) + (deals.nth[deal] << 3) + lines.slot[won]
    amount = line_cents(lines, np.maximum(story.saves.amount[current_save(chunk)], 0))[won]
    quantity = _quantity(setting, product, line_cents(lines, deals.amount)[won])
    bought = story.closed_at[deal]
    installed = bought + DAY * (2 + draws.whole("installed", 15, own))
    had, kind = np.nonzero(initially_owned(chunk))
    old = (number[had] << ASSET_BITS) + FROM_BEFORE + kind
    since = scene.customers.since[had]
    count = 1 + draws.whole("had", 24, old)
    return tuple(
        np.concatenate(pair).astype(np.int64)
        for pair in (
            (own, old),
            (account, had),
            (product, kind),
            (quantity, count),
            (amount // np.maximum(quantity, 1), 100 * prices(setting)[kind]),
            (bought, since),
            (installed, since + DAY),
        )
    )
