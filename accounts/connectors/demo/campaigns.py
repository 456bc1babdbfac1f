"""Campaign and CampaignMember: what strangers answered to before they asked."""

import numpy as np

from accounts.connectors.demo.calendar import DAY, HOUR
from accounts.connectors.demo.chunk import Chunk
from accounts.connectors.demo.columns import (
    Table,
    coded,
    days,
    heads,
    listed,
    plain,
    refs,
)
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.leads import MOST_RESPONSES
from accounts.connectors.demo.setting import Setting

EVERY_DAYS, LENGTH_DAYS, PLANNED_DAYS = 30, 90, 20
BEFORE_BEGIN_DAYS = 150
KINDS = ("Webinar", "Conference", "E-mail", "Content", "Partner Event")
TOPICS = (
    "Forecasts that hold", "From spreadsheets to one pipeline", "Closing the quarter calmly",
    "Clean data in ninety days", "Field teams without paper", "What auditors ask for",
    "Buying committees, understood", "Renewals before they are due",
)  # fmt: skip
ANSWERS = ("Sent", "Responded", "Attended", "Downloaded", "Registered")


def _begins(setting: Setting, number: Ints) -> Ints:
    return np.asarray(setting.first_day - BEFORE_BEGIN_DAYS + EVERY_DAYS * number, dtype=np.int64)


def campaigns(setting: Setting, until: int) -> Table:
    count = (until // DAY - setting.first_day + BEFORE_BEGIN_DAYS + PLANNED_DAYS) // EVERY_DAYS + 1
    numbers = np.arange(max(count, 1))
    created = (_begins(setting, numbers) - PLANNED_DAYS) * DAY + 10 * HOUR
    numbers, created = numbers[created <= until], created[created <= until]
    begins = _begins(setting, numbers)
    ended = begins + LENGTH_DAYS <= until // DAY
    stamps = np.where(ended, (begins + LENGTH_DAYS) * DAY, created)
    kind = setting.draws.whole("campaign", len(KINDS), numbers)
    names = [
        f"{KINDS[of]}: {TOPICS[number % len(TOPICS)]} #{number // len(TOPICS) + 1}"
        for number, of in zip(numbers.tolist(), kind.tolist(), strict=True)
    ]
    return Table(
        numbers,
        stamps,
        {
            **heads("Campaign", setting.pod, numbers, created=created, stamps=stamps),
            "Name": listed(names),
            "OwnerId": refs("User", setting.pod, np.ones(len(numbers), dtype=np.int64)),
            "Type": coded(kind, KINDS),
            "Status": coded(ended.astype(np.int64), ("In Progress", "Completed")),
            "IsActive": plain(~ended),
            "StartDate": days(begins),
            "EndDate": days(begins + LENGTH_DAYS),
        },
    )


def members(chunk: Chunk) -> Table:
    """Each response of a lead, and now and then a campaign that left it cold."""
    leads, setting, draws = chunk.leads, chunk.setting, chunk.setting.draws
    cold = draws.happens("campaign cold", 0.35, leads.number)
    counts = leads.responses + cold
    lead = np.repeat(np.arange(len(counts)), counts)
    slot = np.arange(len(lead)) - np.repeat(np.cumsum(counts) - counts, counts)
    responded = slot < leads.responses[lead]
    number = leads.number[lead] * (MOST_RESPONSES + 1) + slot
    day = leads.created_at[lead] // DAY
    latest = (day - setting.first_day + BEFORE_BEGIN_DAYS) // EVERY_DAYS
    at = leads.created_at[lead] + 60 * (1 + slot)
    here = np.flatnonzero(at <= chunk.until)
    lead, slot, number, at = lead[here], slot[here], number[here], at[here]
    responded = responded[here]
    answer = 1 + draws.whole("campaign answer", len(ANSWERS) - 1, number)
    ago = draws.whole("campaign ago", 25, number)
    return Table(
        number,
        at,
        {
            **heads("CampaignMember", setting.pod, number, created=at, stamps=at),
            "CampaignId": refs("Campaign", setting.pod, latest[here] - slot),
            "LeadId": refs("Lead", setting.pod, leads.number[lead]),
            "Status": coded(np.where(responded, answer, 0), ANSWERS),
            "HasResponded": plain(responded),
            "FirstRespondedDate": days(np.where(responded, day[here] - ago, 0)),
        },
        gone=leads.deleted_at[lead],
    )
