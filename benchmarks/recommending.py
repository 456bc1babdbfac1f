"""What to sell next, from candidates to reasons: all accounts of an org against one at a time.

`python -m benchmarks.recommending [ACCOUNTS [PRODUCTS]]`. Both ways are the product's own: what is
known of the org is read and fitted, then asked for the rows that are kept, with chances, values,
reasons and look-alike customers. Ours counts all of that. The plain way asks for one account after
another of what was read and fitted already, which favours it; it is timed on a few accounts, told
for all of them, and has to name the same products.
"""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from benchmarks.stage import report, stage

ACCOUNTS, PRODUCTS = 50_000, 200
TAUGHT = 1_500  # accounts of an org like it, of which the ranking is learned
ALONE = 60  # accounts that are done one at a time
DAYS, MOST_BOUGHT, TASTES = 720, 13, 12
NOW = datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)
BEGUN = NOW - timedelta(days=DAYS)
INDUSTRIES = ("Mining", "Retail", "Banking", "Energy", "Food", "Media")
COUNTRIES = ("Germany", "France", "United States", "Japan")
AT_ONCE = 5_000


def an_org(slug: str, accounts: int, products: int) -> Any:
    """Accounts of twelve tastes, each buying about eight products in two years."""
    from accounts.models import Account, Product, Purchase
    from revenue.users.models import Org

    org = Org.objects.create(slug=slug, name=slug.title(), clock_date=NOW.date(), currency="USD")
    kept = {"org": org, "synced_at": NOW, "created_at": BEGUN}
    rng = np.random.default_rng(7)
    tastes = rng.normal(size=(TASTES, products)) * 1.5 + rng.normal(size=products) * 0.7
    kind = rng.integers(0, TASTES, accounts)
    Product.objects.bulk_create(
        Product(external_id=f"p{n}", name=f"Product {n}", code=f"P-{n}", **kept)
        for n in range(products)
    )
    for first in range(0, accounts, AT_ONCE):
        some = np.arange(first, min(first + AT_ONCE, accounts))
        Account.objects.bulk_create(
            Account(
                external_id=f"a{n:07d}",
                name=f"Account {n}",
                industry=INDUSTRIES[kind[n] % len(INDUSTRIES)],
                country=COUNTRIES[n % len(COUNTRIES)],
                employees=10 + n * 7919 % 5000,
                **kept,
            )
            for n in some.tolist()
        )
        rows = bought(some, tastes[kind[some]], rng)
        Purchase.objects.bulk_create(
            (
                Purchase(
                    external_id=f"s-{n}-{item}",
                    account_ref=f"a{n:07d}",
                    product_ref=f"p{item}",
                    quantity=Decimal(2),
                    total_price=Decimal(200 + item),
                    corporate_total=Decimal(200 + item),
                    purchased_at=BEGUN + timedelta(days=day),
                    **(kept | {"created_at": BEGUN + timedelta(days=day)}),
                )
                for n, item, day in rows
            ),
            batch_size=AT_ONCE,
        )
    return org


def bought(accounts: Any, tastes: Any, rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    """Accounts, products and the day."""
    order = np.argsort(-(tastes + rng.gumbel(size=tastes.shape)), axis=1)[:, :MOST_BOUGHT]
    count = rng.integers(4, MOST_BOUGHT, len(accounts))
    for place, n in enumerate(accounts.tolist()):
        for item in order[place, : count[place]].tolist():
            yield n, item, int(rng.integers(1, DAYS))


def taught_to(org: Any, *, products: int) -> str:
    """What is learned of few accounts of the same kind speaks for all of this org."""
    from dataclasses import replace

    from crosssell.selling.training import learned, owner_of

    few = an_org("few", TAUGHT, products)
    found = learned(org=few, as_of=NOW)
    run = replace(found, owner=owner_of(org)).record(at=NOW)
    return f"{run.state}: {found.ranked.kind}"


def products_of(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["account_ref"], []).append(row["product_ref"])
    return found


def run(accounts: int, products: int) -> None:
    from crosssell.selling.scoring import offering

    org = an_org("bench", accounts, products)
    spoken = taught_to(org, products=products)
    begun = time.perf_counter()
    offer = offering(org=org, as_of=NOW)
    few = offer.accounts[:: max(accounts // ALONE, 1)][:ALONE]
    asked = {str(offer.standing.catalogue.account_ref[one]) for one in few}
    best: dict[str, list[str]] = {}
    told = reasons = 0
    for part in offer.parts():
        rows = offer.rows(part)
        told, reasons = told + len(rows), reasons + sum(len(row["reasons"]) for row in rows)
        best |= products_of([row for row in rows if row["account_ref"] in asked])
    ours = time.perf_counter() - begun
    begun = time.perf_counter()
    alone = products_of([row for one in few for row in offer.rows(np.array([one]))])
    theirs = (time.perf_counter() - begun) / len(few) * accounts
    report(
        name="recommending",
        against="the same functions, one account after another",
        ours_s=ours,
        theirs_s=theirs,
        accounts=accounts,
        products=products,
        suggestions=told,
        reasons=reasons,
        spoken_by=spoken,
        alike=sum(alone[one] == best[one] for one in alone) / len(alone),
        theirs_timed_on=len(few),
    )


if __name__ == "__main__":
    sizes = [int(one) for one in sys.argv[1:]]
    with stage():
        run(*(sizes + [ACCOUNTS, PRODUCTS][len(sizes) :]))
