"""Lists of what happened, what is sold, and what the numbers are counted against."""

from rest_framework import serializers

from accounts import models as m
from accounts.api import rows as r
from accounts.api.lists import FactFilters, RecordList, a_ref, a_text
from revenue.api.strict import StrictSerializer


class ActivityFilters(FactFilters):
    kind = serializers.ChoiceField(choices=m.Activity.Kind.choices, required=False)
    account = a_ref("The account's id in the CRM.", source="account_ref")
    opportunity = a_ref("The opportunity's id in the CRM.", source="opportunity_ref")
    contact = a_ref("The contact's id in the CRM.", source="contact_ref")
    lead = a_ref("The lead's id in the CRM.", source="lead_ref")
    owner = a_ref("The owner's id in the CRM.", source="owner_ref")
    is_done = serializers.BooleanField(required=False)
    happens_from = serializers.DateTimeField(
        required=False, help_text="This moment or later.", source="happens_at__gte"
    )
    happens_to = serializers.DateTimeField(
        required=False, help_text="Before this moment.", source="happens_at__lt"
    )


class ActivityList(RecordList):
    model, row, filters = m.Activity, r.ActivitySerializer, ActivityFilters


class ProductFilters(FactFilters):
    family = a_text("To the letter.")
    is_active = serializers.BooleanField(required=False)


class ProductList(RecordList):
    model, row, filters = m.Product, r.ProductSerializer, ProductFilters


class LineItemFilters(FactFilters):
    opportunity = a_ref("The opportunity's id in the CRM.", source="opportunity_ref")
    product = a_ref("The product's id in the CRM.", source="product_ref")


class LineItemList(RecordList):
    model, row, filters = m.LineItem, r.LineItemSerializer, LineItemFilters


class PurchaseFilters(FactFilters):
    account = a_ref("The account's id in the CRM.", source="account_ref")
    product = a_ref("The product's id in the CRM.", source="product_ref")


class PurchaseList(RecordList):
    model, row, filters = m.Purchase, r.PurchaseSerializer, PurchaseFilters


class CampaignFilters(FactFilters):
    is_active = serializers.BooleanField(required=False)


class CampaignList(RecordList):
    model, row, filters = m.Campaign, r.CampaignSerializer, CampaignFilters


class CampaignMemberFilters(FactFilters):
    campaign = a_ref("The campaign's id in the CRM.", source="campaign_ref")
    lead = a_ref("The lead's id in the CRM.", source="lead_ref")
    contact = a_ref("The contact's id in the CRM.", source="contact_ref")


class CampaignMemberList(RecordList):
    model, row, filters = m.CampaignMember, r.CampaignMemberSerializer, CampaignMemberFilters


class OwnerFilters(FactFilters):
    owner = a_ref("The owner's id in the CRM.", source="owner_ref")


class QuotaList(RecordList):
    model, row, filters = m.Quota, r.QuotaSerializer, OwnerFilters


class RateFilters(FactFilters):
    currency = serializers.RegexField(
        r"^[A-Z]{3}$", required=False, help_text="Three capital letters, such as EUR."
    )


class CurrencyRateList(RecordList):
    model, row, filters = m.CurrencyRate, r.CurrencyRateSerializer, RateFilters


class CrmUserFilters(FactFilters):
    manager = a_ref("Those who report to this user, in the CRM.", source="manager_ref")
    is_active = serializers.BooleanField(required=False)


class CrmUserList(RecordList):
    model, row, filters = m.CrmUser, r.CrmUserSerializer, CrmUserFilters


class CrmRoleList(RecordList):
    model, row = m.CrmRole, r.CrmRoleSerializer


class ChangeFilters(FactFilters):
    since = serializers.DateTimeField(
        required=False, source="changed_at__gte", help_text="Changed at this moment or later."
    )
    until = serializers.DateTimeField(
        required=False, source="changed_at__lt", help_text="Changed before this moment."
    )


class StageChangeFilters(ChangeFilters):
    opportunity = a_ref("The opportunity's id in the CRM.", source="opportunity_ref")


class StageChangeList(RecordList):
    model, row, filters = m.StageChange, r.StageChangeSerializer, StageChangeFilters


class FieldChangeFilters(ChangeFilters):
    record = a_text("The kind of record: opportunity, account, contact, lead or case.")
    record_ref = a_ref("The record's id in the CRM.")
    field = a_text("The field that changed.", source="field_name")


class FieldChangeList(RecordList):
    model, row, filters = m.FieldChange, r.FieldChangeSerializer, FieldChangeFilters


class SnapshotFilters(StrictSerializer):
    day = serializers.DateField(required=False, help_text="The pipeline at the end of this day.")
    opportunity = a_ref("The opportunity's id in the CRM.", source="opportunity_ref")
    owner = a_ref("The owner's id in the CRM.", source="owner_ref")


class SnapshotList(RecordList):
    model, row, filters = m.PipelineSnapshot, r.SnapshotSerializer, SnapshotFilters
