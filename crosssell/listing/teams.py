"""A team as rows: each who reports, with everyone below, and what their suggestions come to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from accounts.about.hierarchy import Node, Tree
from crosssell.listing.standing import Standing, Sums, asked_of_each, sums_of
from crosssell.models import Recommendation

State = Recommendation.State
Book = Mapping[str | None, Standing]


@dataclass(frozen=True)
class TeamRow:
    node: Node | None
    name: str
    url: str  # of the team below; nothing of one person
    query: str
    standing: Standing

    @property
    def accepted(self) -> Sums:
        return self.standing.of(State.ACCEPTED)

    @property
    def dismissed(self) -> Sums:
        return self.standing.of(State.DISMISSED)

    @property
    def answered(self) -> float | None:
        """Of what was shown and did not run out unseen, the share that somebody decided about."""
        decided = self.accepted.count + self.dismissed.count
        asked = decided + self.standing.of(State.SUGGESTED).count
        return decided / asked if asked else None

    @property
    def is_empty(self) -> bool:
        return not self.standing.whole.count


def book_of(rows: QuerySet[Any]) -> Book:
    found: dict[str | None, dict[str, Sums]] = {}
    grouped = rows.order_by().values("account__owner_ref", "state").annotate(**asked_of_each())
    for row in grouped:
        found.setdefault(row["account__owner_ref"], {})[row["state"]] = sums_of(row)
    return {owner: Standing(by_state) for owner, by_state in found.items()}


def together(all_of: Sequence[Standing]) -> Standing:
    states = {state for each in all_of for state in each.by_state}
    return Standing(
        {state: sum((each.of(state) for each in all_of), Sums()) for state in sorted(states)}
    )


def rows_of(
    tree: Tree, node: Node | None, book: Book, *, url_of: Callable[[Node], str]
) -> list[TeamRow]:
    """Below a node; the tops where none is named. Who has a team has own rows apart."""
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
    standing = together([book[owner] for owner in owners if owner in book])
    return TeamRow(node=node, name=node.name, url=url, query=query, standing=standing)


def owners_query(owners: Sequence[str]) -> str:
    return urlencode([("owner", owner) for owner in owners])


def total_of(rows: Sequence[TeamRow], *, query: str) -> TeamRow:
    standing = together([row.standing for row in rows])
    return TeamRow(node=None, name="All of them", url="", query=query, standing=standing)
