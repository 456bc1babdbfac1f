"""What showing suggestions does: those shown beside those held out, or that it is too early."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from crosssell.models import CrosssellPolicy, Recommendation
from crosssell.policy import policy_of
from crosssell.uplift.power import held_out_needed, worth_finding
from crosssell.uplift.proportions import (
    Difference,
    Sides,
    design_effect,
    difference_of_means,
    difference_of_shares,
)
from crosssell.uplift.reading import Kind, Waiting, answers_of, sides_by_kind, waiting_of
from revenue.users.models import Org

FEWEST = 50  # on either side, and in as many accounts as FEWEST_ACCOUNTS
FEWEST_ACCOUNTS = 30
FEWEST_BOUGHT = 10  # on both sides together
USUAL_BASE = 0.02  # where too little was bought to say what is bought anyway
WIDEST_RATIO = 99.0
LEAST_PACE_DAYS = 28


@dataclass(frozen=True)
class Measured:
    """One comparison in figures; `shares` and `money` are there where it is not too early."""

    title: str
    shown: int
    held: int
    share_shown: float
    share_held: float
    shares: Difference | None
    money: Difference | None

    @property
    def is_early(self) -> bool:
        return self.shares is None


@dataclass(frozen=True)
class Needed:
    """What it takes to say something: so many held out, of which so many are there."""

    held: int
    there: int
    difference: float
    by: datetime | None  # at the pace of now

    @property
    def missing(self) -> int:
        return max(0, self.held - self.there)


@dataclass(frozen=True)
class Answered:
    title: str
    count: int
    bought: int

    @property
    def share(self) -> float | None:
        return self.bought / self.count if self.count else None


@dataclass(frozen=True)
class Uplift:
    horizon_days: int
    is_held_out: bool  # whether the policy holds any out
    whole: Measured
    by_kind: tuple[Measured, ...]
    needed: Needed | None
    answered: tuple[Answered, ...]


def uplift_of(org: Org, *, at: datetime) -> Uplift:
    policy = policy_of(org)
    days = policy.horizon_days
    whole, by_kind = sides_by_kind(org, at=at, horizon_days=days)
    waiting = waiting_of(org, at=at, horizon_days=days)
    measured = measure("All suggestions", whole)
    kinds = dict(Recommendation.Kind.choices)
    unsure = measured.shares is None or not measured.shares.is_sure
    return Uplift(
        horizon_days=days,
        is_held_out=policy.held_out > 0,
        whole=measured,
        by_kind=tuple(measure(str(kinds[name]), each) for name, each in by_kind.items()),
        needed=needed_of(whole, waiting, policy=policy, at=at) if unsure else None,
        answered=answered_of(answers_of(org, at=at, horizon_days=days)),
    )


def measure(title: str, kind: Kind) -> Measured:
    shown, held = kind.shown, kind.held
    early = is_early(shown, held)
    return Measured(
        title=title,
        shown=int(shown.count),
        held=int(held.count),
        share_shown=shown.share,
        share_held=held.share,
        shares=None if early else difference_of_shares(shown, held),
        money=None if early else difference_of_means(shown, held),
    )


def is_early(shown: Sides, held: Sides) -> bool:
    """So few that an interval would say nothing, or point at single accounts."""
    few = min(shown.count, held.count) < FEWEST
    accounts = min((shown.rows > 0).sum(), (held.rows > 0).sum()) < FEWEST_ACCOUNTS
    return bool(few or accounts or shown.bought.sum() + held.bought.sum() < FEWEST_BOUGHT)


def needed_of(
    whole: Kind, waiting: Waiting, *, policy: CrosssellPolicy, at: datetime
) -> Needed | None:
    """Planned by what is known of the share that is bought anyway; of nothing, by a usual one."""
    if policy.held_out <= 0:
        return None
    shown, held = whole.shown, whole.held
    bought, count = shown.bought.sum() + held.bought.sum(), shown.count + held.count
    base = float(bought / count) if bought >= FEWEST_BOUGHT else USUAL_BASE
    effect = design_effect(shown) if bought >= FEWEST_BOUGHT else 1.0
    ratio = min(WIDEST_RATIO, (1 - policy.held_out) / policy.held_out)
    difference = worth_finding(base)
    found = held_out_needed(base=base, difference=difference, ratio=ratio, effect=effect)
    there = int(held.count)
    return Needed(
        held=max(found, FEWEST),
        there=there,
        difference=difference,
        by=ready_by(max(found, FEWEST) - there, waiting, at=at, horizon_days=policy.horizon_days),
    )


def ready_by(missing: int, waiting: Waiting, *, at: datetime, horizon_days: int) -> datetime | None:
    """When so many more have run their time, at the pace of those that run now.

    The first are all suggested on one day, which is no pace yet.
    """
    if missing <= 0 or not waiting.held or waiting.since is None:
        return None
    days = (at - waiting.since) / timedelta(days=1)
    if days < LEAST_PACE_DAYS:
        return None
    more = days * max(0, missing - waiting.held) / waiting.held
    return at + timedelta(days=min(3650.0, more + horizon_days))


def answered_of(found: Mapping[str, tuple[int, int]]) -> tuple[Answered, ...]:
    titles = {"accepted": "Accepted", "nothing": "No answer", "dismissed": "Dismissed"}
    return tuple(Answered(titles[name], *found[name]) for name in titles if name in found)
