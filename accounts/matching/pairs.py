"""What brings two accounts together to be compared, and which pairs to join."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from accounts.matching.likeness import Likeness
from accounts.matching.traits import Traits

Key = tuple[int, str]
Ends = tuple[Key, Key]


@dataclass(frozen=True)
class Pair:
    """The account of the lower org id stands first."""

    one: Key
    other: Key
    likeness: Likeness


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


def key_of(account: Traits) -> Key:
    return account.org_id, account.account_ref


def joinable(
    pairs: Iterable[Pair], *, joined: Iterable[Ends], apart: AbstractSet[Ends] = frozenset()
) -> Iterator[Pair]:
    """Certain pairs that put no two accounts of one org, and none that are `apart`, together.

    The surest come first: where two accounts of an org look like the same customer, one is joined
    and the other is left for a person. `joined` and `apart` are what persons have decided.
    """
    groups: dict[Key, set[Key]] = {}
    for one, other in joined:
        merge(groups, group_of(groups, one), group_of(groups, other))
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
        yield pair


def group_of(groups: dict[Key, set[Key]], key: Key) -> set[Key]:
    return groups.get(key) or {key}


def merge(groups: dict[Key, set[Key]], mine: set[Key], theirs: set[Key]) -> None:
    if mine is not theirs:
        mine |= theirs
        groups.update(dict.fromkeys(mine, mine))


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
