"""Which accounts are one customer in several orgs of a group, and how sure that is."""

from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers

from accounts import models as m
from accounts.api.lists import RecordList, a_ref
from revenue.api.strict import StrictSerializer


class MatchSerializer(serializers.ModelSerializer[m.Match]):
    org = serializers.CharField(source="org.slug", read_only=True)
    other_org = serializers.CharField(source="other_org.slug", read_only=True)
    state = serializers.CharField(help_text="joined, doubtful, refused or undone.")
    reasons = serializers.ListField(
        child=serializers.CharField(), help_text="What speaks for it and against, in words."
    )

    class Meta:
        model = m.Match
        fields = (
            "id", "org", "account_ref", "other_org", "other_ref", "confidence", "reasons",
            "state", "decided_at", "found_at",
        )  # fmt: skip
        read_only_fields = fields


class MatchFilters(StrictSerializer):
    state = serializers.ChoiceField(choices=m.Match.State.choices, required=False)
    account = a_ref("The id in the CRM of an account of this org.")


class MatchList(RecordList):
    """Pairs of which the reader may open both accounts."""

    model, row, filters = m.Match, MatchSerializer, MatchFilters

    def rows(self) -> QuerySet[Any]:
        ref = self.asked.pop("account", "")
        found = super().rows().select_related("org", "other_org")
        if ref:
            found = found.filter(
                Q(org=self.org, account_ref=ref) | Q(other_org=self.org, other_ref=ref)
            )
        return found


class CustomerAccountSerializer(serializers.ModelSerializer[m.CustomerAccount]):
    customer = serializers.IntegerField(
        source="customer_id", help_text="The same number in each org of the group."
    )

    class Meta:
        model = m.CustomerAccount
        fields = ("id", "customer", "account_ref", "joined_at")
        read_only_fields = fields


class CustomerAccountFilters(StrictSerializer):
    customer = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, source="customer_id"
    )
    account = a_ref("The account's id in the CRM.", source="account_ref")


class CustomerAccountList(RecordList):
    model, row, filters = m.CustomerAccount, CustomerAccountSerializer, CustomerAccountFilters
