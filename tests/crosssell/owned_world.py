"""An org whose customers have one contract each, renewed by the year but for every fifth."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pandas as pd

from accounts.models import Account, FieldChange, Product, Purchase
from crosssell.owned.ground import Ground, ground_of
from crosssell.selling.catalogue import catalogue_of
from crosssell.selling.reading import read_past
from crosssell.selling.standing import standing_of
from revenue.users.models import Org
from tests.factories.people import OrgFactory

AS_OF = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
YEAR = 365
ACCOUNTS = 150
GIVES_UP = 5  # one in so many, in the last year of it
GROWS = 4  # one in so many takes four more now and then
TAKEN = (300, 180, 60)  # days before the end of each year of it
DAY = timedelta(days=1)


def fill(org: Org, *, prefix: str = "k") -> None:
    """Contract n began n days after the first one, three years ago; the product is theirs alone."""
    kept = {"org": org, "synced_at": AS_OF, "created_at": AS_OF - 4 * YEAR * DAY}
    Product.objects.create(external_id=f"{prefix}-core", name="Core", code=f"{prefix}-1", **kept)
    began = AS_OF - 3 * YEAR * DAY
    accounts, purchases, changes = [], [], []
    for nth in range(ACCOUNTS):
        ref = f"{prefix}{nth:03d}"
        accounts.append(Account(external_id=ref, name=f"Customer {nth}", employees=50, **kept))
        bought = began + 2 * nth * DAY
        quantity, ends = 10, bought.date() + YEAR * DAY
        status = "Installed"
        while ends <= AS_OF.date():
            at = datetime.combine(ends, datetime.min.time(), tzinfo=UTC) + timedelta(hours=9)
            for back in TAKEN if nth % GROWS == 0 else ():
                said = at - back * DAY
                changes.append(change(org, ref, said, "quantity", quantity, quantity + 4))
                quantity += 4
            if nth % GIVES_UP == 0 and ends + YEAR * DAY > AS_OF.date():
                changes.append(change(org, ref, at, "status", status, "Cancelled"))
                status = "Cancelled"
                break
            longer = ends + YEAR * DAY
            changes.append(change(org, ref, at, "ends_date", ends, longer))
            ends = longer
        purchases.append(
            Purchase(
                org=org, external_id=f"s-{ref}", account_ref=ref, product_ref=f"{prefix}-core",
                status=status, quantity=Decimal(quantity), total_price=Decimal(100 * quantity),
                corporate_total=Decimal(100 * quantity), purchased_at=bought, created_at=bought,
                ends_date=ends, synced_at=AS_OF,
            )
        )  # fmt: skip
    Account.objects.bulk_create(accounts)
    Purchase.objects.bulk_create(purchases)
    FieldChange.objects.bulk_create(changes)


def change(
    org: Org, ref: str, at: datetime, field: str, old: date | int | str, new: date | int | str
) -> FieldChange:
    return FieldChange(
        org=org, external_id=f"h-{ref}-{field}-{at:%Y%m%d}", record="purchase",
        record_ref=f"s-{ref}", field_name=field, old_value=str(old), new_value=str(new),
        changed_at=at, created_at=at, synced_at=AS_OF,
    )  # fmt: skip


def an_org() -> Org:
    org: Org = OrgFactory(slug="contracts", clock_date=AS_OF.date())
    fill(org)
    return org


def ground(org: Org, *, as_of: datetime = AS_OF, days: int = 90) -> Ground:
    past = read_past(orgs=[org], as_of=as_of)
    standing = standing_of(past, catalogue_of(past))
    return ground_of(org=org, standing=standing, place=0, as_of=as_of, days=days)


def at(days_ago: int) -> pd.Timestamp:
    return pd.Timestamp(AS_OF - days_ago * DAY)
