"""What every table about deals has: it is for those who read the deal."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Opportunity
from accounts.visibility import owners_visible_to, sees_whole_org
from revenue.users.models import Membership, Org, User


class DealRows(models.QuerySet[Any]):
    def of(self, org: Org) -> Self:
        return self.filter(org=org)

    def visible_to(self, reader: Membership | User) -> Self:
        """Of the deals that a person may read."""
        return self.filter(Exists(same_deal(Opportunity.objects.visible_to(reader))))


def same_deal(deals: QuerySet[Any]) -> QuerySet[Any]:
    return deals.filter(org=OuterRef("org"), external_id=OuterRef("opportunity_ref"))


class OwnedRows(models.QuerySet[Any]):
    """Sums over owners: for those who see the rows of every one of them."""

    def of(self, org: Org) -> Self:
        return self.filter(org=org)

    def visible_to(self, reader: Membership | User) -> Self:
        if isinstance(reader, Membership):
            return self.filter(sums_seen_by(reader))
        seen = Q(pk__in=[])
        for membership in Membership.objects.active().filter(user=reader).order_by("id"):
            seen |= sums_seen_by(membership)
        return self.filter(seen)


def sums_seen_by(reader: Membership) -> Q:
    of_org = Q(org_id=reader.org_id)
    if sees_whole_org(reader):
        return of_org
    seen = list(owners_visible_to(reader).values_list("external_id", flat=True))
    return of_org & Q(owners__contained_by=seen) & ~Q(owners=[])


class PersonalRows(models.QuerySet[Any]):
    """What its owner alone reads, in the orgs that they are in."""

    def of(self, org: Org) -> Self:
        return self.filter(org=org)

    def visible_to(self, reader: Membership | User) -> Self:
        if isinstance(reader, Membership):
            return self.filter(org_id=reader.org_id, owner_id=reader.user_id)
        return self.filter(org__in=Org.objects.visible_to(reader), owner=reader)
