"""Product2 and OpportunityLineItem."""

from typing import TYPE_CHECKING

import numpy as np

from accounts.connectors.demo.calendar import DAY
from accounts.connectors.demo.columns import (
    Table,
    always,
    coded,
    heads,
    listed,
    money,
    plain,
    refs,
)
from accounts.connectors.demo.deals import CURRENCIES
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.products import (
    COUNT,
    FAMILIES,
    NAMES,
    line_cents,
    prices,
)
from accounts.connectors.demo.setting import Setting
from accounts.connectors.demo.tables_deals import current_save
from accounts.connectors.demo.texts.languages import PRODUCTS

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene


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


def quantity_of(setting: Setting, product: Ints, cents: Ints) -> Ints:
    return np.asarray(np.maximum(1, cents // 100 // prices(setting)[product]), dtype=np.int64)


def line_items(scene: "Scene") -> Table:
    chunk, lines = scene.chunk, scene.lines
    deals, saves, pod = chunk.deals, chunk.story.saves, chunk.setting.pod
    current = current_save(chunk)
    cents = line_cents(lines, np.maximum(saves.amount[current], 0))
    quantity = quantity_of(chunk.setting, lines.product, line_cents(lines, deals.amount))
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
