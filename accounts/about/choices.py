"""What the filters of a list offer: nothing that its reader could not meet in the list itself."""

from collections.abc import Sequence
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet

from accounts.models import CrmUser
from accounts.visibility import owners_visible_to
from revenue.users.models import Membership, Org

MOST = 300
KEPT_S = 300


def owners_seen_by(reader: Membership) -> list[tuple[str, str]]:
    owners = owners_visible_to(reader).order_by("name", "id")[:MOST]
    return [(each.external_id, each.name) for each in owners]


def values_of(
    rows: QuerySet[Any], column: str, *, reader: Membership, part: str = ""
) -> list[tuple[str, str]]:
    """The values of a column, kept for some minutes: to find them reads every visible row.

    `part` names the rows where they are not all that the reader sees: each part is kept apart.
    """
    key = f"choices:{rows.model.__name__}:{part}:{column}:{reader.pk}:{reader.role}"
    found: list[str] | None = cache.get(key)
    if found is None:
        named = rows.exclude(**{column: ""}).order_by(column)
        found = list(named.values_list(column, flat=True).distinct()[:MOST])
        cache.set(key, found, timeout=KEPT_S)
    return [(each, each) for each in found]


def names_of_owners(org: Org, refs: Sequence[str]) -> dict[str, str]:
    """Of those whom the org knows."""
    found = CrmUser.objects.of(org).filter(external_id__in=refs).exclude(name="")
    return dict(found.values_list("external_id", "name"))
