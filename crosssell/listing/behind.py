"""The look-alike customers behind suggestions: those alone whom the reader may open."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.models import Account
from revenue.users.models import User

MOST = 5


@dataclass(frozen=True)
class Lookalike:
    name: str
    org_name: str  # where it is a customer of another org
    url: str
    likeness: float


def lookalikes_of(rows: Sequence[Any], *, person: User) -> Mapping[int, list[Lookalike]]:
    """By suggestion, the most alike first. Nothing is told of the others, not how many they are."""
    wanted: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        for each in row.lookalikes:
            wanted[each["org"]].add(each["ref"])
    if not wanted:
        return {}
    named = Q()
    for org, refs in wanted.items():
        named |= Q(org_id=org, external_id__in=refs)
    found = Account.objects.visible_to(person).filter(named).select_related("org")
    seen = {(account.org_id, account.external_id): account for account in found}
    return {
        row.pk: [
            shown(seen[each["org"], each["ref"]], row=row, likeness=float(each["likeness"]))
            for each in sorted(row.lookalikes, key=lambda each: -float(each["likeness"]))
            if (each["org"], each["ref"]) in seen
        ][:MOST]
        for row in rows
    }


def shown(account: Any, *, row: Any, likeness: float) -> Lookalike:
    return Lookalike(
        name=account.name,
        org_name=account.org.name if account.org_id != row.org_id else "",
        url=reverse("accounts:account-show", args=[account.org.slug, account.pk]),
        likeness=likeness,
    )
