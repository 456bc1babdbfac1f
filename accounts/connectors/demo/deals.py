"""Which deals there are: of whom, since when, how large, and what is hidden in each."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import DAY, HOUR, NEVER, to_working_day
from accounts.connectors.demo.companies import Companies, country_codes
from accounts.connectors.demo.contacts import (
    contact_numbers,
    contacts_a_company,
    known_since,
    seniority_of,
)
from accounts.connectors.demo.draws import Bools, Floats, Ints
from accounts.connectors.demo.leads import SOURCE_WEIGHTS, Leads
from accounts.connectors.demo.satisfaction import Satisfaction
from accounts.connectors.demo.sellers import Sellers
from accounts.connectors.demo.setting import INDUSTRY_NAMES, Setting

DEAL_BITS = 8
CURRENCIES = ("USD", "EUR", "GBP")
CURRENCY_OF = {"United Kingdom": 2, "United States": 0, "Canada": 0}
CHAMPIONS = ("None found", "Confirmed")
COMPETITORS = ("None", "Altera Suite", "Northbeam CRM", "In-house")
COMPETITOR_WEIGHTS = (0.4, 0.24, 0.2, 0.16)
ROLES = 4
EXECUTIVE = 2  # directors and above
LATER = (0.0, 10.0, 26.0, 48.0)  # days until a second, third, fourth person joins
PLANNED_DAYS = np.array([4.25, 4.5, 4.85])  # logarithms, by the customer's size
MIX_SHIFT = 4.0  # how many times more deals of the shifted segment begin


@dataclass(frozen=True)
class Deals:
    """`account` is an index into the companies of the chunk."""

    number: Ints
    account: Ints
    nth: Ints
    created_at: Ints
    owner: Ints
    source: Ints
    amount: Ints  # cents of its currency, before any change
    currency: Ints
    log_amount: Floats  # above the middle of all
    begins_in: Ints
    planned_days: Ints
    amount_is_late: Bools
    fit: Floats
    warmth: Floats
    industry: Ints
    size: Ints
    region: Ints
    country: Ints
    competitor: Ints
    competitor_known_at: Ints
    champion: Bools
    champion_known_at: Ints
    role_contact: Ints  # (deals, ROLES): which of the account's people
    role_at: Ints  # when each of them joined; NEVER where there are no more
    has_executive: Bools
    deleted_at: Ints
    forgotten_from: Ints  # the week since when nobody works on it

    def __len__(self) -> int:
        return len(self.number)

    def take(self, chosen: Ints) -> Self:
        return type(self)(
            **{name: getattr(self, name)[chosen] for name in self.__dataclass_fields__}
        )


def deals_of(
    setting: Setting,
    sellers: Sellers,
    companies: Companies,
    leads: Leads,
    satisfaction: Satisfaction,
    until: int,
) -> Deals:
    account, nth, created_at = _arrivals(setting, companies, satisfaction, until)
    number = (companies.number[account] << DEAL_BITS) + nth
    draws = setting.draws
    codes = np.array([CURRENCY_OF.get(name, 1) for name in country_codes(setting)])
    fit = draws.normal("fit", number)
    log_amount = (
        np.array([-0.75, 0.1, 0.95])[companies.size[account]]
        + 0.72 * draws.normal("amount", number)
        + np.where(nth == 0, 0.12, 0.0)
    )
    amount = np.round(np.exp(9.95 + log_amount) / 50) * 50 * 100
    zero = draws.happens("zero", 0.008, number)
    cents = np.where(zero, 0, amount).astype(np.int64)
    from_lead = (companies.lead[account] >= 0) & (nth == 0)
    source = draws.choice("deal source", SOURCE_WEIGHTS, number)
    lead = companies.lead[account][from_lead]
    source[from_lead] = leads.source[lead]
    owner = companies.owner[account].copy()
    owner[from_lead] = leads.owner[lead]
    days = draws.normal("planned", number) * 0.35 + PLANNED_DAYS[companies.size[account]]
    feeling = satisfaction.at(account, created_at // DAY)
    forgotten = ~from_lead & draws.happens("forgotten", e.FORGOTTEN, number)
    known = created_at + draws.whole("champion known", 30 * DAY, number) + DAY
    duplicate = ~from_lead & draws.happens("duplicate", 0.012, number)
    after = DAY * (1 + draws.whole("noticed", 12, number))
    role_contact, role_at = _roles(setting, companies, number, account, created_at)
    seniority = seniority_of(setting, contact_numbers(companies, account, role_contact[:, 0]))
    return Deals(
        number=number,
        account=account,
        nth=nth,
        created_at=created_at,
        owner=sellers.in_charge(owner, created_at),
        source=source,
        amount=cents,
        currency=codes[companies.country[account]],
        log_amount=log_amount,
        begins_in=draws.choice("begins in", (0.62, 0.28, 0.1), number),
        planned_days=np.exp(days).astype(np.int64),
        amount_is_late=draws.happens("late amount", 0.06, number),
        fit=fit,
        warmth=companies.warmth[account]
        + 0.45 * companies.was_customer[account]
        + e.HEALTH_ON_WINNING * feeling,
        industry=companies.industry[account],
        size=companies.size[account],
        region=companies.region[account],
        country=companies.country[account],
        competitor=draws.choice("competitor", COMPETITOR_WEIGHTS, number),
        competitor_known_at=created_at + DAY * (5 + draws.whole("competitor known", 25, number)),
        champion=draws.happens("champion", 1 / (1 + np.exp(0.4 - 1.3 * fit)), number),
        champion_known_at=known,
        role_contact=role_contact,
        role_at=role_at,
        has_executive=seniority >= EXECUTIVE,
        deleted_at=np.where(duplicate, created_at + after, NEVER),
        forgotten_from=np.where(forgotten, 5 + draws.whole("forgotten from", 8, number), NEVER),
    )


def _roles(
    setting: Setting, companies: Companies, number: Ints, account: Ints, created_at: Ints
) -> tuple[Ints, Ints]:
    draws = setting.draws
    people = contacts_a_company(setting, companies)[account]
    first = np.where(companies.lead[account] >= 0, 0, draws.whole("first role", 1_000, number))
    contacts, moments = [], []
    for slot in range(ROLES):
        contact = (first + slot) % people
        after = (draws.exponential("role", number, slot) * LATER[slot] * DAY).astype(np.int64)
        known = known_since(setting, companies, account, contact)
        joined = np.maximum(created_at + after, known if slot else created_at)
        contacts.append(contact)
        moments.append(np.where(slot < people, joined, NEVER))
    return np.stack(contacts, axis=1), np.stack(moments, axis=1)


def _arrivals(
    setting: Setting, companies: Companies, satisfaction: Satisfaction, until: int
) -> tuple[Ints, Ints, Ints]:
    """More candidates than deals: how many of them come true is up to the month's appetite."""
    draws = setting.draws
    plant = setting.plant
    shifted = (plant.cause == "mix_shift") & (
        companies.industry == INDUSTRY_NAMES.index(plant.industry)
    )
    often = companies.deals_a_day * np.where(shifted, MIX_SHIFT, 1.0) * e.MOST_DEALS
    gap = 1 / np.maximum(often, 1e-9)
    born = companies.lead >= 0
    day = np.where(
        born,
        companies.created_at / DAY,
        setting.first_day + gap * draws.exponential("deal first", companies.number),
    )
    active = np.flatnonzero(companies.deals_a_day > 0)
    none = active[:0]
    found = [(none, none, none)]
    for nth in range(1 << DEAL_BITS):
        number = (companies.number[active] << DEAL_BITS) + nth
        whole = to_working_day(day[active].astype(np.int64))
        moment = whole * DAY + 7 * HOUR + draws.whole("deal moment", 2 * HOUR, number)
        if nth == 0:
            moment = np.where(born[active], companies.created_at[active], moment)
        come = moment <= until
        if not come.any():
            break
        wanted = satisfaction.appetite(active, moment // DAY) / e.MOST_DEALS
        early = shifted[active] & (moment // DAY < setting.plant_day)
        true = draws.happens("wanted", np.where(early, wanted / MIX_SHIFT, wanted), number)
        kept = come & (true | (born[active] & (nth == 0)))
        found.append((active[kept], np.full(kept.sum(), nth), moment[kept]))
        active, number = active[come], number[come]
        day[active] += 2 + gap[active] * draws.exponential("deal gap", number)
    account, nths, moments = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((nths, account))
    return account[order], nths[order], moments[order]
