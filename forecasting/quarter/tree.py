"""Whose number adds to whose: the org, its teams, and everybody who sells."""

from collections.abc import Collection
from dataclasses import dataclass

from accounts.about.hierarchy import Node, Tree, tree_of
from accounts.about.teams import teams_among
from accounts.models import CrmUser
from forecasting.quarter.worlds import NOBODY
from revenue.users.models import Org

WHOLE, NOBODYS = "", "Nobody's"


@dataclass(frozen=True)
class Place:
    """One number: of somebody with all below (`is_total`), or of their own deals alone."""

    key: str
    parent: str | None
    name: str
    depth: int
    is_total: bool
    owners: tuple[str, ...]

    @property
    def row(self) -> tuple[str, str | None, bool, tuple[str, ...]]:
        return self.key, self.parent, self.is_total, self.owners


def places_of(org: Org, *, owners: Collection[str]) -> list[Place]:
    """`owners` are those who have deals, or may bring some; of others nothing is shown."""
    everybody = teams_among(CrmUser.objects.of(org).present(), org=org)
    wanted = set(owners)
    nodes = (
        Node(node.key, node.name, node.parent, tuple(one for one in node.owners if one in wanted))
        for node in everybody.nodes.values()
    )
    return places_in(tree_of(nodes), owners=wanted)


def places_in(tree: Tree, *, owners: Collection[str]) -> list[Place]:
    found = [Place(WHOLE, None, "", 0, True, tuple(sorted(owners)))]
    known: set[str] = set()
    for top in tree.tops:
        for node in tree.below(top):
            depth = len(tree.path(node))
            below = tuple(sorted(tree.owners_below(node)))
            known.update(node.owners)
            parent = node.parent or WHOLE
            found.append(Place(node.key, parent, node.name, depth, True, below))
            if tree.is_team(node) and node.owners:
                found.append(Place(node.key, parent, node.name, depth, False, node.owners))
    if lost := tuple(sorted(set(owners) - known)):
        found.append(Place(NOBODY, WHOLE, NOBODYS, 1, True, lost))
    return found


def is_team(place: Place, places: Collection[Place]) -> bool:
    return any(other.parent == place.key for other in places if other.key != place.key)
