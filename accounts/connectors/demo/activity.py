"""Tasks, calls, meetings and e-mails, made of the touches of deals."""

from dataclasses import dataclass

import numpy as np

from accounts.connectors.demo.calendar import DAY, HOUR, NEVER, to_working_day
from accounts.connectors.demo.chunk import Chunk
from accounts.connectors.demo.contacts import contact_numbers
from accounts.connectors.demo.deals import ROLES
from accounts.connectors.demo.draws import Bools, Ints, logistic

TASK, CALL, MEETING, EMAIL = range(4)
KIND_WEIGHTS = (0.22, 0.2, 0.18, 0.4)
ACTIVITY_BITS = 12


@dataclass(frozen=True)
class Activities:
    number: Ints
    deal: Ints
    kind: Ints
    created_at: Ints
    happens_at: Ints
    done_at: Ints
    contact: Ints  # a contact's number
    incoming: Bools
    owner: Ints
    stage: Ints


def activities_of(chunk: Chunk) -> Activities:
    touches, deals, draws = chunk.story.touches, chunk.deals, chunk.setting.draws
    kept = deals.deleted_at[touches.deal] == NEVER
    now = np.flatnonzero(kept & (touches.at <= chunk.until))
    deal, at = touches.deal[now], touches.at[now]
    number = (deals.number[deal] << ACTIVITY_BITS) + touches.slot[now]
    kind = draws.choice("kind", KIND_WEIGHTS, number)
    ahead = 1 + draws.whole("ahead", 9, number)
    planned_day = to_working_day(at // DAY + ahead)
    planned = planned_day * DAY + 9 * HOUR + draws.whole("planned hour", 16, number) * HOUR // 2
    in_advance = (kind == MEETING) | ((kind == TASK) & draws.happens("in advance", 0.5, number))
    happens_at = np.where(in_advance, planned, at)
    slot = draws.whole("with", ROLES, number)
    joined = deals.role_at[deal, slot] <= at
    nth = deals.role_contact[deal, np.where(joined, slot, 0)]
    health = touches.health[now]
    incoming = (kind == EMAIL) & draws.happens("incoming", logistic(0.75 * health - 0.15), number)
    late = draws.exponential("late", number) * DAY * (kind == TASK)
    return Activities(
        number=number,
        deal=deal,
        kind=kind,
        created_at=at,
        happens_at=happens_at,
        done_at=happens_at + np.where(in_advance, HOUR, 0) + late.astype(np.int64),
        contact=contact_numbers(chunk.companies, deals.account[deal], nth),
        incoming=incoming,
        owner=touches.owner[now],
        stage=touches.stage[now],
    )


def last_days(chunk: Chunk, activities: Activities, places: Ints, count: int) -> Ints:
    """The last moment at which something was done, by place; 0 for none."""
    found = np.zeros(count, dtype=np.int64)
    done = activities.done_at <= chunk.until
    np.maximum.at(found, places[done], activities.done_at[done])
    return found
