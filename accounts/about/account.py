"""What the page of an account says, as far as its reader may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.about.clock import distance, moment_of
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
    activity_hint: str
    overdue_deals: int

    @property
    def overdue(self) -> str:
        return f"{self.overdue_deals:,} overdue" if self.overdue_deals else ""

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
    ref: str
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
    ref, org = account.external_id, account.org
    today, moment = org.today(at=at), moment_of(org, at=at)
    deals = Opportunity.objects.visible_to(reader).filter(account_ref=ref)
    is_open = Q(is_closed=False)
    sums = deals.aggregate(
        open_deals=Count("pk", filter=is_open),
        open_pipeline=Sum("corporate_amount", filter=is_open),
        uncounted=Count(
            "pk", filter=is_open & Q(amount__isnull=False, corporate_amount__isnull=True)
        ),
        overdue_deals=Count("pk", filter=is_open & Q(close_date__lt=today)),
        won_deals=Count("pk", filter=Q(is_won=True)),
        won_total=Sum("corporate_amount", filter=Q(is_won=True)),
    )
    cases = Case.objects.visible_to(reader).filter(account_ref=ref, is_closed=False)
    activities = Activity.objects.visible_to(reader).filter(
        done_with(account), happens_at__lte=moment
    )
    last = activities.aggregate(last=Max("happens_at"))["last"]
    days = [day for day in (account.last_activity_date, last and last.date()) if day]
    latest = max(days, default=None)
    return Figures(
        **sums,
        open_cases=cases.count(),
        last_activity=latest,
        activity_hint=distance(latest, today=today),
    )


def done_with(account: Account) -> Q:
    """Of activities: by their own word, or by their deal's, as e-mails name a deal alone."""
    deals = Opportunity.objects.of(account.org).filter(account_ref=account.external_id)
    refs = list(deals.values_list("external_id", flat=True))
    return Q(account_ref=account.external_id) | Q(opportunity_ref__in=refs)


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
    """What it owns: its purchases; of products without any, the lines of the deals that were won.

    A CRM that keeps purchases makes them of won deals: both together would count a sale twice.
    """
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
        .filter(opportunity__deleted_at=None)
        .values("product_ref")
        .annotate(
            amount=Sum("quantity"),
            total=Sum("corporate_total"),
            last=Max(Coalesce("service_date", "opportunity__close_date")),
        )
    )
    lines = {line["product_ref"]: line for line in (*sold, *bought)}
    products = seen(Product, list(lines), reader=reader)
    found = [
        Owned(
            ref=ref,
            name=products[ref].name if ref in products else "A product that the CRM no longer has",
            quantity=line["amount"],
            total=line["total"],
            last_date=line["last"],
        )
        for ref, line in lines.items()
    ]
    return sorted(found, key=lambda each: (-(each.total or 0), each.name))


def linked_accounts(account: Account, *, person: User) -> list[Account]:
    """The same customer in other orgs of which the person is a member; others are not counted.

    An org that was taken out of the group is a stranger at once, whenever its links are cleared.
    """
    if account.org.group_id is None:
        return []
    rows = Account.objects.visible_to(person).filter(
        org__group=account.org.group_id,
        customer_links__customer__group=account.org.group_id,
        customer_links__customer__members__org=account.org_id,
        customer_links__customer__members__account_ref=account.external_id,
    )
    return list(
        rows.exclude(org=account.org_id)
        .select_related("org", "owner")
        .order_by("org__name", "name", "id")
        .distinct()
    )
