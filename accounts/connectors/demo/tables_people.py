"""UserRole, User, ForecastingQuota and DatedConversionRate: one table each for a whole org."""

from datetime import date
from functools import lru_cache

import numpy as np

from accounts.connectors.demo.calendar import (
    DAY,
    HOUR,
    day_number,
    months_later,
    quarters_later,
)
from accounts.connectors.demo.columns import (
    Table,
    coded,
    days,
    heads,
    listed,
    moments,
    money,
    own_ids,
    plain,
    refs,
)
from accounts.connectors.demo.companies import base_companies
from accounts.connectors.demo.deals import CURRENCIES
from accounts.connectors.demo.draws import Floats, Ints
from accounts.connectors.demo.leads import DAYS_BETWEEN
from accounts.connectors.demo.sellers import sellers_of
from accounts.connectors.demo.setting import Setting

TITLES = {
    "vice president": "VP Sales",
    "director": "Sales Director",
    "manager": "Sales Manager",
    "seller": "Account Executive",
    "other": "System Administrator",
}
# Dollars for one, where the walk of a rate begins.
DOLLARS = {"USD": 1.0, "EUR": 1.09, "GBP": 1.27}
# Of a deal, by the customer's size; of a book, what is won; of leads, what becomes of them.
USUAL_AMOUNT = np.exp(9.95 + 0.72**2 / 2 + np.array([-0.75, 0.1, 0.95]))
EXPECTED_TO_WIN = 0.43  # with those deals that care for customers adds
SKILL_IS_KNOWN = 0.5  # whoever sold more is expected to sell more
LEADS_THAT_BUY = 0.3
RAMP = np.array([0.15, 0.65, 0.9, 1.0])
GROWTH = 1.05


def roles(setting: Setting) -> Table:
    people = sellers_of(setting).people
    above = [0 if person.level != "vice president" else -1 for person in people]
    names = [
        f"{TITLES[person.level]} {person.region} ({person.name})".replace("  ", " ")
        for person in people
    ]
    for number, person in enumerate(people):
        above[number] = person.manager
    numbers = np.arange(len(people))
    stamps = np.full(len(people), setting.first_second - 1_000 * DAY)
    return Table(
        numbers,
        stamps,
        {
            "Id": own_ids("UserRole", setting.pod, numbers),
            "SystemModstamp": moments(stamps),
            "Name": listed(names),
            "ParentRoleId": refs("UserRole", setting.pod, np.array(above)),
        },
    )


def users(setting: Setting, until: int) -> Table:
    sellers = sellers_of(setting)
    people = sellers.people
    numbers = np.arange(len(people))
    active = sellers.left_at > until
    stamps = np.where(active, sellers.hired_at, sellers.left_at)
    return Table(
        numbers,
        stamps,
        {
            **heads("User", setting.pod, numbers, created=sellers.hired_at, stamps=stamps),
            "Name": listed([person.name for person in people]),
            "Email": listed([person.email for person in people]),
            "Title": listed([TITLES[person.level] for person in people]),
            "Department": listed(["Sales" if p.level != "other" else "IT" for p in people]),
            "Division": listed([person.region for person in people]),
            "IsActive": plain(active),
            "ManagerId": refs("User", setting.pod, np.array([p.manager for p in people])),
            "UserRoleId": refs(
                "UserRole",
                setting.pod,
                np.array([at if p.level != "other" else -1 for at, p in enumerate(people)]),
            ),
        },
    )


def _starts(first: date, until: int, months: int) -> Ints:
    found = [first]
    while day_number(found[-1]) * DAY <= until:
        found.append(months_later(found[-1], months))
    return np.array([day_number(day) for day in found[:-1]], dtype=np.int64)


def rates(setting: Setting, until: int) -> Table:
    """Month by month from four years before; the corporate currency is 1."""
    starts = _starts(months_later(setting.began, -48), until, 1)
    currency = np.tile(np.arange(len(CURRENCIES)), len(starts))
    month = np.repeat(np.arange(len(starts)), len(CURRENCIES))
    steps = 0.011 * setting.of_group.normal("rate step", currency, month)
    walks = steps.reshape(-1, len(CURRENCIES)).cumsum(axis=0)
    walks[:, 0] = 0
    dollars = np.array([DOLLARS[name] for name in CURRENCIES]) * np.exp(0.6 * np.tanh(walks))
    corporate = CURRENCIES.index(setting.market.currency)
    worth = np.round(dollars[:, [corporate]] / dollars, 6).ravel()
    last = month == len(starts) - 1
    begins = starts[month] * DAY
    ends = np.append(starts[1:], 0)[month]
    stamps = np.where(last, begins, ends * DAY)
    number = month * 4 + currency
    return Table(
        number,
        stamps,
        {
            **heads("DatedConversionRate", setting.pod, number, created=begins, stamps=stamps),
            "IsoCode": coded(currency, CURRENCIES),
            "ConversionRate": plain(worth),
            "StartDate": days(starts[month]),
            "NextStartDate": days(np.where(last, day_number(date(9999, 12, 31)), ends)),
        },
    )


@lru_cache(maxsize=64)
def books(setting: Setting) -> Floats:
    """What a year may bring to each seller, by skill, accounts and a share of the leads."""
    sellers = sellers_of(setting)
    found = np.zeros(len(sellers.people))
    for chunk in range(setting.chunks):
        base = base_companies(setting, sellers, chunk)
        np.add.at(found, base.owner, base.deals_a_day * 365 * USUAL_AMOUNT[base.size])
    born = setting.lead_sources * 365 / DAYS_BETWEEN * LEADS_THAT_BUY * USUAL_AMOUNT[0]
    usual = (found + born / sellers.sells.sum()) * EXPECTED_TO_WIN
    return np.asarray(usual * np.exp(SKILL_IS_KNOWN * sellers.skill))


def quotas(setting: Setting, until: int) -> Table:
    """Each quarter's for each seller; the first ones are small, as nothing was begun before."""
    sellers = sellers_of(setting)
    starts = _starts(quarters_later(setting.began, 0), until, 3)
    who = np.flatnonzero(sellers.sells)
    quarter = np.repeat(np.arange(len(starts)), len(who))
    owner = np.tile(who, len(starts))
    number = quarter * 256 + owner
    at = starts[quarter] * DAY + 9 * HOUR
    here = np.flatnonzero((at <= until) & (sellers.left_at[owner] > at))
    quarter, owner, number, at = quarter[here], owner[here], number[here], at[here]
    noise = np.exp(0.08 * setting.draws.normal("quota", owner, quarter))
    grown = RAMP[np.minimum(quarter, len(RAMP) - 1)] * GROWTH ** (quarter / 4)
    amount = np.round(books(setting)[owner] / 4 * grown * noise / 1_000) * 1_000 * 100
    return Table(
        number,
        at,
        {
            **heads("ForecastingQuota", setting.pod, number, created=at, stamps=at),
            "QuotaOwnerId": refs("User", setting.pod, owner),
            "StartDate": days(starts[quarter]),
            "QuotaAmount": money(amount.astype(np.int64)),
            "CurrencyIsoCode": coded(
                np.full(len(owner), CURRENCIES.index(setting.market.currency)), CURRENCIES
            ),
        },
    )
