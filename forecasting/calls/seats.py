"""Who may say something of the number: the hierarchy as its reader sees it, seat by seat."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace

from django.db.models import Count

from accounts.models import CrmUser
from accounts.visibility import owners_visible_to, sees_whole_org
from forecasting.calls.reading import Said, newest
from forecasting.dashboard.hierarchy import Node, Tree
from forecasting.dashboard.teams import teams_seen_by
from forecasting.models import Forecast, ForecastCall, ForecastNode
from revenue.periods import Period
from revenue.users.models import Membership, Org
from revenue.users.roles import Role

ALL = ""
NOBODYS = "-"
MEMBER = "member-"  # as forecasting.dashboard.teams names them


@dataclass(frozen=True)
class Seats:
    """`own` are the reader's, `led` also those below; `totals` and `parts` what is foreseen."""

    tree: Tree
    own: Set[str]
    led: Set[str]
    totals: Mapping[str, ForecastNode]
    parts: Mapping[str, ForecastNode]
    said: Said

    def owners(self, node: Node) -> list[str]:
        row = self.totals.get(node.key)
        return sorted({*self.tree.owners_below(node), *(row.owners if row else ())})

    def rules(self, node: Node) -> bool:
        """The node is the reader's, or below one that is."""
        return any(one.key in self.led for one in self.tree.path(node))

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
    rows = ForecastNode.objects.visible_to(reader).filter(forecast=forecast).defer("weeks")
    totals, parts = dict[str, ForecastNode](), dict[str, ForecastNode]()
    for row in rows if forecast else ():
        (totals if row.is_total else parts)[row.key] = row
    users = owners_visible_to(reader).filter(membership=reader)
    refs = set(users.values_list("external_id", flat=True))
    seen = shared_out(teams_seen_by(reader), reader)
    own = {key for key, node in seen.items() if refs & set(node.owners)}
    own |= {member_key(reader.pk)} & seen.keys()
    nodes = joined(seen, [*totals.values(), *parts.values()], is_whole=sees_whole_org(reader))
    calls = ForecastCall.objects.of(reader.org).filter(length=period.length, since=period.since)
    # By node, not by whose deals they were about: who has left the team since hides no number.
    said = {(call.key, call.kind): call for call in newest(calls.filter(key__in=nodes))}
    wanted = own | {key for key, _ in said} | {r.key for r in totals.values() if r.owners}
    wanted |= {ALL} if sees_whole_org(reader) else set()
    tree = Tree(worth_showing(nodes, wanted | parts.keys()))
    whole = Seats(tree, own & tree.nodes.keys(), own | led_by(reader, seen), totals, parts, said)
    return whole if sees_whole_org(reader) else only_ruled(whole)


def member_key(pk: int) -> str:
    return f"{MEMBER}{pk}"


def led_by(reader: Membership, seen: Mapping[str, Node]) -> set[str]:
    """By reporting lines a manager who sells nothing may not stand in the tree."""
    if reader.role != Role.MANAGER or not any(key.startswith(MEMBER) for key in seen):
        return set()
    below = Membership.objects.below(reader).values_list("pk", flat=True)
    return {member_key(pk) for pk in below} & seen.keys()


def only_ruled(seats: Seats) -> Seats:
    """What people said of a node is for those above it; of one beside them nothing is told.

    A node whose number the reader sees has no owner whom they do not.
    """
    nodes = seats.tree.nodes
    kept = {key: one for key, one in nodes.items() if seats.rules(one) or key in seats.totals}
    kept = {
        key: replace(one, parent=one.parent if one.parent in kept else None)
        for key, one in kept.items()
    }
    said = {place: call for place, call in seats.said.items() if place[0] in kept}
    return replace(seats, tree=Tree(kept), said=said)


def shared_out(tree: Tree, reader: Membership) -> dict[str, Node]:
    """A role that several have is a team of theirs: each says a number of their own."""
    found = dict(tree.nodes)
    if reader.org.hierarchy != Org.Hierarchy.ROLES:
        return found
    shared = roles_shared(reader.org, found)
    names = dict(owners_visible_to(reader).values_list("external_id", "name")) if shared else {}
    for key in shared:
        role = found[key]
        found[key] = replace(role, owners=())
        for owner in role.owners:
            found[owner] = Node(owner, names.get(owner, owner), parent=key, owners=(owner,))
    return found


def roles_shared(org: Org, nodes: Mapping[str, Node]) -> list[str]:
    held = CrmUser.objects.of(org).present().filter(role_ref__in=nodes)
    counted = held.order_by().values("role_ref").annotate(holders=Count("pk"))
    return list(counted.filter(holders__gt=1).values_list("role_ref", flat=True))


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
