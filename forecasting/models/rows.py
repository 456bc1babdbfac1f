"""What every table about deals has: it is for those who read the deal."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Opportunity
from revenue.users.models import Membership, Org, User


class DealRows(models.QuerySet[Any]):
    def of(self, org: Org) -> Self:
        return self.filter(org=org)

    def visible_to(self, reader: Membership | User) -> Self:
        """Of the deals that a person may read."""
        return self.filter(Exists(same_deal(Opportunity.objects.visible_to(reader))))


def same_deal(deals: QuerySet[Any]) -> QuerySet[Any]:
    return deals.filter(org=OuterRef("org"), external_id=OuterRef("opportunity_ref"))
