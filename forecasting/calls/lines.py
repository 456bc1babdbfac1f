"""The reader's own line in the hierarchy, and which rows stand above it.

A number lists the owners whose deals are in it. Where those above sell nothing, theirs lists the
reader alone: that the reader sees every owner of it does not make it the reader's.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count

from accounts.about.hierarchy import Node, Tree
from accounts.about.teams import teams_seen_by
from accounts.models import CrmUser
from accounts.visibility import owners_visible_to, sees_whole_org
from revenue.users.models import Membership, Org
from revenue.users.roles import Role

ALL = ""
MEMBER = "member-"  # as accounts.about.teams names them


@dataclass(frozen=True)
class Line:
    """`nodes` is what the reader sees of the hierarchy; `keys` are the reader and all below."""

    nodes: Mapping[str, Node]
    keys: Set[str]


def line_of(reader: Membership) -> Line:
    """Whoever holds a node that is seen is the reader, or below; a role is by all who hold it."""
    tree = teams_seen_by(reader)
    nodes, whole_roles = shared_out(tree, reader)
    held = {key for key, node in nodes.items() if node.owners} | whole_roles
    held |= led_by(reader, nodes) | ({member_key(reader.pk)} & nodes.keys())
    owners = {owner for node in nodes.values() for owner in node.owners}
    return Line(nodes, below(held, nodes) | owners)


def below(keys: Set[str], nodes: Mapping[str, Any]) -> set[str]:
    """With all that stand below them."""
    found = set(keys)
    for key in nodes:
        way = way_up(key, nodes)
        if found & set(way):
            found.add(key)
    return found


def way_up(key: str, nodes: Mapping[str, Any]) -> list[str]:
    """From the node to its highest; a circle ends where it begins again."""
    way = [key]
    while (parent := nodes[way[-1]].parent) in nodes and parent not in way:
        way.append(parent)
    return way


def not_above(rows: Iterable[Any], reader: Membership, *, line: Line | None = None) -> list[Any]:
    """Of forecast nodes that are seen by their owners, without the whole and lines above.

    What has nobody below it is the reader's, whatever it was called when the forecast was made.
    """
    found = list(rows)
    if sees_whole_org(reader):
        return found
    totals = {row.key: row for row in found if row.is_total and row.key != ALL}
    above = {row.parent for row in totals.values()} & totals.keys()
    kept = below((line or line_of(reader)).keys, totals) if above else set[str]()
    return [
        row
        for row in found
        if row.key != ALL and (not row.is_total or row.key not in above or row.key in kept)
    ]


def member_key(pk: int) -> str:
    return f"{MEMBER}{pk}"


def led_by(reader: Membership, seen: Mapping[str, Node]) -> set[str]:
    """By reporting lines a manager who sells nothing may not stand in the tree."""
    if reader.role != Role.MANAGER or not any(key.startswith(MEMBER) for key in seen):
        return set()
    found = Membership.objects.below(reader).values_list("pk", flat=True)
    return {member_key(pk) for pk in found} & seen.keys()


def shared_out(tree: Tree, reader: Membership) -> tuple[dict[str, Node], set[str]]:
    """A role that several have is a team of theirs: each says a number of their own.

    And which of these roles are held by nobody but people whom the reader sees.
    """
    found = dict(tree.nodes)
    if reader.org.hierarchy != Org.Hierarchy.ROLES:
        return found, set()
    shared = roles_shared(reader.org, found)
    names = dict(owners_visible_to(reader).values_list("external_id", "name")) if shared else {}
    whole = set()
    for key, holders in shared.items():
        role = found[key]
        found[key] = replace(role, owners=())
        if len(role.owners) == holders:
            whole.add(key)
        for owner in role.owners:
            found[owner] = Node(owner, names.get(owner, owner), parent=key, owners=(owner,))
    return found, whole


def roles_shared(org: Org, nodes: Mapping[str, Node]) -> dict[str, int]:
    """How many hold each role that more than one holds."""
    held = CrmUser.objects.of(org).present().filter(role_ref__in=nodes)
    counted = held.order_by().values("role_ref").annotate(holders=Count("pk"))
    return dict(counted.filter(holders__gt=1).values_list("role_ref", "holders"))
