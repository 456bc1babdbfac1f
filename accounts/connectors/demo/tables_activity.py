"""Task, Event and EmailMessage."""

from typing import TYPE_CHECKING

import numpy as np

from accounts.connectors.demo.activity import CALL, EMAIL, MEETING, TASK, Activities
from accounts.connectors.demo.calendar import DAY
from accounts.connectors.demo.chunk import latest
from accounts.connectors.demo.columns import (
    Table,
    Values,
    coded,
    days,
    heads,
    moments,
    plain,
    refs,
)
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.ids import ids
from accounts.connectors.demo.texts.talk import Talk

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene


def tasks(scene: "Scene") -> Table:
    kind = scene.activities.kind
    chosen = scene.activities.take(np.flatnonzero((kind == TASK) | (kind == CALL)))
    until = scene.chunk.until
    done = chosen.done_at <= until
    stamps = latest(chosen.created_at, chosen.done_at, until=until)
    priority = scene.chunk.setting.draws.choice("priority", (0.8, 0.15, 0.05), chosen.number)
    return Table(
        chosen.number,
        stamps,
        _shared("Task", scene, chosen, stamps)
        | {
            "ActivityDate": days(chosen.happens_at // DAY),
            "Status": coded(done.astype(np.int64), ("Not Started", "Completed")),
            "Priority": coded(priority, ("Normal", "High", "Low")),
            "IsClosed": plain(done),
            "TaskSubtype": coded(chosen.kind, ("Task", "Call")),
        },
    )


def events(scene: "Scene") -> Table:
    chosen = scene.activities.take(np.flatnonzero(scene.activities.kind == MEETING))
    # Its notes are written when it is over: a row that changes is stamped anew.
    stamps = latest(chosen.created_at, chosen.happens_at, until=scene.chunk.until)
    length = 30 + 15 * scene.chunk.setting.draws.whole("length", 5, chosen.number)
    return Table(
        chosen.number,
        stamps,
        _shared("Event", scene, chosen, stamps)
        | {
            "ActivityDateTime": moments(chosen.happens_at),
            "DurationInMinutes": plain(length),
        },
    )


def emails(scene: "Scene") -> Table:
    chosen = scene.activities.take(np.flatnonzero(scene.activities.kind == EMAIL))
    chunk, pod = scene.chunk, scene.chunk.setting.pod
    deal = chunk.deals.number[chosen.deal] if len(chosen.deal) else chosen.deal
    said = Said(scene, chosen)
    return Table(
        chosen.number,
        chosen.created_at,
        {
            **heads(
                "EmailMessage",
                pod,
                chosen.number,
                created=chosen.created_at,
                stamps=chosen.created_at,
            ),
            "Subject": said.subjects,
            "TextBody": said.bodies,
            "CreatedById": refs("User", pod, chosen.owner),
            "RelatedToId": refs("Opportunity", pod, deal),
            "MessageDate": moments(chosen.created_at),
            "Incoming": plain(chosen.incoming),
            "Status": coded(chosen.incoming.astype(np.int64), ("3", "1")),
        },
    )


class Said:
    """Subject and body belong together: both are made at once, for the rows that are read."""

    def __init__(self, scene: "Scene", activities: Activities) -> None:
        self.scene, self.activities = scene, activities
        self.known: tuple[bytes, list[tuple[str, str | None]]] = (b"", [])

    def of(self, chosen: Ints) -> list[tuple[str, str | None]]:
        key = chosen.tobytes()
        if self.known[0] != key or not self.known[1]:
            self.known = key, Talk(self.scene).texts(self.activities.take(chosen))
        return self.known[1]

    def subjects(self, chosen: Ints) -> list[str]:
        return [subject for subject, _ in self.of(chosen)]

    def bodies(self, chosen: Ints) -> list[str | None]:
        return [body for _, body in self.of(chosen)]


def _shared(name: str, scene: "Scene", chosen: Activities, stamps: Ints) -> dict[str, Values]:
    pod, said = scene.chunk.setting.pod, Said(scene, chosen)
    companies = scene.chunk.companies
    account = np.where(chosen.account >= 0, companies.number[chosen.account], -1)
    return {
        **heads(name, pod, chosen.number, created=chosen.created_at, stamps=stamps),
        "Subject": said.subjects,
        "Description": said.bodies,
        "OwnerId": refs("User", pod, chosen.owner),
        "AccountId": refs("Account", pod, account),
        "WhatId": _about(scene, chosen, account),
        "WhoId": _with(scene, chosen),
    }


def _about(scene: "Scene", activities: Activities, account: Ints) -> Values:
    """Its deal; of a visit, its account; of a lead, nothing."""
    pod, deals = scene.chunk.setting.pod, scene.chunk.deals
    has_deal = activities.deal >= 0
    deal = deals.number[activities.deal] if len(deals) else activities.deal

    def values(part: Ints) -> list[str | None]:
        of_deal = ids("Opportunity", pod, np.maximum(deal[part], 0))
        of_account = ids("Account", pod, np.maximum(account[part], 0))
        return [
            one if is_deal else other if there else None
            for one, other, is_deal, there in zip(
                of_deal, of_account, has_deal[part].tolist(), account[part] >= 0, strict=True
            )
        ]

    return values


def _with(scene: "Scene", activities: Activities) -> Values:
    pod, leads = scene.chunk.setting.pod, scene.chunk.leads
    lead = leads.number[activities.lead] if len(leads.number) else activities.lead

    def values(part: Ints) -> list[str]:
        contacts = ids("Contact", pod, np.maximum(activities.contact[part], 0))
        strangers = ids("Lead", pod, np.maximum(lead[part], 0))
        return [
            stranger if is_lead else contact
            for contact, stranger, is_lead in zip(
                contacts, strangers, (activities.lead[part] >= 0).tolist(), strict=True
            )
        ]

    return values
