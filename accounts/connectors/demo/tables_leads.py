"""Lead."""

from typing import TYPE_CHECKING

import numpy as np

from accounts.connectors.demo.calendar import DAY
from accounts.connectors.demo.chunk import Chunk, latest
from accounts.connectors.demo.columns import (
    Table,
    always,
    coded,
    days,
    heads,
    listed,
    moments,
    plain,
    refs,
)
from accounts.connectors.demo.companies import account_of_lead
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.leads import SOURCES, STATUSES
from accounts.connectors.demo.people_names import title
from accounts.connectors.demo.setting import INDUSTRY_NAMES

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene

FREE_MAIL = "freemail.example"


def lead_status(chunk: Chunk) -> Ints:
    leads = chunk.leads
    answered = (leads.answered_at <= chunk.until).astype(np.int64)
    return np.where(leads.closed_at <= chunk.until, leads.ends_as, answered)


def leads(scene: "Scene") -> Table:
    chunk, people, cards = scene.chunk, scene.lead_people, scene.lead_cards
    found, pod, draws = chunk.leads, chunk.setting.pod, chunk.setting.draws
    converted = found.converts & (found.closed_at <= chunk.until)
    company = account_of_lead(found.number)
    touched = np.zeros(len(found.number), dtype=np.int64)
    activities = scene.activities
    of_lead = np.flatnonzero(activities.lead >= 0)
    np.maximum.at(touched, activities.lead[of_lead], activities.done_at[of_lead])
    stamps = latest(
        found.created_at, found.answered_at, found.closed_at, touched, until=chunk.until
    )
    industry = np.where(draws.happens("lead says industry", 0.88, found.number), found.industry, -1)
    emails = [
        f"{box}@{FREE_MAIL if free else card.domain}"
        for box, card, free in zip(people.mailbox, cards, found.free_mail.tolist(), strict=True)
    ]
    return Table(
        found.number,
        stamps,
        {
            **heads("Lead", pod, found.number, created=found.created_at, stamps=stamps),
            "OwnerId": refs("User", pod, found.owner),
            "FirstName": listed(people.first),
            "LastName": listed(people.last),
            "Name": listed(people.full_names()),
            "Company": listed([card.name for card in cards]),
            "Title": title(draws, found.number, found.seniority),
            "Email": listed(emails),
            "Phone": listed([
                (card.phone or None) if has else None
                for card, has in zip(cards, found.has_phone.tolist(), strict=True)
            ]),
            "Website": listed([
                None if free else card.website
                for card, free in zip(cards, found.free_mail.tolist(), strict=True)
            ]),
            "Status": coded(lead_status(chunk), STATUSES),
            "LeadSource": coded(found.source, SOURCES),
            "Industry": coded(industry, INDUSTRY_NAMES),
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
            "LastActivityDate": days(touched // DAY),
            "MasterRecordId": always(None),
            "First_Response_Date__c": moments(chunk.seen(found.answered_at)),
        },
        gone=found.deleted_at,
    )  # fmt: skip
