"""Product2, OpportunityLineItem, Asset and Case."""

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import DAY, HOUR, to_working_day
from accounts.connectors.demo.chunk import Chunk, latest
from accounts.connectors.demo.columns import (
    Table,
    always,
    coded,
    days,
    listed,
    moments,
    money,
    own_ids,
    plain,
    refs,
)
from accounts.connectors.demo.deals import CURRENCIES
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.products import COUNT, FAMILIES, NAMES, Lines, line_cents, prices
from accounts.connectors.demo.setting import Setting
from accounts.connectors.demo.tables_deals import current_save

CASE_EVERY_DAYS = 110
SUBJECTS = ("Cannot sign in", "Report is slow", "Wrong invoice", "Export fails", "How do I …?")


def products(setting: Setting) -> Table:
    numbers = np.arange(COUNT)
    stamps = np.full(COUNT, setting.first_second - 1_200 * DAY)
    return Table(
        numbers,
        stamps,
        {
            "Id": own_ids("Product2", setting.pod, numbers),
            "CreatedDate": moments(stamps),
            "SystemModstamp": moments(stamps),
            "Name": listed(NAMES),
            "ProductCode": listed([f"MER-{number + 100}" for number in numbers.tolist()]),
            "Family": coded(numbers // 4, FAMILIES),
            "IsActive": always(True),
        },
    )


def _quantity(setting: Setting, product: Ints, cents: Ints) -> Ints:
    return np.asarray(np.maximum(1, cents // 100 // prices(setting)[product]), dtype=np.int64)


def line_items(chunk: Chunk, lines: Lines) -> Table:
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
            "Id": own_ids("OpportunityLineItem", pod, number[here]),
            "CreatedDate": moments(created[here]),
            "SystemModstamp": moments(stamps[here]),
            "OpportunityId": refs("Opportunity", pod, deals.number[lines.deal[here]]),
            "Product2Id": refs("Product2", pod, lines.product[here]),
            "Quantity": plain(quantity[here]),
            "UnitPrice": money((cents // quantity)[here]),
            "TotalPrice": money(cents[here]),
            "CurrencyIsoCode": coded(deals.currency[lines.deal[here]], CURRENCIES),
            "Discount": plain(100 * saves.discount[current][lines.deal[here]]),
        },
    )


def assets(chunk: Chunk, lines: Lines) -> Table:
    """What was won, installed some days later, for one to three years."""
    deals, story, pod, draws = chunk.deals, chunk.story, chunk.setting.pod, chunk.setting.draws
    won = story.outcome[lines.deal] == e.WON
    number = (deals.number[lines.deal] << 2) + lines.slot
    bought = story.closed_at[lines.deal]
    created = bought + DAY * (2 + draws.whole("installed", 15, number))
    here = np.flatnonzero(won & (created <= chunk.until))
    amount = story.saves.amount[current_save(chunk)]
    cents = line_cents(lines, np.maximum(amount, 0))
    quantity = _quantity(chunk.setting, lines.product, line_cents(lines, deals.amount))
    years = 1 + draws.whole("years", 3, number)
    deal = lines.deal[here]
    return Table(
        number[here],
        created[here],
        {
            "Id": own_ids("Asset", pod, number[here]),
            "CreatedDate": moments(created[here]),
            "SystemModstamp": moments(created[here]),
            "AccountId": refs("Account", pod, chunk.companies.number[deals.account[deal]]),
            "Product2Id": refs("Product2", pod, lines.product[here]),
            "SerialNumber": listed([f"SN-{each:010d}" for each in number[here].tolist()]),
            "Status": always("Installed"),
            "Quantity": plain(quantity[here]),
            "Price": money((cents // quantity)[here]),
            "CurrencyIsoCode": coded(deals.currency[deal], CURRENCIES),
            "PurchaseDate": days(bought[here] // DAY),
            "UsageEndDate": days((bought // DAY + 365 * years)[here]),
        },
    )


def cases(chunk: Chunk, customer_since: Ints) -> Table:
    """Of customers, at an unhurried pace; some take long."""
    companies, pod, draws = chunk.companies, chunk.setting.pod, chunk.setting.draws
    active = np.flatnonzero(customer_since <= chunk.until)
    day = np.maximum(customer_since[active] // DAY, chunk.setting.first_day).astype(np.float64)
    found: list[tuple[Ints, Ints, Ints]] = []
    for nth in range(256):
        number = (companies.number[active] << 8) + nth
        day = day + 1 + CASE_EVERY_DAYS * draws.exponential("case gap", number)
        at = to_working_day(day.astype(np.int64)) * DAY + 9 * HOUR
        at = at + draws.whole("case hour", 8 * HOUR, number)
        come = at <= chunk.until
        active, day, number, at = active[come], day[come], number[come], at[come]
        if not len(active):
            break
        found.append((active, number, at))
    none = np.zeros(0, dtype=np.int64)
    parts = found or [(none, none, none)]
    account, number, at = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(number)
    account, number, at = account[order], number[order], at[order]
    length = np.exp(0.8 + 1.1 * draws.normal("case length", number)) * DAY
    closed = at + length.astype(np.int64)
    stamps = latest(at, closed, until=chunk.until)
    is_closed = closed <= chunk.until
    return Table(
        number,
        stamps,
        {
            "Id": own_ids("Case", pod, number),
            "CreatedDate": moments(at),
            "SystemModstamp": moments(stamps),
            "AccountId": refs("Account", pod, companies.number[account]),
            "ContactId": refs("Contact", pod, companies.number[account] << 4),
            "OwnerId": refs("User", pod, np.ones(len(number), dtype=np.int64)),
            "CaseNumber": listed([f"{each:012d}" for each in number.tolist()]),
            "Subject": coded(draws.whole("case subject", len(SUBJECTS), number), SUBJECTS),
            "Status": coded(is_closed.astype(np.int64), ("Working", "Closed")),
            "Priority": coded(
                draws.choice("case priority", (0.6, 0.3, 0.1), number), ("Low", "Medium", "High")
            ),
            "Origin": coded(draws.whole("case origin", 3, number), ("Web", "Email", "Phone")),
            "ClosedDate": moments(np.where(is_closed, closed, 0)),
            "IsClosed": plain(is_closed),
            "IsEscalated": plain(draws.happens("escalated", 0.07, number)),
        },
    )
