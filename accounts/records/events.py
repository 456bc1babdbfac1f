"""What happened: to deals, with customers, and what was expected of sellers."""

from accounts import models as m
from accounts.records.source_object import SourceObject


def field_history(name: str, *, of: str, by: str) -> SourceObject:
    return SourceObject(
        name,
        "field change",
        m.FieldChange,
        {
            by: "record_ref",
            "Field": "field_name",
            "OldValue": "old_value",
            "NewValue": "new_value",
            "CreatedById": "by_ref",
            "CreatedDate": "changed_at",
        },
        constants={"record": of, "origin": "source"},
        required=("changed_at",),
    )


EVENTS = (
    SourceObject(
        "OpportunityHistory",
        "stage change",
        m.StageChange,
        {
            "OpportunityId": "opportunity_ref",
            "StageName": "stage",
            "Amount": "amount",
            "CurrencyIsoCode": "currency",
            "CloseDate": "close_date",
            "Probability": "probability",
            "ForecastCategory": "forecast_category",
            "CreatedById": "by_ref",
            "CreatedDate": "changed_at",
        },
        required=("changed_at",),
    ),
    field_history("OpportunityFieldHistory", of="opportunity", by="OpportunityId"),
    field_history("AccountHistory", of="account", by="AccountId"),
    field_history("AssetHistory", of="purchase", by="AssetId"),
    SourceObject(
        "Case",
        "case",
        m.Case,
        {
            "AccountId": "account_ref",
            "ContactId": "contact_ref",
            "OwnerId": "owner_ref",
            "CaseNumber": "number",
            "Subject": "subject",
            "Status": "status",
            "Priority": "priority",
            "Reason": "reason",
            "Origin": "origin",
            "Type": "kind",
            "ClosedDate": "closed_at",
            "IsClosed": "is_closed",
            "IsEscalated": "is_escalated",
            "MasterRecordId": "merged_into_ref",
            "Description": "description",
        },
        captured=("status", "priority", "owner_ref", "is_escalated"),
    ),
    SourceObject(
        "Task",
        "activity",
        m.Activity,
        {
            "Subject": "subject",
            "Description": "description",
            "OwnerId": "owner_ref",
            "AccountId": "account_ref",
            "WhatId": "what_ref",
            "WhoId": "who_ref",
            "ActivityDate": "happens_at",
            "Status": "status",
            "Priority": "priority",
            "IsClosed": "is_done",
        },
        constants={"kind": "task"},
    ),
    SourceObject(
        "Event",
        "activity",
        m.Activity,
        {
            "Subject": "subject",
            "Description": "description",
            "OwnerId": "owner_ref",
            "AccountId": "account_ref",
            "WhatId": "what_ref",
            "WhoId": "who_ref",
            "ActivityDateTime": "happens_at",
            "DurationInMinutes": "duration_minutes",
        },
        constants={"kind": "meeting"},
    ),
    SourceObject(
        "EmailMessage",
        "activity",
        m.Activity,
        {
            "Subject": "subject",
            "TextBody": "description",
            "CreatedById": "owner_ref",
            "RelatedToId": "what_ref",
            "MessageDate": "happens_at",
            "Incoming": "is_incoming",
            "Status": "status",
        },
        constants={"kind": "email", "is_done": True},
    ),
    SourceObject(
        "CampaignMember",
        "campaign member",
        m.CampaignMember,
        {
            "CampaignId": "campaign_ref",
            "LeadId": "lead_ref",
            "ContactId": "contact_ref",
            "Status": "status",
            "HasResponded": "has_responded",
            "FirstRespondedDate": "responded_date",
        },
    ),
    SourceObject(
        "ForecastingQuota",
        "quota",
        m.Quota,
        {
            "QuotaOwnerId": "owner_ref",
            "StartDate": "starts_date",
            "QuotaAmount": "amount",
            "CurrencyIsoCode": "currency",
        },
    ),
)
