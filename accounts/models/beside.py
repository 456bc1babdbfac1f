"""Querysets of what higher rooms know about a record: for those who may read the record."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef

from accounts.models.account import Account, Lead
from revenue.users.models import Membership, Org, User


class OfOrg(models.QuerySet[Any]):
    def of(self, org: Org) -> Self:
        return self.filter(org=org)


class AccountRows(OfOrg):
    def visible_to(self, reader: Membership | User) -> Self:
        """Of the accounts that a person may read."""
        own = Account.objects.visible_to(reader)
        same = own.filter(org=OuterRef("org"), external_id=OuterRef("account_ref"))
        return self.filter(Exists(same))


class LeadRows(OfOrg):
    def visible_to(self, reader: Membership | User) -> Self:
        """Of the leads that a person may read."""
        own = Lead.objects.visible_to(reader)
        same = own.filter(org=OuterRef("org"), external_id=OuterRef("lead_ref"))
        return self.filter(Exists(same))


class OrgRows(OfOrg):
    """What any member of an org may read."""

    def visible_to(self, reader: Membership | User) -> Self:
        if isinstance(reader, Membership):
            return self.filter(org_id=reader.org_id)
        return self.filter(org__in=Org.objects.visible_to(reader))
