"""Contact."""

from typing import TYPE_CHECKING

import numpy as np

from accounts.connectors.demo.activity import last_days
from accounts.connectors.demo.calendar import DAY, NEVER
from accounts.connectors.demo.chunk import latest
from accounts.connectors.demo.columns import (
    Table,
    always,
    coded,
    days,
    heads,
    listed,
    plain,
    refs,
)
from accounts.connectors.demo.contacts import known_since, left_at, seniority_of
from accounts.connectors.demo.people_names import DEPARTMENTS, title

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene


def contacts(scene: "Scene") -> Table:
    chunk, cards, activities = scene.chunk, scene.cards, scene.activities
    companies, setting, until = chunk.companies, chunk.setting, chunk.until
    pod, draws, people = setting.pod, setting.draws, scene.people
    number, account, nth = scene.contact_numbers, scene.contact_account, scene.contact_nth
    created_at = known_since(setting, companies, account, nth)
    left = left_at(setting, companies, account, nth)
    place = np.minimum(np.searchsorted(number, activities.contact), len(number) - 1)
    place = np.where(number[place] == activities.contact, place, -1)
    touched = last_days(activities, place, len(number), until)
    merged = companies.merged_at[account]
    # Whoever belonged to an account that was merged away belongs to the one that stays.
    stays = np.where(
        (companies.twin_of[account] >= 0) & (merged <= until), companies.twin_of[account], account
    )
    stamps = latest(created_at, touched, merged, left, until=until)
    seniority = seniority_of(setting, number)
    owner = chunk.sellers.in_charge(companies.owner[account], created_at)
    names = people.full_names()
    emails = [
        f"{box}@{cards[at].domain}"
        for box, at in zip(people.mailbox, account.tolist(), strict=True)
    ]
    here = np.flatnonzero(created_at <= until)
    columns = {
        **heads("Contact", pod, number, created=created_at, stamps=stamps),
        "AccountId": refs("Account", pod, companies.number[stays]),
        "OwnerId": refs("User", pod, owner),
        "FirstName": listed(people.first),
        "LastName": listed(people.last),
        "Name": listed(names),
        "Title": title(draws, number, seniority),
        "Department": coded(draws.whole("department", 5, number), DEPARTMENTS),
        "Email": listed(emails),
        "Phone": listed([cards[at].phone for at in account.tolist()]),
        "LastActivityDate": days(touched // DAY),
        "MasterRecordId": always(None),
        "MailingCity": listed([cards[at].city for at in account.tolist()]),
        "MailingCountry": listed([cards[at].country for at in account.tolist()]),
        "Has_Left__c": plain(left <= until),
        "Left_On__c": days(np.where(left <= until, left // DAY, 0)),
    }
    return Table(number, np.where(created_at <= until, stamps, NEVER), columns).only(here)
