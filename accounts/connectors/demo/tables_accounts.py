"""Account and its history."""

from typing import TYPE_CHECKING

import numpy as np

from accounts.connectors.demo.activity import last_days
from accounts.connectors.demo.calendar import DAY, NEVER
from accounts.connectors.demo.chunk import Chunk, latest
from accounts.connectors.demo.columns import (
    Table,
    Values,
    always,
    coded,
    days,
    heads,
    listed,
    moments,
    own_ids,
    plain,
    refs,
)
from accounts.connectors.demo.companies import country_codes
from accounts.connectors.demo.customers import Customers
from accounts.connectors.demo.deals import CURRENCIES, CURRENCY_OF
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.ids import ids
from accounts.connectors.demo.leads import SOURCES
from accounts.connectors.demo.setting import INDUSTRY_NAMES
from accounts.connectors.demo.texts.english import COMPANIES
from accounts.connectors.demo.texts.writing import pick

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene

TYPES = ("Prospect", "Customer", "Former Customer")
HISTORY_BITS = 18
USERS, KIND, OWNER, LICENSED = range(4)
FIELDS = ("Active_Users__c", "Type", "Owner", "Licensed_Users__c")


def accounts(scene: "Scene") -> Table:
    chunk, customers, cards = scene.chunk, scene.customers, scene.cards
    companies, pod, sellers = chunk.companies, chunk.setting.pod, chunk.sellers
    count, until = len(companies), chunk.until
    touched = last_days(scene.activities, scene.activities.account, count, until)
    owner = sellers.in_charge(companies.owner, np.full(count, until))
    last = (customers.users >= 0) * (1 + np.arange(customers.users.shape[1]))
    reported = last.max(axis=1) - 1
    used = customers.users[np.arange(count), reported]
    used = np.where(customers.has_left(until), 0, np.where(reported >= 0, used, -1))
    stamps = latest(
        companies.created_at,
        touched,
        np.where(customers.since < NEVER, customers.since, 0),
        customers.churned_at,
        customers.back_at,
        np.where(reported >= 0, customers.reported_at[reported], 0),
        np.maximum(sellers.left_at[companies.owner], companies.created_at),
        until=until,
    )
    kind = np.where(customers.has_left(until), 2, customers.is_now(until).astype(np.int64))
    winner = np.where(companies.twin_of >= 0, companies.number[companies.twin_of], -1)
    currency = np.array([CURRENCY_OF.get(name, 1) for name in country_codes(chunk.setting)])
    return Table(
        companies.number,
        stamps,
        {
            **heads("Account", pod, companies.number, created=companies.created_at, stamps=stamps),
            "Name": listed([card.name for card in cards]),
            "OwnerId": refs("User", pod, owner),
            "ParentId": always(None),
            "Type": coded(kind, TYPES),
            "Industry": coded(companies.industry, INDUSTRY_NAMES),
            "Phone": listed([card.phone for card in cards]),
            "Website": listed([card.website for card in cards]),
            "AccountSource": coded(_source(chunk), SOURCES),
            "NumberOfEmployees": plain(companies.employees),
            "CurrencyIsoCode": coded(currency[companies.country], CURRENCIES),
            "LastActivityDate": days(touched // DAY),
            "MasterRecordId": always(None),
            "Description": _descriptions(scene),
            "BillingStreet": listed([card.street for card in cards]),
            "BillingCity": listed([card.city for card in cards]),
            "BillingState": listed([card.state for card in cards]),
            "BillingPostalCode": listed([card.postal_code for card in cards]),
            "BillingCountry": listed([card.country for card in cards]),
            "Active_Users__c": plain(used, used >= 0),
            "Licensed_Users__c": plain(customers.licensed, customers.since <= until),
            "Customer_Since__c": days(chunk.seen(customers.since) // DAY),
            "Churned_On__c": days(chunk.seen(customers.churned_at) // DAY),
        },
        gone=companies.merged_at,
        merged_into=refs("Account", pod, winner),
    )


def _source(chunk: Chunk) -> Ints:
    lead = chunk.companies.lead
    if not len(chunk.leads.number):
        return np.full(len(lead), -1)
    return np.where(lead >= 0, chunk.leads.source[lead], -1)


def _descriptions(scene: "Scene") -> Values:
    companies = scene.chunk.companies

    def values(chosen: Ints) -> list[str]:
        number = companies.number[chosen]
        facts = scene.writer.facts(
            account=chosen,
            number=number,
            at=companies.created_at[chosen],
            contact=number << 4,
            owner=companies.owner[chosen],
        )
        drawn = scene.writer.drawn("company", number)
        return [
            pick(COMPANIES, one[0]).format_map(known)
            for one, known in zip(drawn, facts, strict=True)
        ]

    return values


def histories(scene: "Scene") -> Table:
    """Users of each month, licences, and becoming, ceasing and becoming again a customer."""
    chunk = scene.chunk
    companies, sellers, pod = chunk.companies, chunk.sellers, chunk.setting.pod
    account, at, field, nth, old, new = _changes(scene)
    own = companies.twin_of[account] < 0
    come = np.flatnonzero(own & (at <= chunk.until) & (at > companies.created_at[account]))
    number = (companies.number[account] << HISTORY_BITS) + (nth << 3) + field
    order = come[np.argsort(number[come])]
    account, at, field, old, new = (part[order] for part in (account, at, field, old, new))
    return Table(
        number[order],
        at,
        {
            "Id": own_ids("AccountHistory", pod, number[order]),
            "CreatedDate": moments(at),
            "AccountId": refs("Account", pod, companies.number[account]),
            "Field": coded(field, FIELDS),
            "OldValue": _told(pod, field, old),
            "NewValue": _told(pod, field, new),
            "CreatedById": refs("User", pod, sellers.in_charge(companies.owner[account], at)),
        },
    )


def _changes(scene: "Scene") -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    """Account, moment, field, which of that field, and codes of what it was and became."""
    chunk, customers = scene.chunk, scene.customers
    companies, sellers = chunk.companies, chunk.sellers
    users = customers.users
    before = reported_before(customers)
    account, month = np.nonzero((users >= 0) & (users != before))
    every = np.arange(len(companies))
    zero = np.zeros(len(every), dtype=np.int64)
    owner, left = companies.owner, sellers.left_at[companies.owner]
    parts = [
        (account, customers.reported_at[month], USERS, 4 + month, before[account, month],
         users[account, month]),
        (every, customers.churned_at, USERS, zero, last_reported(customers), zero),
        (every, customers.since, KIND, zero, zero, zero + 1),
        (every, customers.churned_at, KIND, zero + 1, zero + 1, zero + 2),
        (every, customers.back_at, KIND, zero + 2, zero + 2, zero + 1),
        (every, left, OWNER, zero, owner, sellers.successor[owner]),
        (every, customers.since, LICENSED, zero, zero - 1, customers.licensed),
    ]  # fmt: skip
    filled = [
        (who, at, np.full(len(who), field), nth, old, new)
        for who, at, field, nth, old, new in parts
    ]
    return tuple(np.concatenate(column) for column in zip(*filled, strict=True))  # type: ignore[return-value]


def reported_before(customers: Customers) -> Ints:
    """What the CRM held before each report: that of the month before, nought once it had left."""
    users, at, left = customers.users, customers.reported_at, customers.churned_at
    held = np.full_like(users, -1)
    for month in range(1, users.shape[1]):
        last = users[:, month - 1]
        held[:, month] = np.where(last >= 0, last, held[:, month - 1])
        held[(at[month - 1] <= left) & (left < at[month]), month] = 0
    return held


def last_reported(customers: Customers) -> Ints:
    """Of each the users of the last report before it left; none where it had none."""
    came = (customers.users >= 0) & (
        customers.reported_at[None, :] <= customers.churned_at[:, None]
    )
    last = (came * (1 + np.arange(came.shape[1]))).max(axis=1) - 1
    return np.where(last >= 0, customers.users[np.arange(len(last)), last], -1)


def _told(pod: str, field: Ints, code: Ints) -> Values:
    """As the CRM writes them, in one form."""

    def values(chosen: Ints) -> list[str | None]:
        found: list[str | None] = []
        owners = ids("User", pod, np.maximum(code[chosen], 0))
        for of, value, owner in zip(
            field[chosen].tolist(), code[chosen].tolist(), owners, strict=True
        ):
            if of == OWNER:
                found.append(owner)
            elif of == KIND:
                found.append(TYPES[value])
            else:
                found.append(str(value) if value >= 0 else None)
        return found

    return values
