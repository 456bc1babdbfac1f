"""The people of accounts: how many, since when known, how senior."""

import numpy as np

from accounts.connectors.demo.calendar import DAY, HOUR, NEVER, to_working_day
from accounts.connectors.demo.companies import Companies
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.leads import SENIORITY_WEIGHTS
from accounts.connectors.demo.setting import Setting

CONTACT_BITS = 4
MOST_CONTACTS = 6
STAYS = 1_900  # days, on average


def contacts_a_company(setting: Setting, companies: Companies) -> Ints:
    drawn = 2 + setting.draws.whole("contacts", MOST_CONTACTS - 1, companies.number)
    return np.where(companies.twin_of >= 0, 1, drawn)


def contact_numbers(companies: Companies, account: Ints, nth: Ints) -> Ints:
    return (companies.number[account] << CONTACT_BITS) + nth


def known_since(setting: Setting, companies: Companies, account: Ints, nth: Ints) -> Ints:
    number = contact_numbers(companies, account, nth)
    later = (setting.draws.exponential("contact known", number) * 12 * DAY).astype(np.int64)
    begins = companies.created_at[account]
    # Whom a lead was about is there at once; the others are met one after another.
    return np.where(nth == 0, begins, begins + nth * later + 3_600)


def left_at(setting: Setting, companies: Companies, account: Ints, nth: Ints) -> Ints:
    """When a person leaves the company; far off for most."""
    number = contact_numbers(companies, account, nth)
    known = known_since(setting, companies, account, nth)
    stays = STAYS * setting.draws.exponential("contact left", number)
    begun = np.maximum(known // DAY, setting.first_day)
    left = to_working_day(begun + 30 + stays.astype(np.int64)) * DAY + 17 * HOUR
    here = nth < contacts_a_company(setting, companies)[account]
    return np.where(here & (companies.twin_of[account] < 0), left, NEVER)


def seniority_of(setting: Setting, number: Ints) -> Ints:
    return setting.draws.choice("contact title", SENIORITY_WEIGHTS, number)
