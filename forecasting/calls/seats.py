"""Who may say something of the number: the hierarchy as its reader sees it, seat by seat."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace

from accounts.about.hierarchy import Node, Tree
from accounts.visibility import owners_visible_to, sees_whole_org
from forecasting.calls.lines import ALL, line_of, member_key, not_above
from forecasting.calls.reading import Said, newest
from forecasting.models import Forecast, ForecastCall, ForecastNode
from revenue.periods import Period
from revenue.users.models import Membership
from revenue.users.roles import Role

NOBODYS = "-"


@dataclass(frozen=True)
class Seats:
    """`own` are the reader's, `led` also those below; `totals` and `parts` what is foreseen."""

    tree: Tree
    own: Set[str]
    led: Set[str]
    totals: Mapping[str, ForecastNode]
    parts: Mapping[str, ForecastNode]
    said: Said
    is_whole: bool

    def owners(self, node: Node) -> list[str]:
        row = self.totals.get(node.key)
        return sorted({*self.tree.owners_below(node), *(row.owners if row else ())})

    def rules(self, node: Node) -> bool:
        """The node is the reader's, or below one that is."""
        return any(one.key in self.led for one in self.tree.path(node))

    def hears(self, node: Node) -> bool:
        """What people said of it is for the reader."""
        return self.is_whole or self.rules(node)

    def may(self, reader: Membership, node: Node, kind: str) -> bool:
        if reader.role == Role.EXECUTIVE:
            return True
        if kind == ForecastCall.Kind.SUBMISSION:
            return reader.role in (Role.REP, Role.MANAGER) and node.key in self.own
        return reader.role == Role.MANAGER and self.rules(node)

    @property
    def sells(self) -> set[str]:
        """Nodes that hold somebody who is asked for a number."""
        leaves = {
            key
            for key, node in self.tree.nodes.items()
            if not self.tree.is_team(node) and key not in (ALL, NOBODYS)
        }
        return leaves | (self.parts.keys() & self.tree.nodes.keys())


def seats_of(reader: Membership, *, period: Period, forecast: Forecast | None) -> Seats:
    is_whole, line = sees_whole_org(reader), line_of(reader)
    rows = ForecastNode.objects.visible_to(reader).filter(forecast=forecast).defer("weeks")
    totals, parts = dict[str, ForecastNode](), dict[str, ForecastNode]()
    for row in not_above(rows, reader, line=line) if forecast else ():
        (totals if row.is_total else parts)[row.key] = row
    users = owners_visible_to(reader).filter(membership=reader)
    refs = set(users.values_list("external_id", flat=True))
    own = {key for key, node in line.nodes.items() if refs & set(node.owners)}
    own |= {member_key(reader.pk)} & line.nodes.keys()
    nodes = joined(line.nodes, [*totals.values(), *parts.values()], is_whole=is_whole)
    calls = ForecastCall.objects.of(reader.org).filter(length=period.length, since=period.since)
    # By node, not by whose deals they were about: who has left the team since hides no number.
    said = {(call.key, call.kind): call for call in newest(calls.filter(key__in=nodes))}
    wanted = own | {key for key, _ in said} | {r.key for r in totals.values() if r.owners}
    wanted |= {ALL} if is_whole else set()
    tree = Tree(worth_showing(nodes, wanted | parts.keys()))
    whole = Seats(tree, own & tree.nodes.keys(), own | line.keys, totals, parts, said, is_whole)
    return whole if is_whole else only_ruled(whole)


def only_ruled(seats: Seats) -> Seats:
    """What people said of a node is for those above it; of one beside or above nothing is told."""
    nodes = seats.tree.nodes
    kept = {key: one for key, one in nodes.items() if seats.rules(one) or key in seats.totals}
    kept = {
        key: replace(one, parent=one.parent if one.parent in kept else None)
        for key, one in kept.items()
    }
    said = {place: call for place, call in seats.said.items() if seats.rules(nodes[place[0]])}
    return replace(seats, tree=Tree(kept), said=said)


def joined(
    seen: Mapping[str, Node], rows: Iterable[ForecastNode], *, is_whole: bool
) -> dict[str, Node]:
    """Also those of whom there is a forecast, and who have left the hierarchy since."""
    found = dict(seen)
    for row in rows:
        if row.key not in seen and row.key != ALL:
            # Among those who are there now: old lines and new ones could make a circle.
            parent = row.parent if row.parent in seen else None
            found[row.key] = Node(row.key, row.name, parent, tuple(row.owners))
    if not is_whole:
        return found
    found = {key: replace(one, parent=one.parent or ALL) for key, one in found.items()}
    return {ALL: Node(ALL, ""), **found}


def worth_showing(nodes: Mapping[str, Node], wanted: Set[str]) -> dict[str, Node]:
    """Those who have a forecast or have said something, and all above them."""
    kept: set[str] = set()
    for key in wanted & nodes.keys():
        up: str | None = key
        while up is not None and up not in kept:
            kept.add(up)
            up = nodes[up].parent
    return {key: node for key, node in nodes.items() if key in kept}
