"""An org's customers, sellers and types of action as the problem that is solved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import Max, Sum

from accounts.models import Account, CrmUser, Opportunity
from crosssell.allocation.limits import Limits
from crosssell.allocation.problem import NOBODY, Lock, Pools, Problem
from crosssell.allocation.types import types_of
from crosssell.models import ActionType, ExpansionScore, Recommendation
from revenue.ml.arrays import Flags, Floats, Ints, floats
from revenue.users.models import Org

EXPANSION, SUGGESTIONS, WON = "expansion", "suggestions", "won"
SOURCES = {
    EXPANSION: "what each customer is expected to bring",
    SUGGESTIONS: "the sum of what is suggested to each customer",
    WON: "what customers of the same industry have brought a year, on average",
}


# Facts about customers by which they may be strategic, as people call them.
FACTS = {"industry": "Industry", "kind": "Type", "rating": "Rating", "country": "Country"}


class NothingToAllocateError(Exception):
    """No customer or no seller; the message says what is missing."""


@dataclass(frozen=True, eq=False)
class Asked:
    org: Org
    limits: Limits
    types: Sequence[ActionType]
    accounts: Sequence[str]
    names: Sequence[str]
    values: Floats
    sellers: Sequence[str]
    seller_names: Sequence[str]
    teams: Sequence[str]
    source: str
    as_of: datetime | None
    problem: Problem


def asked_of(org: Org, limits: Limits) -> Asked:
    types = types_of(org)
    if not types:
        raise NothingToAllocateError("Switch on at least one type of action.")
    frame, source, as_of = customers(org)
    sellers = sellers_of(org)
    if frame.empty:
        raise NothingToAllocateError("There are no customers yet: sync or import accounts first.")
    if not sellers:
        raise NothingToAllocateError(
            "No active user of the CRM owns a customer: give the accounts owners there."
        )
    frame["is_strategic"] = strategic_by_rule(frame, limits)
    named = {*limits.strategic_refs, *(lock.account for lock in limits.locks)}
    is_named = frame["ref"].isin(named) | frame["is_strategic"]
    largest = frame[~is_named].head(max(limits.customers - int(is_named.sum()), 0))
    chosen = pd.concat([frame[is_named], largest]).sort_values(
        ["value", "ref"], ascending=[False, True]
    )
    return asked_among(org, limits, types, chosen, sellers, source=source, as_of=as_of)


def asked_among(
    org: Org,
    limits: Limits,
    types: Sequence[ActionType],
    chosen: pd.DataFrame,
    sellers: Sequence[CrmUser],
    *,
    source: str,
    as_of: datetime | None,
) -> Asked:
    refs, values = chosen["ref"].tolist(), floats(chosen["value"])
    seller_refs = [seller.external_id for seller in sellers]
    at = {ref: place for place, ref in enumerate(seller_refs)}
    owner = np.array([at.get(ref, NOBODY) for ref in chosen["owner_ref"]], np.int64)
    keys = [one.key for one in types]
    problem = Problem(
        gains=values[:, None] * np.array([one.lift for one in types]),
        fades=np.array([one.fades for one in types]),
        hours=np.array([one.hours for one in types]),
        pools=pools_of(owner, sellers, shares=limits.shares_territory),
        capacity=np.array([limits.hours_of.get(ref, limits.hours) for ref in seller_refs]),
        owner=owner,
        each=limits.each,
        total=limits.total,
        quotas=np.array([quota_of(one, limits) for one in types]),
        cover=cover_of(refs, owner, limits, by_rule=chosen["is_strategic"].to_numpy(bool)),
        locks=locks_of(limits, refs=refs, keys=keys, sellers=at),
        excluded=excluded_of(limits, refs=refs, keys=keys),
    )
    return Asked(
        org=org,
        limits=limits,
        types=types,
        accounts=refs,
        names=chosen["name"].tolist(),
        values=values,
        sellers=seller_refs,
        seller_names=[seller.name or seller.external_id for seller in sellers],
        teams=[team_of(seller) for seller in sellers],
        source=source,
        as_of=as_of,
        problem=problem,
    )


def customers(org: Org) -> tuple[pd.DataFrame, str, datetime | None]:
    """Each account with what it is worth, the most first, by the best that is known of any."""
    rows = Account.objects.of(org).present().filter(merged_into_ref=None)
    frame = pd.DataFrame(
        rows.values_list("external_id", "name", "owner_ref", *FACTS),
        columns=["ref", "name", "owner_ref", *FACTS],
    )
    scores = ExpansionScore.objects.of(org).newest()
    source, as_of = EXPANSION, scores.aggregate(at=Max("as_of"))["at"]
    known = dict(scores.values_list("account_ref", "value"))
    if not known:
        # What is renewed anyway is brought by no visit.
        open_ones = Recommendation.objects.of(org).open().filter(is_held_out=False)
        open_ones = open_ones.exclude(kind=Recommendation.Kind.RENEWAL)
        source, as_of = SUGGESTIONS, open_ones.aggregate(at=Max("as_of"))["at"]
        sums = open_ones.order_by().values("account_ref").annotate(value=Sum("value"))
        known = dict(sums.values_list("account_ref", "value"))
    if not known:
        source, known = WON, usual_by_industry(org, frame)
    value = frame["ref"].map(known).astype(float)
    frame["value"] = value.fillna(0.0).clip(lower=0.0)
    return frame.sort_values(["value", "ref"], ascending=[False, True]), source, as_of


def usual_by_industry(org: Org, frame: pd.DataFrame) -> dict[str, float]:
    won = Opportunity.objects.of(org).present().filter(is_won=True).order_by()
    sums = dict(
        won.values("account_ref")
        .annotate(s=Sum("corporate_amount"))
        .values_list("account_ref", "s")
    )
    own = frame["ref"].map(sums).astype(float).fillna(0.0)
    mean = own.groupby(frame["industry"]).transform("mean")
    return dict(zip(frame["ref"], mean.tolist(), strict=True))


def sellers_of(org: Org) -> list[CrmUser]:
    """Active users of the CRM who own a customer."""
    owning = Account.objects.of(org).present().exclude(owner_ref=None).values("owner_ref")
    users = CrmUser.objects.of(org).present().filter(is_active=True, external_id__in=owning)
    return list(users.order_by("name", "external_id"))


def team_of(seller: CrmUser) -> str:
    return seller.region or seller.team


def pools_of(owner: Ints, sellers: Sequence[CrmUser], *, shares: bool) -> Pools:
    """A territory is a region, or a team where the CRM names none; who has neither serves alone."""
    if not shares:
        return Pools.of_owners(owner, sellers=len(sellers))
    names = [seller.region or seller.team for seller in sellers]
    numbers = {name: place for place, name in enumerate(sorted({*names} - {""}))}
    of_seller = np.array([numbers.get(name, NOBODY) for name in names], np.int64)
    of_account = np.where(owner == NOBODY, NOBODY, of_seller[owner])
    return Pools.of_territories(owner, of_account, of_seller)


def quota_of(one: ActionType, limits: Limits) -> float:
    said = limits.quotas.get(one.key, one.quota)
    return float("inf") if said is None else float(said)


def strategic_by_rule(frame: pd.DataFrame, limits: Limits) -> "pd.Series[bool]":
    """Of those whom somebody serves: worth so much, or of a kind; whom nobody serves is named."""
    found = pd.Series(data=False, index=frame.index)
    if limits.strategic_above is not None:
        found |= frame["value"] >= limits.strategic_above
    fact, _, said = limits.strategic_where.partition(":")
    if fact in FACTS and said:
        found |= frame[fact] == said
    return found & frame["owner_ref"].notna()


def cover_of(refs: Sequence[str], owner: Ints, limits: Limits, *, by_rule: Flags) -> Ints:
    """Named ones, those that a rule says, and the largest of those that somebody serves."""
    named = np.isin(refs, list(limits.strategic_refs)) | (by_rule & (owner != NOBODY))
    served = np.flatnonzero((owner != NOBODY) & ~named)[: limits.strategic]
    found = np.where(named, limits.cover, 0)
    found[served] = limits.cover
    return found.astype(np.int64)


def locks_of(
    limits: Limits, *, refs: Sequence[str], keys: Sequence[str], sellers: dict[str, int]
) -> tuple[Lock, ...]:
    """Of a customer, a type or a seller that is gone nothing is kept."""
    at = {ref: place for place, ref in enumerate(refs)}
    return tuple(
        Lock(at[one.account], keys.index(one.action), one.count, sellers[one.owner])
        for one in limits.locks
        if one.account in at and one.action in keys and one.owner in sellers
    )


def excluded_of(limits: Limits, *, refs: Sequence[str], keys: Sequence[str]) -> Any:
    if not limits.excluded:
        return None
    at = {ref: place for place, ref in enumerate(refs)}
    found = np.zeros((len(refs), len(keys)), bool)
    for ref, key in limits.excluded:
        if ref in at:
            found[at[ref], [keys.index(key)] if key in keys else slice(None)] = (
                not key or key in keys
            )
    return found
