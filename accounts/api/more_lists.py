"""Lists of what happened, what is sold, and what the numbers are counted against."""

from rest_framework import serializers

from accounts import models as m
from accounts.api import rows as r
from accounts.api.lists import FactFilters, RecordList, a_ref, a_text
from revenue.api.strict import StrictSerializer


class ActivityFilters(FactFilters):
    kind = serializers.ChoiceField(choices=m.Activity.Kind.choices, required=False)
    account = a_ref("The account's id in the CRM.")
    opportunity = a_ref("The opportunity's id in the CRM.")
    contact = a_ref("The contact's id in the CRM.")
    lead = a_ref("The lead's id in the CRM.")
    owner = a_ref("The owner's id in the CRM.")
    is_done = serializers.BooleanField(required=False)
    happens_from = serializers.DateTimeField(required=False, help_text="This moment or later.")
    happens_to = serializers.DateTimeField(required=False, help_text="Before this moment.")


class ActivityList(RecordList):
    model, row, filters = m.Activity, r.ActivitySerializer, ActivityFilters
    narrowed = {
        "kind": "kind",
        "account": "account_ref",
        "opportunity": "opportunity_ref",
        "contact": "contact_ref",
        "lead": "lead_ref",
        "owner": "owner_ref",
        "is_done": "is_done",
        "happens_from": "happens_at__gte",
        "happens_to": "happens_at__lt",
    }


class ProductFilters(FactFilters):
    family = a_text("To the letter.")
    is_active = serializers.BooleanField(required=False)


class ProductList(RecordList):
    model, row, filters = m.Product, r.ProductSerializer, ProductFilters
    narrowed = {"family": "family", "is_active": "is_active"}


class LineItemFilters(FactFilters):
    opportunity = a_ref("The opportunity's id in the CRM.")
    product = a_ref("The product's id in the CRM.")


class LineItemList(RecordList):
    model, row, filters = m.LineItem, r.LineItemSerializer, LineItemFilters
    narrowed = {"opportunity": "opportunity_ref", "product": "product_ref"}


class PurchaseFilters(FactFilters):
    account = a_ref("The account's id in the CRM.")
    product = a_ref("The product's id in the CRM.")


class PurchaseList(RecordList):
    model, row, filters = m.Purchase, r.PurchaseSerializer, PurchaseFilters
    narrowed = {"account": "account_ref", "product": "product_ref"}


class CampaignFilters(FactFilters):
    is_active = serializers.BooleanField(required=False)


class CampaignList(RecordList):
    model, row, filters = m.Campaign, r.CampaignSerializer, CampaignFilters
    narrowed = {"is_active": "is_active"}


class CampaignMemberFilters(FactFilters):
    campaign = a_ref("The campaign's id in the CRM.")
    lead = a_ref("The lead's id in the CRM.")
    contact = a_ref("The contact's id in the CRM.")


class CampaignMemberList(RecordList):
    model, row, filters = m.CampaignMember, r.CampaignMemberSerializer, CampaignMemberFilters
    narrowed = {"campaign": "campaign_ref", "lead": "lead_ref", "contact": "contact_ref"}


class OwnerFilters(FactFilters):
    owner = a_ref("The owner's id in the CRM.")


class QuotaList(RecordList):
    model, row, filters = m.Quota, r.QuotaSerializer, OwnerFilters
    narrowed = {"owner": "owner_ref"}


class RateFilters(FactFilters):
    currency = serializers.RegexField(
        r"^[A-Z]{3}$", required=False, help_text="Three capital letters, such as EUR."
    )


class CurrencyRateList(RecordList):
    model, row, filters = m.CurrencyRate, r.CurrencyRateSerializer, RateFilters
    narrowed = {"currency": "currency"}


class CrmUserFilters(FactFilters):
    manager = a_ref("Those who report to this user, in the CRM.")
    is_active = serializers.BooleanField(required=False)


class CrmUserList(RecordList):
    model, row, filters = m.CrmUser, r.CrmUserSerializer, CrmUserFilters
    narrowed = {"manager": "manager_ref", "is_active": "is_active"}


class CrmRoleList(RecordList):
    model, row = m.CrmRole, r.CrmRoleSerializer


class ChangeFilters(FactFilters):
    since = serializers.DateTimeField(required=False, help_text="Changed at this moment or later.")
    until = serializers.DateTimeField(required=False, help_text="Changed before this moment.")


class StageChangeFilters(ChangeFilters):
    opportunity = a_ref("The opportunity's id in the CRM.")


class StageChangeList(RecordList):
    model, row, filters = m.StageChange, r.StageChangeSerializer, StageChangeFilters
    narrowed = {
        "opportunity": "opportunity_ref",
        "since": "changed_at__gte",
        "until": "changed_at__lt",
    }


class FieldChangeFilters(ChangeFilters):
    record = a_text("The kind of record: opportunity, account, contact, lead or case.")
    record_ref = a_ref("The record's id in the CRM.")
    field = a_text("The field that changed.")


class FieldChangeList(RecordList):
    model, row, filters = m.FieldChange, r.FieldChangeSerializer, FieldChangeFilters
    narrowed = {
        "record": "record",
        "record_ref": "record_ref",
        "field": "field_name",
        "since": "changed_at__gte",
        "until": "changed_at__lt",
    }


class SnapshotFilters(StrictSerializer):
    day = serializers.DateField(required=False, help_text="The pipeline at the end of this day.")
    opportunity = a_ref("The opportunity's id in the CRM.")
    owner = a_ref("The owner's id in the CRM.")


class SnapshotList(RecordList):
    model, row, filters = m.PipelineSnapshot, r.SnapshotSerializer, SnapshotFilters
    narrowed = {"day": "day", "opportunity": "opportunity_ref", "owner": "owner_ref"}
