"""Pairs worth comparing, found without comparing all with all; and which of them to join."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from accounts.matching.likeness import Likeness, compare
from accounts.matching.traits import Traits

# A block larger than this is no hint: the phone of a call centre, a word that everybody has.
LARGEST_BLOCK = 60

Key = tuple[int, str]
Ends = tuple[Key, Key]


@dataclass(frozen=True)
class Pair:
    """The account of the lower org id stands first."""

    one: Key
    other: Key
    likeness: Likeness


def candidates(accounts: Iterable[Traits]) -> Iterator[tuple[Traits, Traits]]:
    """Accounts of two orgs that share a domain, a phone, a street, or a rare word of the name."""
    blocks: dict[tuple[str, str], list[Traits]] = defaultdict(list)
    for account in accounts:
        for block in blocks_of(account):
            blocks[block].append(account)
    seen: set[Ends] = set()
    for members in blocks.values():
        if len(members) > LARGEST_BLOCK:
            continue
        for one, other in pairs_of(members):
            keys = (key_of(one), key_of(other))
            if keys not in seen:
                seen.add(keys)
                yield one, other


def blocks_of(account: Traits) -> Iterator[tuple[str, str]]:
    if account.domain:
        yield "domain", account.domain
        yield "domain's name", account.domain.partition(".")[0]
    if account.phone:
        yield "phone", account.phone
    if account.street:
        yield "street", f"{account.street} {account.postal_code or account.city}"
    words = account.core_name.split()
    if words:
        yield "name", account.core_name
        # A typing error leaves either the beginning or the end of a name as it was.
        squeezed = "".join(words)
        yield "name begins", squeezed[:6]
        yield "name ends", squeezed[-6:]
    for word in words:
        if len(word) > 3:
            yield "word", word


def pairs_of(members: list[Traits]) -> Iterator[tuple[Traits, Traits]]:
    for place, one in enumerate(members):
        for other in members[place + 1 :]:
            if one.org_id != other.org_id:
                yield (one, other) if one.org_id < other.org_id else (other, one)


def key_of(account: Traits) -> Key:
    return account.org_id, account.account_ref


def alike(accounts: Iterable[Traits]) -> list[Pair]:
    """Certain and doubtful pairs, the surest first, in an order that no run changes."""
    found = []
    for one, other in candidates(accounts):
        likeness = compare(one, other)
        if likeness.is_certain or likeness.is_doubtful:
            found.append(Pair(key_of(one), key_of(other), likeness))
    return sorted(found, key=lambda pair: (-pair.likeness.confidence, pair.one, pair.other))


def joinable(
    pairs: Iterable[Pair], *, joined: Iterable[Ends], apart: AbstractSet[Ends] = frozenset()
) -> list[Pair]:
    """Certain pairs that put no two accounts of one org, and none that are `apart`, together.

    Where two accounts of an org look like the same customer, the surest is joined and the other
    is left for a person. `joined` and `apart` are what persons have decided.
    """
    groups: dict[Key, set[Key]] = {}
    for one, other in joined:
        merge(groups, group_of(groups, one), group_of(groups, other))
    chosen = []
    for pair in pairs:
        mine, theirs = group_of(groups, pair.one), group_of(groups, pair.other)
        if not pair.likeness.is_certain:
            continue
        if mine is not theirs:
            if {key[0] for key in mine} & {key[0] for key in theirs}:
                continue
            if any(
                (one, other) in apart or (other, one) in apart for one in mine for other in theirs
            ):
                continue
            merge(groups, mine, theirs)
        chosen.append(pair)
    return chosen


def group_of(groups: dict[Key, set[Key]], key: Key) -> set[Key]:
    return groups.setdefault(key, {key})


def merge(groups: dict[Key, set[Key]], mine: set[Key], theirs: set[Key]) -> None:
    if mine is not theirs:
        mine |= theirs
        groups.update(dict.fromkeys(theirs, mine))


def components(links: Iterable[Ends]) -> list[frozenset[Key]]:
    """Who is one customer, by way of any number of links."""
    leader: dict[Key, Key] = {}

    def head(key: Key) -> Key:
        leader.setdefault(key, key)
        while leader[key] != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    for one, other in links:
        low, high = sorted((head(one), head(other)))
        leader[high] = low
    groups: dict[Key, set[Key]] = defaultdict(set)
    for key in list(leader):
        groups[head(key)].add(key)
    return sorted((frozenset(group) for group in groups.values()), key=min)
