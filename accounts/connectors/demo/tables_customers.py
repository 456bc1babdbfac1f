"""Account, Contact and Lead."""

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.activity import Activities, last_days
from accounts.connectors.demo.calendar import DAY, NEVER
from accounts.connectors.demo.chunk import Chunk, latest
from accounts.connectors.demo.columns import (
    Table,
    Values,
    always,
    coded,
    days,
    listed,
    moments,
    own_ids,
    plain,
    refs,
)
from accounts.connectors.demo.companies import country_codes
from accounts.connectors.demo.company_names import Card, card_of
from accounts.connectors.demo.contacts import (
    contact_numbers,
    contacts_a_company,
    known_since,
    seniority_of,
)
from accounts.connectors.demo.deals import CURRENCIES, CURRENCY_OF
from accounts.connectors.demo.draws import Draws, Ints
from accounts.connectors.demo.leads import SENIORITIES, SOURCES, STATUSES
from accounts.connectors.demo.names import FIRST_NAMES, LAST_NAMES, slug
from accounts.connectors.demo.setting import INDUSTRY_NAMES, MARKETS

DEPARTMENTS = ("Operations", "Finance", "IT", "Sales", "Procurement")
TYPES = ("Prospect", "Customer", "Former Customer")


def first_won_at(chunk: Chunk) -> Ints:
    """Since when each account is a customer; NEVER for those that are none."""
    since = np.where(chunk.companies.was_customer, chunk.companies.created_at + 3 * DAY, NEVER)
    won = np.flatnonzero((chunk.story.outcome == e.WON) & (chunk.deals.deleted_at == NEVER))
    np.minimum.at(since, chunk.deals.account[won], chunk.story.closed_at[won])
    return since


def accounts(
    chunk: Chunk, activities: Activities, cards: list[Card], customer_since: Ints
) -> Table:
    companies, pod, sellers = chunk.companies, chunk.setting.pod, chunk.sellers
    touched = last_days(chunk, activities, chunk.deals.account[activities.deal], len(companies))
    until = np.full(len(companies), chunk.until)
    owner = sellers.in_charge(companies.owner, until)
    left = sellers.left_at[companies.owner]
    stamps = latest(
        companies.created_at,
        touched,
        np.where(customer_since < NEVER, customer_since, 0),
        np.maximum(left, companies.created_at),
        until=chunk.until,
    )
    kind = (customer_since <= chunk.until).astype(np.int64)
    winner = np.where(companies.twin_of >= 0, companies.number[companies.twin_of], -1)
    currency = np.array([CURRENCY_OF.get(name, 1) for name in country_codes(chunk.setting)])
    return Table(
        companies.number,
        stamps,
        {
            "Id": own_ids("Account", pod, companies.number),
            "CreatedDate": moments(companies.created_at),
            "SystemModstamp": moments(stamps),
            "Name": listed([card.name for card in cards]),
            "OwnerId": refs("User", pod, owner),
            "ParentId": always(None),
            "Type": coded(kind, TYPES),
            "Industry": coded(companies.industry, INDUSTRY_NAMES),
            "Phone": listed([card.phone for card in cards]),
            "Website": listed([card.website for card in cards]),
            "AccountSource": coded(np.where(companies.lead >= 0, 0, -1), SOURCES),
            "NumberOfEmployees": plain(companies.employees),
            "CurrencyIsoCode": coded(currency[companies.country], CURRENCIES),
            "LastActivityDate": days(touched // DAY),
            "MasterRecordId": always(None),
            "BillingStreet": listed([card.street for card in cards]),
            "BillingCity": listed([card.city for card in cards]),
            "BillingState": listed([card.state for card in cards]),
            "BillingPostalCode": listed([card.postal_code for card in cards]),
            "BillingCountry": listed([card.country for card in cards]),
        },
        gone=companies.merged_at,
        merged_into=refs("Account", pod, winner),
    )


def contacts(chunk: Chunk, activities: Activities, cards: list[Card]) -> Table:
    companies, pod, draws = chunk.companies, chunk.setting.pod, chunk.setting.draws
    counts = contacts_a_company(chunk.setting, companies)
    account = np.repeat(np.arange(len(companies)), counts)
    nth = np.arange(len(account)) - np.repeat(np.cumsum(counts) - counts, counts)
    created_at = known_since(chunk.setting, companies, account, nth)
    here = np.flatnonzero(created_at <= chunk.until)
    account, created_at, number = (
        account[here], created_at[here], contact_numbers(companies, account, nth)[here]
    )  # fmt: skip
    place = np.searchsorted(number, activities.contact)
    touched = last_days(chunk, activities, place, len(number))
    merged = companies.merged_at[account]
    # Whoever belonged to an account that was merged away belongs to the one that stays.
    stays = np.where(
        (companies.twin_of[account] >= 0) & (merged <= chunk.until),
        companies.twin_of[account],
        account,
    )
    stamps = latest(created_at, touched, merged, until=chunk.until)
    first, last = _person(draws, "contact", number)
    lead = companies.lead[account]
    from_lead = (lead >= 0) & (number & 15 == 0)
    lead_number = np.where(from_lead, chunk.leads.number[lead] if len(chunk.leads.number) else 0, 0)
    lead_first, lead_last = _person(draws, "lead", lead_number)
    first = np.where(from_lead, lead_first, first)
    last = np.where(from_lead, lead_last, last)
    seniority = seniority_of(chunk.setting, number)
    domains = [card.domain for card in cards]
    owner = chunk.sellers.in_charge(companies.owner[account], created_at)
    return Table(
        number,
        stamps,
        {
            "Id": own_ids("Contact", pod, number),
            "CreatedDate": moments(created_at),
            "SystemModstamp": moments(stamps),
            "AccountId": refs("Account", pod, companies.number[stays]),
            "OwnerId": refs("User", pod, owner),
            "FirstName": coded(first, FIRST_NAMES),
            "LastName": coded(last, LAST_NAMES),
            "Name": lambda part: [
                f"{FIRST_NAMES[one]} {LAST_NAMES[two]}"
                for one, two in zip(first[part].tolist(), last[part].tolist(), strict=True)
            ],
            "Title": _title(draws, number, seniority),
            "Department": coded(draws.whole("department", 5, number), DEPARTMENTS),
            "Email": lambda part: [
                f"{slug(FIRST_NAMES[one])}.{slug(LAST_NAMES[two])}@{domains[at]}"
                for one, two, at in zip(
                    first[part].tolist(), last[part].tolist(), account[part].tolist(), strict=True
                )
            ],
            "Phone": listed([cards[at].phone for at in account.tolist()]),
            "LastActivityDate": days(touched // DAY),
            "MasterRecordId": always(None),
            "MailingCity": listed([cards[at].city for at in account.tolist()]),
            "MailingCountry": listed([cards[at].country for at in account.tolist()]),
        },
    )


def _title(draws: Draws, number: Ints, seniority: Ints) -> Values:
    titles = [f"{level}, {name}" for level in SENIORITIES for name in DEPARTMENTS]
    return coded(seniority * 5 + draws.whole("department", 5, number), titles)


def _person(draws: Draws, what: str, number: Ints) -> tuple[Ints, Ints]:
    return (
        draws.whole(f"{what} first name", len(FIRST_NAMES), number),
        draws.whole(f"{what} last name", len(LAST_NAMES), number),
    )


def lead_status(chunk: Chunk) -> Ints:
    leads = chunk.leads
    answered = (leads.answered_at <= chunk.until).astype(np.int64)
    return np.where(leads.closed_at <= chunk.until, leads.ends_as, answered)


def leads(chunk: Chunk) -> Table:
    found, pod, draws = chunk.leads, chunk.setting.pod, chunk.setting.draws
    converted = found.converts & (found.closed_at <= chunk.until)
    company = np.full(len(found.number), -1)
    born = np.flatnonzero(chunk.companies.lead >= 0)
    company[chunk.companies.lead[born]] = chunk.companies.number[born]
    stamps = latest(found.created_at, found.answered_at, found.closed_at, until=chunk.until)
    countries = country_codes(chunk.setting)
    first, last = _person(draws, "lead", found.number)
    cards = [
        card_of(
            chunk.setting, (1 << 24) + number * 3 + _place(chunk), industry, -1, countries[country],
            own,
        )
        for number, industry, country, own in zip(
            found.number.tolist(), found.industry.tolist(), found.country.tolist(),
            ((found.number >> 19 << 20) + (1 << 19) + (found.number & ((1 << 19) - 1))).tolist(),
            strict=True,
        )
    ]  # fmt: skip
    return Table(
        found.number,
        stamps,
        {
            "Id": own_ids("Lead", pod, found.number),
            "CreatedDate": moments(found.created_at),
            "SystemModstamp": moments(stamps),
            "OwnerId": refs("User", pod, found.owner),
            "FirstName": coded(first, FIRST_NAMES),
            "LastName": coded(last, LAST_NAMES),
            "Name": lambda part: [
                f"{FIRST_NAMES[one]} {LAST_NAMES[two]}"
                for one, two in zip(first[part].tolist(), last[part].tolist(), strict=True)
            ],
            "Company": listed([card.name for card in cards]),
            "Title": _title(draws, found.number, found.seniority),
            "Email": lambda part: [
                f"{slug(FIRST_NAMES[one])}.{slug(LAST_NAMES[two])}@{cards[at].domain}"
                for one, two, at in zip(
                    first[part].tolist(), last[part].tolist(), part.tolist(), strict=True
                )
            ],
            "Phone": listed([card.phone for card in cards]),
            "Website": listed([card.website for card in cards]),
            "Status": coded(lead_status(chunk), STATUSES),
            "LeadSource": coded(found.source, SOURCES),
            "Industry": coded(found.industry, INDUSTRY_NAMES),
            "NumberOfEmployees": plain(found.employees),
            "City": listed([card.city for card in cards]),
            "State": listed([card.state for card in cards]),
            "Country": listed([card.country for card in cards]),
            "IsConverted": plain(converted),
            "ConvertedDate": days(np.where(converted, found.closed_at // DAY, 0)),
            "ConvertedAccountId": refs("Account", pod, np.where(converted, company, -1)),
            "ConvertedContactId": refs("Contact", pod, np.where(converted, company << 4, -1)),
            "ConvertedOpportunityId": refs(
                "Opportunity", pod, np.where(converted, company << 8, -1)
            ),
            "MasterRecordId": always(None),
            "First_Response_Date__c": moments(chunk.seen(found.answered_at)),
        },
        gone=found.deleted_at,
    )


def _place(chunk: Chunk) -> int:
    return list(MARKETS).index(chunk.setting.org_slug)
