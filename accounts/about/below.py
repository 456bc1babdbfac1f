"""Figures of a team as rows: each who reports, with everyone below, and what theirs come to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from accounts.about.hierarchy import Node, Tree

Figures = TypeVar("Figures")
Together = Callable[[Sequence[Figures]], Figures]


@dataclass(frozen=True)
class Row(Generic[Figures]):
    node: Node | None
    name: str
    url: str  # of the team below; nothing of one person
    query: str
    figures: Figures


@dataclass(frozen=True)
class Below(Generic[Figures]):
    """`book` holds the figures of each owner; of whom there are none, there is no row."""

    tree: Tree
    book: Mapping[str, Figures]
    together: Together[Figures]
    url_of: Callable[[Node], str]

    def rows(self, node: Node | None) -> list[Row[Figures]]:
        """The tops where no node is given. Who has a team has own figures in a row apart."""
        own = [self.row(node, node.owners)] if node is not None else []
        children = self.tree.children.get(node.key if node else None, ())
        found = [*own, *(self.of_child(child) for child in children)]
        return [row for row in found if row is not None]

    def of_child(self, child: Node) -> Row[Figures] | None:
        owners = self.tree.owners_below(child)
        if not self.tree.is_team(child):
            return self.row(child, owners)
        query = urlencode({"team": child.key})
        return self.row(child, owners, query=query, url=self.url_of(child))

    def row(
        self, node: Node, owners: Sequence[str], *, query: str = "", url: str = ""
    ) -> Row[Figures] | None:
        figures = [self.book[owner] for owner in owners if owner in self.book]
        if not figures:
            return None
        query = query or urlencode([("owner", owner) for owner in owners])
        return Row(node, node.name, url, query, self.together(figures))

    def standing_at(self, node: Node | None) -> tuple[Node | None, list[Row[Figures]]]:
        """Where one stands above all, what is below is what there is to compare."""
        rows = self.rows(node)
        if node is None and len(rows) == 1 and rows[0].url:
            node = rows[0].node
            rows = self.rows(node)
        return node, rows

    def total(self, node: Node | None, rows: Sequence[Row[Figures]]) -> Row[Figures]:
        query = urlencode({"team": node.key}) if node else ""
        return Row(None, "All of them", "", query, self.together([row.figures for row in rows]))

    def line(self, node: Node | None) -> list[tuple[str, str]]:
        """The names from the top down to the node, each but the last with its address."""
        path = self.tree.path(node) if node else []
        return [(one.name, self.url_of(one) if one is not node else "") for one in path]
