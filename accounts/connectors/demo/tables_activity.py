"""Task, Event and EmailMessage."""

import numpy as np

from accounts.connectors.demo.activity import CALL, EMAIL, MEETING, TASK, Activities
from accounts.connectors.demo.calendar import DAY
from accounts.connectors.demo.chunk import Chunk, latest
from accounts.connectors.demo.columns import (
    Table,
    Values,
    always,
    coded,
    days,
    moments,
    own_ids,
    plain,
    refs,
)
from accounts.connectors.demo.draws import Ints

SUBJECTS = {
    TASK: ("Send proposal draft", "Follow up on open questions", "Prepare business case",
           "Update account plan", "Check references", "Send security questionnaire"),
    CALL: ("Call: introduction", "Call: next steps", "Call: pricing", "Call: check-in"),
    MEETING: ("Discovery meeting", "Demo", "Technical workshop", "Executive briefing",
              "Negotiation round", "On-site visit"),
    EMAIL: ("Re: your questions", "Summary of our meeting", "Offer", "Re: timeline",
            "Introduction", "Re: contract draft", "Case study"),
}  # fmt: skip
BODIES = (
    "Thanks for your time today. As discussed, the next step is on our side.",
    "We looked at the draft with our team and have a few questions about the rollout.",
    "Attached is the summary. Could we find half an hour next week?",
    "Our procurement asks for the terms in writing before the committee meets.",
    "Short update: the budget owner has changed, I will introduce you.",
    "The pilot users are happy so far; two of them miss an export.",
)


def tasks(chunk: Chunk, activities: Activities) -> Table:
    chosen = np.flatnonzero((activities.kind == TASK) | (activities.kind == CALL))
    done_at = activities.done_at[chosen]
    done = done_at <= chunk.until
    columns, stamps = _shared("Task", chunk, activities, chosen, done_at)
    return Table(
        activities.number[chosen],
        stamps,
        columns
        | {
            "ActivityDate": days(activities.happens_at[chosen] // DAY),
            "Status": coded(done.astype(np.int64), ("Not Started", "Completed")),
            "Priority": coded(chunk.setting.draws.choice(
                "priority", (0.8, 0.15, 0.05), activities.number[chosen]
            ), ("Normal", "High", "Low")),
            "IsClosed": plain(done),
            "TaskSubtype": coded(activities.kind[chosen], ("Task", "Call")),
        },
    )  # fmt: skip


def events(chunk: Chunk, activities: Activities) -> Table:
    chosen = np.flatnonzero(activities.kind == MEETING)
    columns, stamps = _shared("Event", chunk, activities, chosen, None)
    length = 30 + 15 * chunk.setting.draws.whole("length", 5, activities.number[chosen])
    return Table(
        activities.number[chosen],
        stamps,
        columns
        | {
            "ActivityDateTime": moments(activities.happens_at[chosen]),
            "DurationInMinutes": plain(length),
        },
    )


def emails(chunk: Chunk, activities: Activities) -> Table:
    chosen = np.flatnonzero(activities.kind == EMAIL)
    pod, number, at = chunk.setting.pod, activities.number[chosen], activities.created_at[chosen]
    incoming = activities.incoming[chosen]
    return Table(
        number,
        at,
        {
            "Id": own_ids("EmailMessage", pod, number),
            "CreatedDate": moments(at),
            "SystemModstamp": moments(at),
            "Subject": _words(chunk, activities, chosen),
            "TextBody": _body(chunk, number),
            "CreatedById": refs("User", pod, activities.owner[chosen]),
            "RelatedToId": refs("Opportunity", pod, chunk.deals.number[activities.deal[chosen]]),
            "MessageDate": moments(at),
            "Incoming": plain(incoming),
            "Status": coded(incoming.astype(np.int64), ("3", "1")),
        },
    )


def _shared(
    name: str, chunk: Chunk, activities: Activities, chosen: Ints, done_at: Ints | None
) -> tuple[dict[str, Values], Ints]:
    pod, number = chunk.setting.pod, activities.number[chosen]
    created = activities.created_at[chosen]
    stamps = created if done_at is None else latest(created, done_at, until=chunk.until)
    deal = activities.deal[chosen]
    return {
        "Id": own_ids(name, pod, number),
        "CreatedDate": moments(created),
        "SystemModstamp": moments(stamps),
        "Subject": _words(chunk, activities, chosen),
        "Description": always(None),
        "OwnerId": refs("User", pod, activities.owner[chosen]),
        "AccountId": refs("Account", pod, chunk.companies.number[chunk.deals.account[deal]]),
        "WhatId": refs("Opportunity", pod, chunk.deals.number[deal]),
        "WhoId": refs("Contact", pod, activities.contact[chosen]),
    }, stamps


def _words(chunk: Chunk, activities: Activities, chosen: Ints) -> Values:
    words = [subject for subjects in SUBJECTS.values() for subject in subjects]
    sizes = np.array([len(subjects) for subjects in SUBJECTS.values()])
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    kind = activities.kind[chosen]
    drawn = chunk.setting.draws.uniform("subject", activities.number[chosen])
    return coded(first[kind] + (drawn * sizes[kind]).astype(np.int64), words)


def _body(chunk: Chunk, number: Ints) -> Values:
    return coded(chunk.setting.draws.whole("body", len(BODIES), number), BODIES)
