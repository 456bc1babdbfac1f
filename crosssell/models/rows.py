"""What every table about accounts has: it is for those who read the account."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef

from accounts.models import Account
from revenue.users.models import Membership, Org, User


class AccountRows(models.QuerySet[Any]):
    def of(self, org: Org) -> Self:
        return self.filter(org=org)

    def visible_to(self, reader: Membership | User) -> Self:
        """Of the accounts that a person may read."""
        own = Account.objects.visible_to(reader)
        same = own.filter(org=OuterRef("org"), external_id=OuterRef("account_ref"))
        return self.filter(Exists(same))


class OrgRows(models.QuerySet[Any]):
    """What any member of an org may read."""

    def of(self, org: Org) -> Self:
        return self.filter(org=org)

    def visible_to(self, reader: Membership | User) -> Self:
        if isinstance(reader, Membership):
            return self.filter(org_id=reader.org_id)
        return self.filter(org__in=Org.objects.visible_to(reader))
