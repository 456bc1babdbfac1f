"""Strangers who ask: when, from where, how fast they were answered, and what became of them."""

from dataclasses import dataclass

import numpy as np

from accounts.connectors.demo.calendar import DAY, HOUR, NEVER, to_working_day, working_moment
from accounts.connectors.demo.draws import Bools, Floats, Ints, logistic
from accounts.connectors.demo.sellers import Sellers
from accounts.connectors.demo.setting import INDUSTRIES, Setting

SOURCES = ("Web", "Event", "Referral", "Partner", "Cold Call", "Content Download")
SOURCE_WEIGHTS = (0.34, 0.14, 0.10, 0.10, 0.14, 0.18)
SOURCE_EFFECT = np.array([0.0, 0.25, 1.1, 0.7, -0.7, -0.5])
SENIORITIES = ("Analyst", "Manager", "Director", "VP", "Chief Officer")
SENIORITY_WEIGHTS = (0.3, 0.33, 0.2, 0.11, 0.06)
SENIORITY_EFFECT = np.array([-0.6, 0.0, 0.4, 0.5, 0.3])
SIZE_EFFECT = np.array([-0.35, 0.25, 0.15])
STATUSES = ("Open", "Working", "Nurturing", "Unqualified", "Converted")
RESPONSES_OF = np.array([0.4, 1.0, 0.2, 0.3, 0.1, 0.8])
MOST_RESPONSES = 3
FREE_MAIL_EFFECT, PHONE_EFFECT, RESPONSE_EFFECT = -0.8, 0.3, 0.45
USUAL_HOURS, HOURS_VARY = 2.0, 1.1  # until it is answered: a logarithm, and its spread
DAYS_BEFORE_END = (3, 8)  # at least, of those that convert and of the others
DAYS_TO_END = 12.0
DAYS_BETWEEN = 20.0
LEAD_BITS = 10


@dataclass(frozen=True)
class Leads:
    number: Ints
    created_at: Ints
    source: Ints
    industry: Ints
    size: Ints
    employees: Ints
    seniority: Ints
    country: Ints
    owner: Ints
    answered_at: Ints
    free_mail: Bools
    has_phone: Bools
    responses: Ints  # to campaigns, before it asked
    known_score: Floats  # without how fast it was answered
    score: Floats
    converts: Bools
    closed_at: Ints
    ends_as: Ints
    deleted_at: Ints

    @property
    def chance(self) -> Floats:
        return logistic(self.score)


def leads_of(setting: Setting, sellers: Sellers, chunk: int, until: int) -> Leads:
    """Those of a chunk that came by `until`; what becomes of them later is told all the same."""
    number, created_at = _arrivals(setting, chunk, until)
    draws = setting.draws
    source = draws.choice("lead source", SOURCE_WEIGHTS, number)
    industry = draws.choice("lead industry", list(INDUSTRIES.values()), number)
    employees = np.exp(4.4 + 1.5 * draws.normal("lead size", number)).astype(np.int64) + 3
    size = size_of(employees)
    seniority = draws.choice("lead title", SENIORITY_WEIGHTS, number)
    hours = np.exp(USUAL_HOURS + HOURS_VARY * draws.normal("lead answer", number))
    free_mail = (size < 2) & draws.happens("lead free mail", np.array([0.3, 0.1])[size % 2], number)
    has_phone = draws.happens("lead phone", 0.8, number)
    responses = draws.poisson("lead responses", RESPONSES_OF[source], number, most=MOST_RESPONSES)
    known_score = (
        -1.5
        + SOURCE_EFFECT[source]
        + SENIORITY_EFFECT[seniority]
        + SIZE_EFFECT[size]
        + FREE_MAIL_EFFECT * free_mail
        + PHONE_EFFECT * has_phone
        + RESPONSE_EFFECT * responses
    )
    score = known_score + answer_effect(hours)
    converts = draws.happens("lead converts", logistic(score), number)
    sellers_here = np.flatnonzero(sellers.sells)
    owner = sellers_here[draws.whole("lead owner", len(sellers_here), number)]
    answered_at = created_at + (hours * HOUR).astype(np.int64)
    days = np.where(converts, *DAYS_BEFORE_END) + (
        draws.exponential("lead days", number) * DAYS_TO_END
    ).astype(np.int64)
    closed_day = to_working_day(answered_at // DAY + days)
    closed_at = closed_day * DAY + 10 * HOUR + draws.whole("lead hour", 6 * HOUR, number)
    nurtured = draws.happens("lead nurture", 0.45, number)
    deleted = ~converts & draws.happens("lead deleted", 0.015, number)
    return Leads(
        number=number,
        created_at=created_at,
        source=source,
        industry=industry,
        size=size,
        employees=employees,
        seniority=seniority,
        country=draws.choice("lead country", country_weights(setting), number),
        owner=sellers.in_charge(owner, created_at),
        answered_at=answered_at,
        free_mail=free_mail,
        has_phone=has_phone,
        responses=responses,
        known_score=known_score,
        score=score,
        converts=converts,
        closed_at=closed_at,
        ends_as=np.where(converts, 4, np.where(nurtured, 2, 3)),
        deleted_at=np.where(deleted, closed_at + 5 * DAY, NEVER),
    )


def answer_effect(hours: Floats) -> Floats:
    return np.asarray(-0.38 * np.log(hours / 8.0))


def _arrivals(setting: Setting, chunk: int, until: int) -> tuple[Ints, Ints]:
    first, last = setting.span(setting.lead_sources, chunk)
    sources = (chunk << 9) + np.arange(last - first)
    day = setting.first_day + DAYS_BETWEEN * setting.draws.uniform("lead first", sources)
    numbers, moments = [sources[:0]], [sources[:0]]
    for nth in range(1 << LEAD_BITS):
        number = (sources << LEAD_BITS) + nth
        whole = to_working_day(day.astype(np.int64))
        share = setting.draws.uniform("lead moment", number)
        moment = working_moment(whole, np.zeros_like(whole), share)
        come = moment <= until
        if not come.any():
            break
        numbers.append(number[come])
        moments.append(moment[come])
        day = day + DAYS_BETWEEN * setting.draws.exponential("lead gap", number)
    number, moment = np.concatenate(numbers), np.concatenate(moments)
    order = np.argsort(number)
    return number[order], moment[order]


def size_of(employees: Ints) -> Ints:
    return np.asarray((employees >= 100).astype(np.int64) + (employees >= 1_000))


def country_weights(setting: Setting) -> list[float]:
    return [share for region in setting.market.regions.values() for share in region.values()]
