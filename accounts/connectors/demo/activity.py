"""Tasks, calls, meetings and e-mails: of deals, of the care for customers, and of leads."""

from dataclasses import dataclass

import numpy as np

from accounts.connectors.demo.calendar import DAY, HOUR, NEVER, to_working_day
from accounts.connectors.demo.chunk import Chunk
from accounts.connectors.demo.companies import account_of_lead
from accounts.connectors.demo.contacts import contact_numbers, contacts_a_company
from accounts.connectors.demo.deals import ROLES
from accounts.connectors.demo.draws import Bools, Floats, Ints, logistic
from accounts.connectors.demo.satisfaction import visits_of

TASK, CALL, MEETING, EMAIL = range(4)
KIND_WEIGHTS = (0.22, 0.2, 0.18, 0.4)
# An activity's number: its account, of a deal or care or a lead, and which of those.
ACCOUNT_BITS, DEAL_BITS = 22, 12
CARE, OF_LEAD = 1 << 20, 2 << 20
MOST_OF_LEAD = 6


@dataclass(frozen=True)
class Activities:
    """`deal`, `lead` and `care` are -1 where it is about none; so is `contact` of a lead."""

    number: Ints
    account: Ints
    deal: Ints
    lead: Ints
    care: Ints
    kind: Ints
    created_at: Ints
    happens_at: Ints
    done_at: Ints
    contact: Ints  # a contact's number
    incoming: Bools
    owner: Ints
    stage: Ints
    mood: Floats

    def take(self, chosen: Ints) -> "Activities":
        return Activities(
            **{name: getattr(self, name)[chosen] for name in self.__dataclass_fields__}
        )


def activities_of(chunk: Chunk) -> Activities:
    parts = [_of_deals(chunk), _of_care(chunk), _of_leads(chunk)]
    whole = Activities(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in Activities.__dataclass_fields__
        }
    )
    return whole.take(np.argsort(whole.number))


def _of_deals(chunk: Chunk) -> Activities:
    touches, deals, draws = chunk.story.touches, chunk.deals, chunk.setting.draws
    kept = deals.deleted_at[touches.deal] == NEVER
    now = np.flatnonzero(kept & (touches.at <= chunk.until))
    deal, at = touches.deal[now], touches.at[now]
    account = deals.account[deal]
    number = chunk.companies.number[account] << ACCOUNT_BITS
    number = number + (deals.nth[deal] << DEAL_BITS) + touches.slot[now]
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
        account=account,
        deal=deal,
        lead=np.full(len(number), -1),
        care=np.full(len(number), -1),
        kind=kind,
        created_at=at,
        happens_at=happens_at,
        done_at=happens_at + np.where(in_advance, HOUR, 0) + late.astype(np.int64),
        contact=contact_numbers(chunk.companies, account, nth),
        incoming=incoming,
        owner=touches.owner[now],
        stage=touches.stage[now],
        mood=health,
    )


def _of_care(chunk: Chunk) -> Activities:
    """Visits to customers and to those who may become some, whatever deal is open."""
    companies, setting = chunk.companies, chunk.setting
    visits = visits_of(setting, companies, chunk.satisfaction, chunk.until)
    own = companies.number[visits.account]
    number = (own << ACCOUNT_BITS) + CARE + (visits.month << 4) + visits.nth
    people = contacts_a_company(setting, companies)[visits.account]
    nth = setting.draws.whole("care with", 1_000, number) % people
    none = np.full(len(number), -1)
    return Activities(
        number=number,
        account=visits.account,
        deal=none,
        lead=none,
        care=visits.kind,
        kind=np.where(visits.kind == 0, CALL, MEETING),
        created_at=visits.at,
        happens_at=visits.at,
        done_at=visits.at,
        contact=contact_numbers(companies, visits.account, nth),
        incoming=np.zeros(len(number), dtype=bool),
        owner=chunk.sellers.in_charge(companies.owner[visits.account], visits.at),
        stage=none,
        mood=chunk.satisfaction.health[visits.account, visits.month],
    )


def _of_leads(chunk: Chunk) -> Activities:
    """The first answer and what follows until it is decided; more for those that look well."""
    leads, draws = chunk.leads, chunk.setting.draws
    eager = np.exp(-0.3 + 0.35 * (leads.score + 1.2))
    counts = 1 + draws.poisson("lead calls", eager, leads.number, most=MOST_OF_LEAD - 1)
    lead = np.repeat(np.arange(len(counts)), counts)
    nth = np.arange(len(lead)) - np.repeat(np.cumsum(counts) - counts, counts)
    own = account_of_lead(leads.number[lead])
    number = (own << ACCOUNT_BITS) + OF_LEAD + nth
    length = leads.closed_at[lead] - leads.answered_at[lead]
    share = np.where(nth == 0, 0.0, draws.uniform("lead call", number))
    at = leads.answered_at[lead] + (share * length).astype(np.int64)
    came = np.flatnonzero((at <= chunk.until) & (leads.deleted_at[lead] == NEVER))
    lead, at, number = lead[came], at[came], number[came]
    none = np.full(len(number), -1)
    return Activities(
        number=number,
        account=none,
        deal=none,
        lead=lead,
        care=none,
        kind=draws.choice("lead call kind", (0.35, 0.65), number),
        created_at=at,
        happens_at=at,
        done_at=at,
        contact=none,
        incoming=np.zeros(len(number), dtype=bool),
        owner=leads.owner[lead],
        stage=none,
        mood=leads.score[lead] + 1.2,
    )


def last_days(activities: Activities, places: Ints, count: int, until: int) -> Ints:
    """The last moment at which something was done, by place; 0 for none."""
    found = np.zeros(count, dtype=np.int64)
    done = (activities.done_at <= until) & (places >= 0)
    np.maximum.at(found, places[done], activities.done_at[done])
    return found
