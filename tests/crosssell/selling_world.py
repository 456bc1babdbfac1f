"""Two orgs of one group whose customers buy by industry, one product after another."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from accounts.models import Account, Customer, CustomerAccount, Product, Purchase
from revenue.users.models import Org, OrgGroup
from tests.factories.people import OrgFactory

AS_OF = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
DAYS = 900
NAMES = ("Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta", "Theta")
INDUSTRIES = ("Mining", "Retail")
HALF = len(NAMES) // 2


def a_market(*, accounts: int = 90, is_grouped: bool = True) -> tuple[Org, Org]:
    """Mining buys the first half of the products, Retail the other, each in the order of the list.

    The first three customers are in both orgs.
    """
    group = OrgGroup.objects.create(name="Together") if is_grouped else None
    orgs = tuple(
        OrgFactory(slug=slug, group=group, clock_date=AS_OF.date()) for slug in ("north", "south")
    )
    for place, org in enumerate(orgs):
        fill(org, accounts=accounts, seed=place)
    if group is not None:
        for nth in range(3):
            customer = Customer.objects.create(group=group, name=f"C{nth}", made_at=AS_OF)
            for org in orgs:
                CustomerAccount.objects.create(
                    customer=customer, org=org, account_ref=f"a{nth:03d}", joined_at=AS_OF
                )
    return orgs[0], orgs[1]


def fill(org: Org, *, accounts: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    began = AS_OF - timedelta(days=DAYS)
    kept = {"org": org, "synced_at": AS_OF, "created_at": began}
    Product.objects.bulk_create(
        Product(external_id=f"p{at}", name=name, code=f"C-{at}", family="All", **kept)
        for at, name in enumerate(NAMES)
    )
    Account.objects.bulk_create(
        Account(
            external_id=f"a{nth:03d}",
            name=f"Account {nth}",
            industry=INDUSTRIES[nth % 2],
            country="Germany",
            employees=20 * (1 + nth % 7),
            **kept,
        )
        for nth in range(accounts)
    )
    rows = []
    for nth in range(accounts):
        day = int(rng.integers(0, DAYS))
        likes = range(HALF) if nth % 2 == 0 else range(HALF, 2 * HALF)
        for at in likes:
            if day >= DAYS:
                break
            rows.append(a_sale(org, f"a{nth:03d}", f"p{at}", began + timedelta(days=day)))
            day += int(rng.integers(30, 260))
    Purchase.objects.bulk_create(rows)


def a_sale(org: Org, account: str, product: str, at: datetime) -> Purchase:
    return Purchase(
        org=org,
        external_id=f"s-{account}-{product}-{at:%Y%m%d}",
        account_ref=account,
        product_ref=product,
        quantity=Decimal(2),
        total_price=Decimal(200),
        corporate_total=Decimal(200),
        purchased_at=at,
        created_at=at,
        synced_at=at,
    )
