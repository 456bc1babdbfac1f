"""Case: the less content a customer, the more of them, the graver and the longer."""

from typing import TYPE_CHECKING

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import DAY, HOUR, to_working_day
from accounts.connectors.demo.chunk import latest
from accounts.connectors.demo.columns import (
    Table,
    Values,
    coded,
    heads,
    listed,
    moments,
    plain,
    refs,
)
from accounts.connectors.demo.contacts import contacts_a_company
from accounts.connectors.demo.draws import Ints, logistic
from accounts.connectors.demo.satisfaction import MONTH, month_begins
from accounts.connectors.demo.texts.english import CASES

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene

MOST_A_MONTH = 7
SUBJECTS = tuple(CASES)
SUBJECT_WEIGHTS = (0.2, 0.16, 0.1, 0.15, 0.2, 0.1, 0.06, 0.03)
PRIORITIES = ("Low", "Medium", "High")
SUPPORT = 1  # who answers: the administrator of the org


def cases(scene: "Scene") -> Table:
    chunk, setting = scene.chunk, scene.chunk.setting
    companies, pod, draws = chunk.companies, setting.pod, setting.draws
    account, month, number, at = _arrivals(scene)
    unwell = logistic(-1.4 * chunk.satisfaction.health[account, month] - 1.1)
    priority = draws.uniform("case priority", number)
    grave = np.where(priority < 0.35 * unwell, 2, np.where(priority < 0.3 + 0.4 * unwell, 1, 0))
    length = np.exp(0.4 + 0.9 * unwell + 0.25 * grave + draws.normal("case length", number)) * DAY
    closed = at + np.maximum(length, HOUR).astype(np.int64)
    is_closed = closed <= chunk.until
    stamps = latest(at, closed, until=chunk.until)
    person = draws.whole("case of", 64, number) % contacts_a_company(setting, companies)[account]
    contact = (companies.number[account] << 4) + person
    subject = draws.choice("case subject", SUBJECT_WEIGHTS, number)
    escalated = draws.happens("escalated", np.where(grave == 2, 0.35, 0.05), number)
    return Table(
        number,
        stamps,
        {
            **heads("Case", pod, number, created=at, stamps=stamps),
            "AccountId": refs("Account", pod, companies.number[account]),
            "ContactId": refs("Contact", pod, contact),
            "OwnerId": refs("User", pod, np.full(len(number), SUPPORT)),
            "CaseNumber": lambda chosen: [f"{each:012d}" for each in number[chosen].tolist()],
            "Subject": coded(subject, SUBJECTS),
            "Description": _descriptions(scene, account, number, at, contact, subject),
            "Status": coded(is_closed.astype(np.int64), ("Working", "Closed")),
            "Priority": coded(grave, PRIORITIES),
            "Origin": coded(draws.whole("case origin", 3, number), ("Web", "Email", "Phone")),
            "Type": listed([TYPE_OF[SUBJECTS[each]] for each in subject.tolist()]),
            "ClosedDate": moments(np.where(is_closed, closed, 0)),
            "IsClosed": plain(is_closed),
            "IsEscalated": plain(escalated),
        },
    )


TYPE_OF = {
    "Cannot sign in": "Problem",
    "Report is slow": "Problem",
    "Wrong invoice": "Billing",
    "Export fails": "Problem",
    "How do I …?": "Question",
    "Data missing": "Problem",
    "Outage": "Problem",
    "Cancellation question": "Contract",
}


def _arrivals(scene: "Scene") -> tuple[Ints, Ints, Ints, Ints]:
    chunk, customers, draws = scene.chunk, scene.customers, scene.chunk.setting.draws
    companies, health = chunk.companies, chunk.satisfaction.health
    every = (companies.number[:, None], np.arange(health.shape[1])[None, :])
    mean = e.CASES_A_MONTH[companies.size][:, None] * np.exp(e.HEALTH_ON_CASES * health)
    counts = draws.poisson("cases", mean, *every, most=MOST_A_MONTH)
    account, month = np.nonzero(counts)
    many = counts[account, month]
    account, month = np.repeat(account, many), np.repeat(month, many)
    nth = np.arange(len(account)) - np.repeat(np.cumsum(many) - many, many)
    number = (companies.number[account] << 16) + (month << 4) + nth
    begins = month_begins(chunk.setting, health.shape[1])[month]
    day = to_working_day(begins // DAY + draws.whole("case day", MONTH - 2, number))
    at = day * DAY + 8 * HOUR + draws.whole("case hour", 9 * HOUR, number)
    stays = (at < customers.churned_at[account]) | (at > customers.back_at[account])
    here = np.flatnonzero((at <= chunk.until) & (at > customers.since[account]) & stays)
    return account[here], month[here], number[here], at[here]


def _descriptions(
    scene: "Scene", account: Ints, number: Ints, at: Ints, contact: Ints, subject: Ints
) -> Values:
    def values(chosen: Ints) -> list[str]:
        facts = scene.writer.facts(
            account=account[chosen],
            number=number[chosen],
            at=at[chosen],
            contact=contact[chosen],
            owner=np.full(len(chosen), SUPPORT),
        )
        return [
            CASES[SUBJECTS[about]].format_map(known)
            for about, known in zip(subject[chosen].tolist(), facts, strict=True)
        ]

    return values
