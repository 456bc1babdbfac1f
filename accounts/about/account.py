"""What the page of an account says, as far as its reader may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.about.sight import seen
from accounts.models import (
    Account,
    Activity,
    Case,
    Contact,
    LineItem,
    Opportunity,
    Product,
    Purchase,
)
from revenue.users.models import Membership, User

SHOWN = 8


@dataclass(frozen=True)
class Figures:
    open_deals: int
    open_pipeline: Decimal | None
    uncounted: int  # open deals whose amount has no rate into the org's currency
    won_deals: int
    won_total: Decimal | None
    open_cases: int
    last_activity: date | None

    @property
    def open_hint(self) -> str:
        said = counted(self.open_deals)
        return f"{said}, {self.uncounted} without a rate" if self.uncounted else said

    @property
    def won_hint(self) -> str:
        return counted(self.won_deals)


def counted(deals: int) -> str:
    return f"{deals:,} deal" if deals == 1 else f"{deals:,} deals"


@dataclass(frozen=True)
class Owned:
    name: str
    quantity: Decimal | None
    total: Decimal | None
    last_date: date | None


@dataclass(frozen=True)
class Part:
    """The first of them, and how many there are."""

    rows: Sequence[Any]
    count: int

    @property
    def hidden(self) -> int:
        return self.count - len(self.rows)


def figures(account: Account, *, reader: Membership, at: datetime) -> Figures:
    ref = account.external_id
    deals = Opportunity.objects.visible_to(reader).filter(account_ref=ref)
    is_open = Q(is_closed=False)
    sums = deals.aggregate(
        open_deals=Count("pk", filter=is_open),
        open_pipeline=Sum("corporate_amount", filter=is_open),
        uncounted=Count(
            "pk", filter=is_open & Q(amount__isnull=False, corporate_amount__isnull=True)
        ),
        won_deals=Count("pk", filter=Q(is_won=True)),
        won_total=Sum("corporate_amount", filter=Q(is_won=True)),
    )
    cases = Case.objects.visible_to(reader).filter(account_ref=ref, is_closed=False)
    activities = Activity.objects.visible_to(reader).filter(account_ref=ref, happens_at__lte=at)
    last = activities.aggregate(last=Max("happens_at"))["last"]
    days = [day for day in (account.last_activity_date, last and last.date()) if day]
    return Figures(**sums, open_cases=cases.count(), last_activity=max(days, default=None))


def part_of(rows: QuerySet[Any], *, most: int = SHOWN) -> Part:
    """Two questions only where there are more than are shown."""
    first = list(rows[: most + 1])
    count = len(first) if len(first) <= most else rows.order_by().count()
    return Part(rows=first[:most], count=count)


def contacts_of(account: Account, *, reader: Membership) -> Part:
    rows = Contact.objects.visible_to(reader).filter(account_ref=account.external_id)
    return part_of(rows.order_by("name", "id"))


def deals_of(account: Account, *, reader: Membership, closed: bool) -> Part:
    rows = Opportunity.objects.visible_to(reader).filter(
        account_ref=account.external_id, is_closed=closed
    )
    order = ("-close_date", "-id") if closed else ("close_date", "id")
    return part_of(rows.select_related("owner").order_by(*order))


def cases_of(account: Account, *, reader: Membership) -> Part:
    rows = Case.objects.visible_to(reader).filter(account_ref=account.external_id)
    return part_of(rows.order_by("is_closed", "-opened_at", "-id"))


def products_of(account: Account, *, reader: Membership) -> list[Owned]:
    """What it owns: its purchases, and the lines of the deals that were won."""
    bought = (
        Purchase.objects.visible_to(reader)
        .filter(account_ref=account.external_id)
        .values("product_ref")
        .annotate(
            amount=Sum("quantity"),
            total=Sum("corporate_total"),
            last=Max("purchased_at__date"),
        )
    )
    sold = (
        LineItem.objects.visible_to(reader)
        .filter(opportunity__account_ref=account.external_id, opportunity__is_won=True)
        .values("product_ref")
        .annotate(
            amount=Sum("quantity"),
            total=Sum("corporate_total"),
            last=Max(Coalesce("service_date", "opportunity__close_date")),
        )
    )
    lines = [*bought, *sold]
    products = seen(Product, [line["product_ref"] for line in lines], reader=reader)
    merged: dict[str | None, Owned] = {}
    for line in lines:
        ref = line["product_ref"]
        product = products.get(ref or "")
        one = Owned(
            name=product.name if product else "A product that the CRM no longer has",
            quantity=line["amount"],
            total=line["total"],
            last_date=line["last"],
        )
        merged[ref] = together(merged[ref], one) if ref in merged else one
    return sorted(merged.values(), key=lambda each: (-(each.total or 0), each.name))


def together(one: Owned, other: Owned) -> Owned:
    return Owned(
        name=one.name,
        quantity=added(one.quantity, other.quantity),
        total=added(one.total, other.total),
        last_date=max((day for day in (one.last_date, other.last_date) if day), default=None),
    )


def added(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None and other is None else (one or 0) + (other or Decimal(0))


def linked_accounts(account: Account, *, person: User) -> list[Account]:
    """The same customer in other orgs of which the person is a member; others are not counted."""
    rows = Account.objects.visible_to(person).filter(
        customer_links__customer__members__org=account.org_id,
        customer_links__customer__members__account_ref=account.external_id,
    )
    return list(
        rows.exclude(org=account.org_id)
        .select_related("org", "owner")
        .order_by("org__name", "name", "id")
        .distinct()
    )


def timeline_rows(*, reader: Membership, **about: str) -> QuerySet[Any]:
    rows: QuerySet[Any] = Activity.objects.visible_to(reader).filter(**about)
    return rows
