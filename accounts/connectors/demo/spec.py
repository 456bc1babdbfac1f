"""What the simulated CRM says of its own fields."""

from accounts.connectors.base import SourceFieldSpec, SourceObjectSpec

STAMPED = {"Id": "id", "CreatedDate": "datetime", "SystemModstamp": "datetime"}
WRITTEN_ONCE = {"Id": "id", "CreatedDate": "datetime"}
PERSON = {
    "FirstName": "string",
    "LastName": "string",
    "Name": "string",
    "Title": "string",
    "Email": "email",
    "Phone": "phone",
}
ABOUT = {
    "Subject": "string",
    "Description": "text",
    "OwnerId": "reference",
    "AccountId": "reference",
    "WhatId": "reference",
    "WhoId": "reference",
}

TYPES: dict[str, dict[str, str]] = {
    "UserRole": {
        "Id": "id",
        "SystemModstamp": "datetime",
        "Name": "string",
        "ParentRoleId": "reference",
    },
    "User": STAMPED
    | {
        "Name": "string",
        "Email": "email",
        "Title": "string",
        "Department": "string",
        "Division": "string",
        "IsActive": "boolean",
        "ManagerId": "reference",
        "UserRoleId": "reference",
    },
    "DatedConversionRate": STAMPED
    | {
        "IsoCode": "picklist",
        "ConversionRate": "double",
        "StartDate": "date",
        "NextStartDate": "date",
    },
    "Account": STAMPED
    | {
        "Name": "string",
        "OwnerId": "reference",
        "ParentId": "reference",
        "Type": "picklist",
        "Industry": "picklist",
        "Phone": "phone",
        "Website": "url",
        "AccountSource": "picklist",
        "NumberOfEmployees": "integer",
        "CurrencyIsoCode": "picklist",
        "LastActivityDate": "date",
        "MasterRecordId": "reference",
        "Description": "text",
        "BillingStreet": "text",
        "BillingCity": "string",
        "BillingState": "string",
        "BillingPostalCode": "string",
        "BillingCountry": "string",
        "Active_Users__c": "integer",
        "Licensed_Users__c": "integer",
        "Customer_Since__c": "date",
        "Churned_On__c": "date",
    },
    "AccountHistory": WRITTEN_ONCE
    | {
        "AccountId": "reference",
        "Field": "picklist",
        "OldValue": "string",
        "NewValue": "string",
        "CreatedById": "reference",
    },
    "AssetHistory": WRITTEN_ONCE
    | {
        "AssetId": "reference",
        "Field": "picklist",
        "OldValue": "string",
        "NewValue": "string",
        "CreatedById": "reference",
    },
    "Campaign": STAMPED
    | {
        "Name": "string",
        "OwnerId": "reference",
        "Type": "picklist",
        "Status": "picklist",
        "IsActive": "boolean",
        "StartDate": "date",
        "EndDate": "date",
    },
    "CampaignMember": STAMPED
    | {
        "CampaignId": "reference",
        "LeadId": "reference",
        "Status": "picklist",
        "HasResponded": "boolean",
        "FirstRespondedDate": "date",
    },
    "Contact": STAMPED
    | PERSON
    | {
        "AccountId": "reference",
        "OwnerId": "reference",
        "Department": "string",
        "LastActivityDate": "date",
        "MasterRecordId": "reference",
        "MailingCity": "string",
        "MailingCountry": "string",
        "Has_Left__c": "boolean",
        "Left_On__c": "date",
    },
    "Lead": STAMPED
    | PERSON
    | {
        "OwnerId": "reference",
        "Company": "string",
        "Website": "url",
        "Status": "picklist",
        "LeadSource": "picklist",
        "Industry": "picklist",
        "NumberOfEmployees": "integer",
        "City": "string",
        "State": "string",
        "Country": "string",
        "IsConverted": "boolean",
        "ConvertedDate": "date",
        "ConvertedAccountId": "reference",
        "ConvertedContactId": "reference",
        "ConvertedOpportunityId": "reference",
        "LastActivityDate": "date",
        "MasterRecordId": "reference",
        "First_Response_Date__c": "datetime",
    },
    "Opportunity": STAMPED
    | {
        "AccountId": "reference",
        "OwnerId": "reference",
        "Name": "string",
        "StageName": "picklist",
        "Amount": "currency",
        "CurrencyIsoCode": "picklist",
        "Probability": "percent",
        "CloseDate": "date",
        "IsClosed": "boolean",
        "IsWon": "boolean",
        "ForecastCategoryName": "picklist",
        "Type": "picklist",
        "LeadSource": "picklist",
        "NextStep": "string",
        "Description": "text",
        "PushCount": "integer",
        "LastActivityDate": "date",
        "Competitor__c": "picklist",
        "Champion__c": "picklist",
        "Discount__c": "percent",
        "Survey_Score__c": "integer",
        "Loss_Reason__c": "picklist",
    },
    "OpportunityContactRole": STAMPED
    | {
        "OpportunityId": "reference",
        "ContactId": "reference",
        "Role": "picklist",
        "IsPrimary": "boolean",
    },
    "OpportunityHistory": STAMPED
    | {
        "OpportunityId": "reference",
        "StageName": "picklist",
        "Amount": "currency",
        "CurrencyIsoCode": "picklist",
        "CloseDate": "date",
        "Probability": "percent",
        "ForecastCategory": "picklist",
        "CreatedById": "reference",
    },
    "OpportunityFieldHistory": WRITTEN_ONCE
    | {
        "OpportunityId": "reference",
        "Field": "picklist",
        "OldValue": "string",
        "NewValue": "string",
        "CreatedById": "reference",
    },
    "Task": STAMPED
    | ABOUT
    | {
        "ActivityDate": "date",
        "Status": "picklist",
        "Priority": "picklist",
        "IsClosed": "boolean",
        "TaskSubtype": "picklist",
    },
    "Event": STAMPED | ABOUT | {"ActivityDateTime": "datetime", "DurationInMinutes": "integer"},
    "EmailMessage": STAMPED
    | {
        "Subject": "string",
        "TextBody": "text",
        "CreatedById": "reference",
        "RelatedToId": "reference",
        "MessageDate": "datetime",
        "Incoming": "boolean",
        "Status": "picklist",
    },
    "Product2": STAMPED
    | {
        "Name": "string",
        "ProductCode": "string",
        "Family": "picklist",
        "IsActive": "boolean",
        "Description": "text",
    },
    "OpportunityLineItem": STAMPED
    | {
        "OpportunityId": "reference",
        "Product2Id": "reference",
        "Quantity": "double",
        "UnitPrice": "currency",
        "TotalPrice": "currency",
        "CurrencyIsoCode": "picklist",
        "Discount": "percent",
    },
    "Asset": STAMPED
    | {
        "AccountId": "reference",
        "Product2Id": "reference",
        "SerialNumber": "string",
        "Status": "picklist",
        "Quantity": "double",
        "Price": "currency",
        "CurrencyIsoCode": "picklist",
        "PurchaseDate": "date",
        "UsageEndDate": "date",
    },
    "Case": STAMPED
    | {
        "AccountId": "reference",
        "ContactId": "reference",
        "OwnerId": "reference",
        "CaseNumber": "string",
        "Subject": "string",
        "Description": "text",
        "Status": "picklist",
        "Priority": "picklist",
        "Origin": "picklist",
        "Type": "picklist",
        "ClosedDate": "datetime",
        "IsClosed": "boolean",
        "IsEscalated": "boolean",
    },
    "ForecastingQuota": STAMPED
    | {
        "QuotaOwnerId": "reference",
        "StartDate": "date",
        "QuotaAmount": "currency",
        "CurrencyIsoCode": "picklist",
    },
}


def specs() -> dict[str, SourceObjectSpec]:
    return {name: _spec(name, types) for name, types in TYPES.items()}


def _spec(name: str, types: dict[str, str]) -> SourceObjectSpec:
    return SourceObjectSpec(
        name=name,
        fields={field: _field(field, type_) for field, type_ in types.items()},
        cursor="SystemModstamp" if "SystemModstamp" in types else "CreatedDate",
        has_deletes=name not in ("User", "UserRole"),
    )


def _field(name: str, type_: str) -> SourceFieldSpec:
    custom = name.endswith("__c")
    return SourceFieldSpec(
        name=name,
        type=type_,
        label=name.removesuffix("__c").replace("_", " "),
        is_custom=custom,
        length=255 if type_ == "string" else 18 if type_ in ("id", "reference") else 0,
    )
