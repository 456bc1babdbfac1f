"""What became of each deal between two moments: one category a deal, the first that holds.

A deal counts as pipeline where it is open and, if a window of closing is asked for, meant to close
within it. Its part of the change is what it counts for now, less what it counted for then; so the
parts of all categories sum to the difference of the two pipelines.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DecimalField,
    F,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

NOUGHT = Value(0, output_field=DecimalField())


@dataclass(frozen=True)
class Category:
    name: str
    title: str
    said: str
    gains: bool | None = None  # nothing: either way


CATEGORIES = (
    Category("new", "New", "Made since, and open now.", gains=True),
    Category("pulled_in", "Pulled in", "Open then and now; to close earlier.", gains=True),
    Category("pushed_out", "Pushed out", "Open then and now; to close later.", gains=False),
    Category("amount_up", "Amount up", "The amount has risen.", gains=True),
    Category("amount_down", "Amount down", "The amount has fallen.", gains=False),
    Category("won", "Won", "Won in between.", gains=False),
    Category("lost", "Lost", "Lost in between.", gains=False),
    Category("reopened", "Reopened", "Closed then, and open now.", gains=True),
    Category("owner", "Owner changed", "With another seller, and otherwise the same."),
    Category("same", "Unchanged", "As it was."),
)
BY_NAME = {one.name: one for one in CATEGORIES}


@dataclass(frozen=True)
class Window:
    """When deals are to close; both days included."""

    since: date
    until: date

    def holds(self, path: str) -> Q:
        return Q(**{f"{path}__range": (self.since, self.until)})


def categorised(rows: QuerySet[Any], *, window: Window | None) -> QuerySet[Any]:
    """With `category`, `counted_then`, `counted_now` and `delta`; others than these left out."""
    open_then, open_now = Q(standing_then="open"), Q(standing_now="open")
    within_then = window.holds("close_then") if window else Q()
    within_now = window.holds("close_now") if window else Q()
    then, now = open_then & within_then, open_now & within_now
    ended = Q(standing_now__in=("won", "lost")) & (then | within_now)
    if window:
        rows = rows.filter(then | now | ended)
        pulled, pushed = open_then & ~then & now, then & open_now & ~now
    else:
        pulled = open_then & open_now & Q(close_now__lt=F("close_then"))
        pushed = open_then & open_now & Q(close_now__gt=F("close_then"))
    same_owner = Q(owner_now=F("owner_then")) | Q(owner_now=None, owner_then=None)
    before, after = (Coalesce(F(f"amount_{side}"), NOUGHT) for side in ("then", "now"))
    found: QuerySet[Any] = rows.annotate(
        counted_then=Case(When(then, then=before), default=NOUGHT),
        counted_now=Case(When(now, then=after), default=NOUGHT),
    ).annotate(
        delta=F("counted_now") - F("counted_then"),
        category=Case(
            When(Q(standing_then="none") & now, then=Value("new")),
            When(pulled, then=Value("pulled_in")),
            When(pushed, then=Value("pushed_out")),
            When(open_then & now & Q(delta__gt=0), then=Value("amount_up")),
            When(open_then & now & Q(delta__lt=0), then=Value("amount_down")),
            When(standing_now="won", then=Value("won")),
            When(standing_now="lost", then=Value("lost")),
            When(Q(standing_then__in=("won", "lost")) & now, then=Value("reopened")),
            When(now & ~same_owner, then=Value("owner")),
            default=Value("same"),
            output_field=CharField(),
        ),
    )
    return found


@dataclass(frozen=True)
class Part:
    """Of one category: its deals, what they change, and what was closed by them."""

    category: Category
    deals: int
    delta: Any
    amount: Any


@dataclass(frozen=True)
class Walk:
    """From the pipeline then to the pipeline now."""

    then: Any
    now: Any
    deals_then: int
    deals_now: int
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part:
        return next(one for one in self.parts if one.category.name == name)


def walk_of(rows: QuerySet[Any]) -> Walk:
    found = {
        row["category"]: row
        for row in rows.order_by()
        .values("category")
        .annotate(
            deals=Count("pk"),
            sum_then=Sum("counted_then"),
            sum_now=Sum("counted_now"),
            sum_delta=Sum("delta"),
            amount=Sum(Coalesce(F("amount_now"), NOUGHT)),
            deals_then=Count("pk", filter=~Q(counted_then=0)),
            deals_now=Count("pk", filter=~Q(counted_now=0)),
        )
    }
    parts = tuple(
        Part(
            one,
            found.get(one.name, {}).get("deals", 0),
            found.get(one.name, {}).get("sum_delta", 0),
            found.get(one.name, {}).get("amount", 0),
        )
        for one in CATEGORIES
    )
    total = {
        name: sum(row[name] for row in found.values())
        for name in ("sum_then", "sum_now", "deals_then", "deals_now")
    }
    return Walk(total["sum_then"], total["sum_now"], total["deals_then"], total["deals_now"], parts)


def flows_of(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    """How many deals, and how much, went from which stage to which."""
    return list(
        rows.order_by()
        .values("standing_then", "stage_then", "standing_now", "stage_now", "category")
        .annotate(
            deals=Count("pk"),
            amount=Sum(Coalesce(F("amount_now"), F("amount_then"), NOUGHT)),
        )
    )
