"""Records that a search found, as lines that lead to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.search import Found, Kind
from revenue.users.models import Org
from revenue.web.templatetags import web

LABELS = {
    Kind.ACCOUNT: ("Accounts", "building-2"),
    Kind.CONTACT: ("Contacts", "user"),
    Kind.DEAL: ("Deals", "handshake"),
    Kind.LEAD: ("Leads", "target"),
    Kind.PRODUCT: ("Products", "package"),
}


@dataclass(frozen=True)
class Line:
    text: str
    note: str
    url: str


@dataclass(frozen=True)
class Results:
    kind: str
    label: str
    icon: str
    lines: Sequence[Line]
    count: int
    is_more: bool
    all_url: str

    @property
    def counted(self) -> str:
        return f"{self.count}+" if self.is_more else str(self.count)


def as_results(found: Found, *, org: Org, text: str) -> Results:
    label, icon = LABELS[found.kind]
    query = urlencode({"q": text.strip(), "kind": str(found.kind)})
    return Results(
        kind=str(found.kind),
        label=label,
        icon=icon,
        lines=[line(row, kind=found.kind, org=org) for row in found.rows],
        count=found.count,
        is_more=found.is_more,
        all_url=f"{reverse('accounts:search-show', args=[org.slug])}?{query}",
    )


def line(row: Any, *, kind: Kind, org: Org) -> Line:
    return Line(
        text=str(row), note=note_of(row, kind=kind, org=org), url=page_of(row, kind=kind, org=org)
    )


def page_of(row: Any, *, kind: Kind, org: Org) -> str:
    """A product has no page of its own: its line stays on the page of results."""
    if kind is Kind.PRODUCT:
        query = urlencode({"q": row.name, "kind": str(kind)})
        return f"{reverse('accounts:search-show', args=[org.slug])}?{query}"
    return reverse(f"accounts:{kind}-show", args=[org.slug, row.pk])


def note_of(row: Any, *, kind: Kind, org: Org) -> str:
    parts: tuple[Any, ...]
    match kind:
        case Kind.ACCOUNT:
            parts = (row.industry, row.city, row.owner and row.owner.name)
        case Kind.CONTACT:
            parts = (row.title, row.email)
        case Kind.DEAL:
            amount = (
                "" if row.amount is None else web.money(row.amount, row.currency or org.currency)
            )
            parts = (row.account and row.account.name, row.stage, amount)
        case Kind.LEAD:
            parts = (row.company if row.name else "", row.status, row.email)
        case _:
            parts = (row.code, row.family)
    return " · ".join(str(part) for part in parts if part)
