"""How sure it is that two accounts are one company, and why, in words.

Evidence adds up as log odds, so that each piece stands alone, and what speaks against counts too.
"""

import math
from dataclasses import dataclass

from rapidfuzz import fuzz

from accounts.matching.traits import Traits
from accounts.matching.words import PLACES

CERTAIN = 0.95
DOUBTFUL = 0.5
SUREST, SUREST_OF_ONE = 0.99, 0.9
PRIOR = -4.5  # of a pair that some block brought together, before anything was compared


# How reasons begin that speak against it: their weights are not kept with a match.
AGAINST = ("names differ", "other ")


def is_against(reason: str) -> bool:
    return reason.startswith(AGAINST)


@dataclass(frozen=True)
class Reason:
    text: str
    weight: float


@dataclass(frozen=True)
class Likeness:
    confidence: float
    reasons: tuple[Reason, ...]

    @property
    def is_certain(self) -> bool:
        return self.confidence >= CERTAIN

    @property
    def is_doubtful(self) -> bool:
        return DOUBTFUL <= self.confidence < CERTAIN


def compare(one: Traits, other: Traits) -> Likeness:
    reasons = [
        reason
        for reason in (
            by_name(one, other),
            by_domain(one, other),
            by_phone(one, other),
            by_place(one, other),
        )
        if reason
    ]
    odds = PRIOR + sum(reason.weight for reason in reasons)
    # A name alone never makes it certain, nor does an address or a switchboard.
    agreeing = [reason for reason in reasons if reason.weight > 0]
    confidence = 1 / (1 + math.exp(-odds))
    confidence = min(confidence, SUREST if len(agreeing) > 1 else SUREST_OF_ONE)
    return Likeness(round(confidence, 4), tuple(sorted(reasons, key=lambda found: -found.weight)))


def by_name(one: Traits, other: Traits) -> Reason | None:
    mine, theirs = one.core_name, other.core_name
    if not mine or not theirs:
        return None
    if mine == theirs:
        return Reason("same name apart from the legal form", 5.0 if len(mine) > 4 else 4.0)
    if without_places(mine) == without_places(theirs):
        return Reason("same name apart from a region or a word such as Group", 3.0)
    score = fuzz.token_sort_ratio(mine, theirs)
    if score >= 90:
        return Reason(f"names alike to {score:.0f} %", 3.5)
    if score >= 80 or one_holds_other(mine, theirs):
        return Reason(f"names alike to {score:.0f} %", 1.5)
    return Reason(f"names differ (alike to {score:.0f} %)", -3.0 if score < 60 else -1.0)


def without_places(name: str) -> str:
    words = [word for word in name.split() if word not in PLACES]
    return " ".join(words) or name


def one_holds_other(mine: str, theirs: str) -> bool:
    small, large = sorted((set(mine.split()), set(theirs.split())), key=len)
    return len(small) > 1 and small <= large


def by_domain(one: Traits, other: Traits) -> Reason | None:
    if not one.domain or not other.domain:
        return None
    if one.domain == other.domain:
        return Reason(f"same domain {one.domain}", 5.0)
    if one.domain.partition(".")[0] == other.domain.partition(".")[0]:
        return Reason(f"domains {one.domain} and {other.domain}", 2.0)
    return Reason(f"other domains: {one.domain} and {other.domain}", -2.5)


def by_phone(one: Traits, other: Traits) -> Reason | None:
    if not one.phone or not other.phone:
        return None
    if one.phone == other.phone:
        return Reason("same phone number", 3.5)
    return None


def by_place(one: Traits, other: Traits) -> Reason | None:
    if one.street and one.street == other.street and same_town(one, other):
        return Reason("same street and town", 3.0)
    if one.postal_code and one.postal_code == other.postal_code and one.country == other.country:
        return Reason("same postal code", 1.2)
    if one.country and other.country and one.country != other.country:
        return Reason("other countries", -0.5)
    if one.city and one.city == other.city:
        return Reason("same town", 0.5)
    return None


def same_town(one: Traits, other: Traits) -> bool:
    if one.postal_code and other.postal_code:
        return one.postal_code == other.postal_code
    return bool(one.city) and one.city == other.city
