"""What the page of a deal says beside its own columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.about.clock import distance, overdue
from accounts.about.sight import seen
from accounts.models import Account, Contact, LineItem, Opportunity, OpportunityContact, Product
from revenue.users.models import Membership


@dataclass(frozen=True)
class RoleOf:
    contact: Any
    role: str
    is_primary: bool


@dataclass(frozen=True)
class Line:
    product: str
    item: LineItem


@dataclass(frozen=True)
class Figures:
    probability: float | None
    corporate_label: str
    corporate_hint: str
    close_hint: str
    overdue: str
    activity_hint: str


def figures(deal: Opportunity, *, today: date) -> Figures:
    no_rate = deal.amount is not None and deal.corporate_amount is None
    is_open = not deal.is_closed
    late = overdue(deal.close_date, today=today) if is_open else ""
    return Figures(
        probability=None if deal.probability is None else deal.probability / 100,
        corporate_label=f"In {deal.org.currency}",
        corporate_hint="no rate for this currency" if no_rate else "at the rate of the close date",
        close_hint=distance(deal.close_date, today=today) if is_open and not late else "",
        overdue=late,
        activity_hint=distance(deal.last_activity_date, today=today) if is_open else "",
    )


def account_of(deal: Opportunity, *, reader: Membership) -> Any:
    return seen(Account, [deal.account_ref], reader=reader).get(deal.account_ref or "")


def people_of(deal: Opportunity, *, reader: Membership) -> list[RoleOf]:
    """Those whom the reader may open; the one who matters most first."""
    rows = list(
        OpportunityContact.objects.visible_to(reader)
        .filter(opportunity_ref=deal.external_id)
        .order_by("-is_primary", "id")
    )
    contacts = seen(Contact, [row.contact_ref for row in rows], reader=reader)
    return [
        RoleOf(contact=contacts[row.contact_ref], role=row.role, is_primary=row.is_primary)
        for row in rows
        if row.contact_ref in contacts
    ]


def lines_of(deal: Opportunity, *, reader: Membership) -> list[Line]:
    items = list(
        LineItem.objects.visible_to(reader)
        .filter(opportunity_ref=deal.external_id)
        .order_by("service_date", "id")
    )
    products = seen(Product, [item.product_ref for item in items], reader=reader)
    return [
        Line(product=name_of(products.get(item.product_ref or "")), item=item) for item in items
    ]


def name_of(product: Any) -> str:
    return product.name if product else "A product that the CRM no longer has"


def total_of(lines: Sequence[Line], *, currency: str) -> Decimal | None:
    """Only of one currency: unlike money is not added."""
    if {line.item.currency or currency for line in lines} != {currency}:
        return None
    return sum((line.item.total_price or Decimal(0) for line in lines), Decimal(0))
