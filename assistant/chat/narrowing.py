"""What was understood as the filters of a page: so that an answer and its page are one list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from assistant.chat.resolving import Ask
from revenue.web.tables import BoundTable


@dataclass(frozen=True)
class Page:
    """Of a page: the name of the filter for each slot, and columns for each order."""

    filters: Mapping[str, str]
    sorts: Mapping[str, str]


RISK = Page(
    {
        "owner": "owner", "team": "team", "industry": "industry", "region": "region",
        "size": "size", "stage": "stage", "kind": "kind", "warning": "warning", "grade": "grade",
        "period": "close", "amount": "amount", "about": "q",
    },
    {"amount": "-amount", "close": "close", "chance": "-chance", "risk": "-risk",
     "expected": "-expected"},
)  # fmt: skip
DEALS = Page(
    {
        "owner": "owner", "team": "owner", "stage": "stage", "kind": "kind",
        "industry": "industry", "period": "close", "amount": "amount", "about": "q",
    },
    {"amount": "-amount", "close": "close", "chance": "-probability"},
)  # fmt: skip
HEALTH = Page(
    {"owner": "owner", "team": "team", "industry": "industry", "region": "region", "size": "size",
     "band": "band"},
    {},
)  # fmt: skip
LEADS = Page({"owner": "owner", "team": "team", "grade": "tier", "period": "came"}, {})
SELL = Page(
    {"owner": "owner", "team": "team", "industry": "industry", "product": "product",
     "amount": "value", "about": "q"},
    {},
)  # fmt: skip
EXPAND = Page({"owner": "owner", "team": "team", "industry": "industry", "region": "region"}, {})
# Sorting, counting and what only words need is no filter.
NO_FILTERS = frozenset({"count", "sort", "state", "versus", "mail", "tone", "to"})


def query_of(ask: Ask, page: Page, *, more: Sequence[tuple[str, str]] = ()) -> QueryDict:
    found = QueryDict(mutable=True)
    for slot, name in page.filters.items():
        for param, value in params_of(ask, slot, name):
            found.appendlist(param, value)
    sort = page.sorts.get(str(ask.slots.get("sort", "")))
    if sort:
        found["sort"] = sort
    for name, value in more:
        found.appendlist(name, value)
    return found


def params_of(ask: Ask, slot: str, name: str) -> list[tuple[str, str]]:  # noqa: PLR0911
    if slot not in ask.slots:
        return []
    match slot:
        case "owner":
            return [(name, ref) for ref, _ in ask.owners]
        case "team":
            if ask.team is None:
                return []
            if name == "owner":  # a list that knows no teams knows their people
                return [(name, ref) for ref in ask.tree.owners_below(ask.team)]
            return [(name, ask.team.key)]
        case "period":
            span = ask.period
            ends = [(f"{name}_from", span.since), (f"{name}_to", span.last)] if span else []
            return [(param, day.isoformat()) for param, day in ends]
        case "amount":
            pairs = zip(("from", "to"), ask.amount, strict=True)
            return [(f"{name}_{end}", str(value)) for end, value in pairs if value is not None]
        case "about":
            return [(name, str(ask.record))] if ask.record is not None else []
    return [(name, value) for value in ask.values(slot)]


def check(ask: Ask, page: Page, bound: BoundTable) -> None:
    """Says of each slot that the list does not narrow by; nothing is left out silently."""
    active = {each.name for each in bound.filters if each.active}
    there = {each.name for each in bound.filters}
    for slot in ask.slots:
        if slot in NO_FILTERS or not ask.said(slot):
            continue
        name = page.filters.get(slot)
        if name is None:
            ask.notes.append(f"This list cannot be narrowed by {ask.said(slot)}.")
        elif name not in active and params_of(ask, slot, name):
            if slot in ("owner", "team") and name not in there:
                continue  # whoever sees one seller alone has no such filter
            ask.notes.append(
                f"Nothing of yours is filed under {ask.said(slot)}: not narrowed by it."
            )


def wanted(ask: Ask, *, usual: int = 5, most: int = 50) -> int:
    count: Any = ask.slots.get("count") or usual
    return max(1, min(int(count), most))
