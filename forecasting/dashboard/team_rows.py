"""A team as rows: each who reports, with everyone below, and what their deals come to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from accounts.about.hierarchy import Node, Tree
from accounts.models import Opportunity
from forecasting.dashboard.rates import Closed, Rate, together
from forecasting.models import DealOutlook
from revenue.periods import Period
from revenue.users.models import Membership

YEAR = timedelta(days=365)
YEARS = 2
GRADES = ("A", "B", "C", "D")


@dataclass(frozen=True)
class Open:
    """What sellers have open."""

    deals: int = 0
    amount: float = 0.0
    at_risk: float = 0.0
    expected: float = 0.0
    warned: int = 0
    grades: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Open") -> "Open":
        return Open(
            self.deals + other.deals,
            self.amount + other.amount,
            self.at_risk + other.at_risk,
            self.expected + other.expected,
            self.warned + other.warned,
            {grade: self.grades.get(grade, 0) + other.grades.get(grade, 0) for grade in GRADES},
        )


@dataclass(frozen=True)
class Book:
    """Of each owner, what is open and what was closed."""

    open: Mapping[str | None, Open]
    closed: Mapping[str | None, Closed]


@dataclass(frozen=True)
class TeamRow:
    node: Node | None
    name: str
    url: str  # of the team below; nothing of one person
    query: str
    open: Open
    closed: Closed

    @property
    def by_grade(self) -> list[tuple[str, int, str]]:
        return [
            (grade, self.open.grades.get(grade, 0), f"{self.query}&grade={grade}")
            for grade in GRADES
        ]

    @property
    def is_empty(self) -> bool:
        return not self.open.deals and not self.closed.year.closed

    @property
    def risk_share(self) -> float | None:
        return self.open.at_risk / self.open.amount if self.open.amount else None


def book_of(reader: Membership, *, today: date) -> Book:
    return Book(
        open_by_owner(DealOutlook.objects.visible_to(reader)),
        closed_by_owner(
            Opportunity.objects.visible_to(reader),
            quarter=reader.org.quarter_of(today),
            today=today,
        ),
    )


def open_by_owner(rows: QuerySet[Any]) -> dict[str | None, Open]:
    found: dict[str | None, Open] = {}
    grouped = (
        rows.order_by()
        .values("owner_ref", "grade")
        .annotate(
            deals=Count("pk"),
            amount=Sum("corporate_amount"),
            at_risk=Sum("value_at_risk"),
            expected=Sum("expected_value"),
            warned=Count("pk", filter=~Q(warnings=[])),
        )
    )
    for row in grouped:
        owner, grade = row.pop("owner_ref"), row.pop("grade")
        money = {name: float(row[name] or 0) for name in ("amount", "at_risk", "expected")}
        one = Open(deals=row["deals"], warned=row["warned"], grades={grade: row["deals"]}, **money)
        found[owner] = found.get(owner, Open()) + one
    return found


def closed_by_owner(
    deals: QuerySet[Any], *, quarter: Period, today: date
) -> dict[str | None, Closed]:
    this = quarter.since
    lately = Q(close_date__gt=today - YEAR)
    rows = (
        deals.filter(is_closed=True, close_date__gte=this.replace(year=this.year - YEARS))
        .filter(close_date__lte=today)
        .annotate(month=TruncMonth("close_date"))
        .order_by()
        .values("owner_ref", "month")
        .annotate(
            all_won=Count("pk", filter=Q(is_won=True)),
            all_closed=Count("pk"),
            year_won=Count("pk", filter=lately & Q(is_won=True)),
            year_closed=Count("pk", filter=lately),
        )
    )
    found: dict[str | None, Closed] = {}
    for row in rows:
        # The quarter that still runs says nothing yet of how even the quarters are.
        begun = Period.of(row["month"], first_month=quarter.first_month).since
        quarters = {begun: (row["all_won"], row["all_closed"])} if begun < this else {}
        one = Closed(Rate(row["year_won"], row["year_closed"]), quarters)
        found[row["owner_ref"]] = together([found.get(row["owner_ref"], Closed()), one])
    return found


def rows_of(
    tree: Tree, node: Node | None, book: Book, *, url_of: Callable[[Node], str]
) -> list[TeamRow]:
    """Below a node; the tops where none is named. Who has a team has own deals in a row apart.

    Of whom nothing is open, and nothing closed within a year, there is nothing to compare.
    """
    found = []
    if node is not None and node.owners:
        found.append(row_of(node, node.owners, book, query=owners_query(node.owners)))
    for child in tree.children.get(node.key if node else None, ()):
        is_team = tree.is_team(child)
        owners = tree.owners_below(child)
        query = urlencode({"team": child.key}) if is_team else owners_query(owners)
        found.append(row_of(child, owners, book, query=query, url=url_of(child) if is_team else ""))
    return [row for row in found if not row.is_empty]


def row_of(node: Node, owners: Sequence[str], book: Book, *, query: str, url: str = "") -> TeamRow:
    return TeamRow(
        node=node,
        name=node.name,
        url=url,
        query=query,
        open=sum((book.open.get(owner, Open()) for owner in owners), Open()),
        closed=together(book.closed.get(owner, Closed()) for owner in owners),
    )


def owners_query(owners: Sequence[str]) -> str:
    return urlencode([("owner", owner) for owner in owners])


def total_of(rows: Sequence[TeamRow], *, query: str) -> TeamRow:
    return TeamRow(
        node=None,
        name="All of them",
        url="",
        query=query,
        open=sum((row.open for row in rows), Open()),
        closed=together(row.closed for row in rows),
    )
