"""The hierarchy that holds in an org, cut to what its reader sees: docs/visibility.md."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from accounts.about.hierarchy import Node, Tree, tree_of
from accounts.models import CrmRole, CrmUser
from accounts.visibility import owners_visible_to
from revenue.users.models import Membership, Org


def teams_seen_by(reader: Membership) -> Tree:
    return teams_among(owners_visible_to(reader), org=reader.org)


def teams_among(people: QuerySet[CrmUser], *, org: Org) -> Tree:
    sellers = list(
        people.values_list("external_id", "name", "manager_ref", "role_ref", "membership_id")
    )
    if not crm_knows_lines(org):
        return tree_of(by_members(sellers, org=org))
    if org.hierarchy == Org.Hierarchy.ROLES:
        return tree_of(by_roles(sellers, org=org))
    return tree_of(
        Node(key=ref, name=name, parent=manager, owners=(ref,))
        for ref, name, manager, _, _ in sellers
    )


def crm_knows_lines(org: Org) -> bool:
    managers = CrmUser.objects.of(org).present().filter(manager_ref__isnull=False)
    roles = CrmRole.objects.of(org).present().filter(parent_ref__isnull=False)
    return managers.exists() or roles.exists()


def by_roles(sellers: Iterable[tuple[Any, ...]], *, org: Org) -> list[Node]:
    """A role is a node, with all who have it: peers stand beside each other."""
    held, named = defaultdict(list), defaultdict(list)
    alone = []
    for ref, name, _, role, _ in sellers:
        if role is None:
            alone.append(Node(key=ref, name=name, owners=(ref,)))
            continue
        held[role].append(ref)
        named[role].append(name)
    roles = CrmRole.objects.of(org).present().values_list("external_id", "name", "parent_ref")
    return [
        *alone,
        *(
            Node(
                key=ref,
                name=f"{name}: {named[ref][0]}" if len(held[ref]) == 1 else name,
                parent=parent,
                owners=tuple(held[ref]),
            )
            for ref, name, parent in roles
        ),
    ]


def by_members(sellers: Iterable[tuple[Any, ...]], *, org: Org) -> list[Node]:
    """Members whom the CRM does not know stand in the line, and hold nothing."""
    members = Membership.objects.filter(org=org).select_related("user")
    names = {member.pk: member for member in members}
    held, alone = defaultdict(list), []
    for ref, name, _, _, member in sellers:
        if member in names:
            held[member].append(ref)
        else:
            alone.append(Node(key=ref, name=name, owners=(ref,)))
    return [
        *alone,
        *(
            Node(
                key=f"member-{pk}",
                name=member.user.full_name or member.user.email,
                parent=f"member-{member.reports_to_id}" if member.reports_to_id else None,
                owners=tuple(held[pk]),
            )
            for pk, member in names.items()
        ),
    ]
