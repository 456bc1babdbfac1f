"""What a comparison must find, worked out in memory: the oracle of that by tables."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from accounts.matching.comparing import LARGEST_BLOCK, is_worth_keeping
from accounts.matching.likeness import compare
from accounts.matching.pairs import Pair, blocks_of, key_of
from accounts.matching.traits import Traits


def alike(accounts: Iterable[Traits]) -> list[Pair]:
    """Certain and doubtful pairs, the surest first."""
    pairs = [
        Pair(key_of(one), key_of(other), compare(one, other)) for one, other in candidates(accounts)
    ]
    kept = {(pair.one, pair.other): pair for pair in pairs if is_worth_keeping(pair)}
    return sorted(kept.values(), key=lambda pair: (-pair.likeness.confidence, pair.one, pair.other))


def candidates(accounts: Iterable[Traits]) -> Iterator[tuple[Traits, Traits]]:
    blocks: dict[tuple[str, str], list[Traits]] = defaultdict(list)
    for account in accounts:
        for block in blocks_of(account):
            blocks[block].append(account)
    for members in blocks.values():
        if len(members) > LARGEST_BLOCK:
            continue
        for one, other in combinations(members, 2):
            if one.org_id != other.org_id:
                yield (one, other) if one.org_id < other.org_id else (other, one)
