"""Customers of several orgs among 200,000 accounts, against comparing whoever shares a block."""

import random
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from benchmarks.stage import report, stage

if TYPE_CHECKING:
    from accounts.matching.traits import Traits
    from revenue.users.models import OrgGroup

ACCOUNTS = 200_000
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
SAMPLED = 20_000  # pairs
CHUNK = 2_000


def main() -> None:
    with stage():
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS)


def measure(accounts: int) -> None:
    from accounts.matching.joining import match_group

    group = fill(accounts)
    begun = time.perf_counter()
    found = match_group(group=group, at=NOW)
    first = time.perf_counter() - begun
    begun = time.perf_counter()
    match_group(group=group, at=NOW)
    again = time.perf_counter() - begun
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pairs, each_s = pairwise(group)
    report(
        name="matching",
        against="every pair of two orgs within a block, in memory (of a sample, scaled up)",
        ours_s=first,
        theirs_s=pairs * each_s,
        peak_mb=round(peak_mb),
        accounts=accounts,
        again_s=round(again, 1),
        pairs=pairs,
        joined=found.joined,
        doubtful=found.doubtful,
        customers=found.customers,
    )


def fill(accounts: int) -> "OrgGroup":
    """The simulated company's three orgs, as large as asked."""
    from accounts.connectors.demo.setting import MARKETS, SCALES
    from accounts.connectors.demo.world import World
    from accounts.models import Account
    from revenue.users.models import Org, OrgGroup

    group = OrgGroup.objects.create(name="Benchmark")
    SCALES["asked"] = (accounts, 1)
    for slug, market in MARKETS.items():
        org = Org.objects.create(slug=slug, name=slug, group=group)
        rows = iter(World(org_slug=slug, until=NOW, scale="asked").rows("Account"))
        while some := list(islice(rows, CHUNK)):
            Account.objects.bulk_create([an_account(org, row) for row in some])
        sys.stderr.write(
            f"{slug}: {Account.objects.filter(org=org).count():,} accounts ({market.share:.0%})\n"
        )
    return group


def an_account(org: Any, row: Any) -> Any:
    from accounts.models import Account

    return Account(
        org=org,
        external_id=row["Id"],
        name=row["Name"],
        website=row["Website"] or "",
        phone=row["Phone"] or "",
        street=row["BillingStreet"] or "",
        postal_code=row["BillingPostalCode"] or "",
        city=row["BillingCity"] or "",
        country=row["BillingCountry"] or "",
        created_at=row["CreatedDate"],
        synced_at=NOW,
    )


def pairwise(group: "OrgGroup") -> tuple[int, float]:
    """How many pairs share a block, once for each that they share, and the seconds of one."""
    from accounts.matching.likeness import compare
    from accounts.matching.reading import traits_of

    def everybody() -> Iterator["Traits"]:
        for org_id in group.orgs.values_list("pk", flat=True):
            yield from traits_of(org_id=org_id)

    blocks = by_block(everybody())
    total = 0
    sampled: list[tuple[Traits, Traits]] = []
    chance = random.Random(1)
    for members in blocks.values():
        counts = Counter(one.org_id for one in members)
        here = (len(members) ** 2 - sum(count**2 for count in counts.values())) // 2
        total += here
        if here and len(sampled) < SAMPLED:
            for _ in range(min(here, 5)):
                one, other = chance.sample(members, 2)
                sampled.append((one, other))
    begun = time.perf_counter()
    for one, other in sampled:
        compare(one, other)
    return total, (time.perf_counter() - begun) / max(len(sampled), 1)


def by_block(accounts: Iterable["Traits"]) -> dict[tuple[str, str], list["Traits"]]:
    from accounts.matching.pairs import blocks_of

    found: dict[tuple[str, str], list[Traits]] = defaultdict(list)
    for account in accounts:
        for block in blocks_of(account):
            found[block].append(account)
    return found


if __name__ == "__main__":
    main()
