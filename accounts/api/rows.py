"""How each kind of record looks to a program: its columns by our names, the rest in `extra`."""

from typing import Any

from rest_framework import serializers

from accounts import models as m

KEYS = ("id", "external_id")
STAMPS = ("created_at", "modified_at", "synced_at", "extra")


class FactSerializer(serializers.ModelSerializer[Any]):
    """`…_ref` holds the CRM's id of another record, which may not be here, or not for you."""

    extra = serializers.DictField(
        read_only=True,
        help_text="Fields of the CRM that have no column here, by their names there.",
    )


def shown(*columns: str) -> tuple[str, ...]:
    return (*KEYS, *columns, *STAMPS)


class AccountSerializer(FactSerializer):
    class Meta:
        model = m.Account
        fields = shown(
            "name", "owner_ref", "parent_ref", "kind", "industry", "phone", "website", "source",
            "rating", "is_person", "employees", "annual_revenue", "currency", "street", "city",
            "state", "postal_code", "country", "last_activity_date", "merged_into_ref",
            "description",
        )  # fmt: skip
        read_only_fields = fields


class ContactSerializer(FactSerializer):
    class Meta:
        model = m.Contact
        fields = shown(
            "account_ref", "owner_ref", "reports_to_ref", "first_name", "last_name", "name",
            "title", "department", "email", "phone", "mobile", "source", "city", "country",
            "last_activity_date", "merged_into_ref",
        )  # fmt: skip
        read_only_fields = fields


class LeadSerializer(FactSerializer):
    class Meta:
        model = m.Lead
        fields = shown(
            "owner_ref", "first_name", "last_name", "name", "company", "title", "email", "phone",
            "website", "status", "source", "industry", "rating", "employees", "annual_revenue",
            "currency", "city", "state", "country", "is_converted", "converted_date",
            "converted_account_ref", "converted_contact_ref", "converted_opportunity_ref",
            "last_activity_date", "merged_into_ref",
        )  # fmt: skip
        read_only_fields = fields


class OpportunitySerializer(FactSerializer):
    class Meta:
        model = m.Opportunity
        fields = shown(
            "account_ref", "owner_ref", "campaign_ref", "name", "stage", "amount", "currency",
            "corporate_amount", "probability", "close_date", "is_closed", "is_won",
            "forecast_category", "kind", "source", "next_step", "last_activity_date",
            "description",
        )  # fmt: skip
        read_only_fields = fields


class OpportunityContactSerializer(FactSerializer):
    class Meta:
        model = m.OpportunityContact
        fields = shown("opportunity_ref", "contact_ref", "role", "is_primary")
        read_only_fields = fields


class ActivitySerializer(FactSerializer):
    class Meta:
        model = m.Activity
        fields = shown(
            "kind", "subject", "description", "owner_ref", "account_ref", "opportunity_ref",
            "contact_ref", "lead_ref", "case_ref", "what_ref", "who_ref", "happens_at",
            "duration_minutes", "status", "priority", "is_done", "is_incoming",
        )  # fmt: skip
        read_only_fields = fields


class CaseSerializer(FactSerializer):
    class Meta:
        model = m.Case
        fields = shown(
            "account_ref", "contact_ref", "owner_ref", "number", "subject", "status", "priority",
            "reason", "origin", "kind", "opened_at", "closed_at", "is_closed", "is_escalated",
            "merged_into_ref", "description",
        )  # fmt: skip
        read_only_fields = fields


class ProductSerializer(FactSerializer):
    class Meta:
        model = m.Product
        fields = shown("name", "code", "family", "is_active", "price", "currency", "description")
        read_only_fields = fields


class LineItemSerializer(FactSerializer):
    class Meta:
        model = m.LineItem
        fields = shown(
            "opportunity_ref", "product_ref", "quantity", "unit_price", "total_price", "currency",
            "corporate_total", "discount", "service_date", "description",
        )  # fmt: skip
        read_only_fields = fields


class PurchaseSerializer(FactSerializer):
    class Meta:
        model = m.Purchase
        fields = shown(
            "account_ref", "product_ref", "order_number", "status", "quantity", "unit_price",
            "total_price", "currency", "corporate_total", "purchased_at", "ends_date",
        )  # fmt: skip
        read_only_fields = fields


class CampaignSerializer(FactSerializer):
    class Meta:
        model = m.Campaign
        fields = shown(
            "owner_ref", "parent_ref", "name", "kind", "status", "is_active", "start_date",
            "end_date",
        )  # fmt: skip
        read_only_fields = fields


class CampaignMemberSerializer(FactSerializer):
    class Meta:
        model = m.CampaignMember
        fields = shown(
            "campaign_ref", "lead_ref", "contact_ref", "status", "has_responded",
            "responded_date",
        )  # fmt: skip
        read_only_fields = fields


class QuotaSerializer(FactSerializer):
    class Meta:
        model = m.Quota
        fields = shown(
            "owner_ref", "starts_date", "ends_date", "amount", "currency", "corporate_amount",
            "kind",
        )  # fmt: skip
        read_only_fields = fields


class CurrencyRateSerializer(FactSerializer):
    class Meta:
        model = m.CurrencyRate
        fields = shown("currency", "rate", "starts_date", "ends_date", "is_corporate")
        read_only_fields = fields


class CrmUserSerializer(FactSerializer):
    class Meta:
        model = m.CrmUser
        fields = shown(
            "name", "email", "title", "team", "region", "is_active", "manager_ref", "role_ref"
        )
        read_only_fields = fields


class CrmRoleSerializer(FactSerializer):
    class Meta:
        model = m.CrmRole
        fields = shown("name", "parent_ref")
        read_only_fields = fields


class StageChangeSerializer(FactSerializer):
    class Meta:
        model = m.StageChange
        fields = shown(
            "opportunity_ref", "stage", "amount", "currency", "close_date", "probability",
            "forecast_category", "by_ref", "changed_at",
        )  # fmt: skip
        read_only_fields = fields


class FieldChangeSerializer(FactSerializer):
    class Meta:
        model = m.FieldChange
        fields = shown(
            "record", "record_ref", "field_name", "old_value", "new_value", "by_ref",
            "changed_at", "origin",
        )  # fmt: skip
        read_only_fields = fields


class SnapshotSerializer(serializers.ModelSerializer[Any]):
    class Meta:
        model = m.PipelineSnapshot
        fields = (
            "id", "day", "opportunity_ref", "account_ref", "owner_ref", "stage", "amount",
            "currency", "corporate_amount", "probability", "close_date", "forecast_category",
        )  # fmt: skip
        read_only_fields = fields
