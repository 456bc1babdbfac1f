"""What an object of the simulated org is made of, in the form of Salesforce's describe."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tests.salesforce import recordings
from tests.salesforce.ids import PREFIXES

Row = dict[str, Any]

# As documented for the objects: what has no such field, and what cannot be replicated.
NO_IS_DELETED = {
    *("User", "UserRole", "DatedConversionRate", "CurrencyType", "ForecastingQuota"),
    "Organization",
}
HISTORIES = {"AccountHistory", "AssetHistory", "OpportunityFieldHistory"}
NO_LAST_MODIFIED = {"OpportunityHistory", *HISTORIES}
NO_STAMP = HISTORIES
NO_CREATED = {"UserRole"}
NOT_REPLICATEABLE = NO_LAST_MODIFIED

# field type → what differs from a field of plain text in the answer of describe
TYPES: dict[str, dict[str, Any]] = {
    "id": {
        "soapType": "tns:ID",
        "length": 18,
        "byteLength": 18,
        "nillable": False,
        "idLookup": True,
    },
    "reference": {"soapType": "tns:ID", "length": 18, "byteLength": 18},
    "string": {},
    "textarea": {
        "length": 32000,
        "byteLength": 96000,
        "filterable": False,
        "sortable": False,
        "groupable": False,
        "aggregatable": False,
        "extraTypeInfo": "plaintextarea",
    },
    "picklist": {},
    "multipicklist": {"sortable": False, "groupable": False},
    "combobox": {},
    "email": {"length": 80, "byteLength": 240},
    "phone": {"length": 40, "byteLength": 120},
    "url": {},
    "anyType": {"soapType": "xsd:anyType", "filterable": False, "sortable": False},
    "boolean": {"soapType": "xsd:boolean", "length": 0, "byteLength": 0, "nillable": False},
    "int": {"soapType": "xsd:int", "length": 0, "byteLength": 0, "digits": 8},
    "double": {"soapType": "xsd:double", "length": 0, "byteLength": 0, "precision": 18, "scale": 2},
    "currency": {
        "soapType": "xsd:double",
        "length": 0,
        "byteLength": 0,
        "precision": 18,
        "scale": 2,
        "groupable": False,
    },
    "percent": {
        "soapType": "xsd:double",
        "length": 0,
        "byteLength": 0,
        "precision": 5,
        "scale": 2,
        "groupable": False,
    },
    "date": {"soapType": "xsd:date", "length": 0, "byteLength": 0},
    "datetime": {"soapType": "xsd:dateTime", "length": 0, "byteLength": 0, "groupable": False},
    "time": {"soapType": "xsd:time", "length": 0, "byteLength": 0},
    "address": {
        "soapType": "urn:address",
        "length": 0,
        "byteLength": 0,
        "sortable": False,
        "groupable": False,
        "aggregatable": False,
        "queryByDistance": True,
    },
}
WORDS = {"string", "textarea", "picklist", "multipicklist", "combobox", "email", "phone", "url"}
TEXT = WORDS | {"id", "reference", "anyType"}
NUMBERS = {"int", "double", "currency", "percent"}

NAMELESS = ("actionOverrides", "childRelationships", "namedLayoutInfos", "recordTypeInfos")
NOTHING = (
    "associateEntityType",
    "associateParentEntity",
    "defaultImplementation",
    "extendedBy",
    "extendsInterfaces",
    "implementedBy",
    "implementsInterfaces",
    "listviewable",
    "lookupLayoutable",
    "networkScopeFieldName",
    "sobjectDescribeOption",
)
NO = (
    "activateable",
    "custom",
    "customSetting",
    "deepCloneable",
    "deprecatedAndHidden",
    "hasSubtypes",
    "isInterface",
    "isSubtype",
)
YES = (
    "compactLayoutable",
    "createable",
    "deletable",
    "feedEnabled",
    "layoutable",
    "mruEnabled",
    "queryable",
    "retrieveable",
    "searchLayoutable",
    "searchable",
    "triggerable",
    "updateable",
)
FIELD_NO = (
    "aiPredictionField",
    "autoNumber",
    "calculated",
    "cascadeDelete",
    "caseSensitive",
    "defaultedOnCreate",
    "dependentPicklist",
    "deprecatedAndHidden",
    "displayLocationInDecimal",
    "encrypted",
    "externalId",
    "formulaTreatNullNumberAsZero",
    "highScaleNumber",
    "htmlFormatted",
    "idLookup",
    "nameField",
    "namePointing",
    "polymorphicForeignKey",
    "queryByDistance",
    "restrictedDelete",
    "restrictedPicklist",
    "searchPrefilterable",
    "unique",
    "writeRequiresMasterRead",
)
FIELD_YES = (
    "aggregatable",
    "createable",
    "filterable",
    "groupable",
    "nillable",
    "permissionable",
    "sortable",
    "updateable",
)
FIELD_NOTHING = (
    "calculatedFormula",
    "compoundFieldName",
    "controllerName",
    "defaultValue",
    "defaultValueFormula",
    "extraTypeInfo",
    "filteredLookupInfo",
    "inlineHelpText",
    "mask",
    "maskType",
    "referenceTargetField",
    "relationshipName",
    "relationshipOrder",
)
REFERENCES = {
    "OwnerId": "User",
    "CreatedById": "User",
    "LastModifiedById": "User",
    "ManagerId": "User",
    "QuotaOwnerId": "User",
    "UserRoleId": "UserRole",
    "ParentRoleId": "UserRole",
    "AccountId": "Account",
    "ContactId": "Contact",
    "LeadId": "Lead",
    "OpportunityId": "Opportunity",
    "CampaignId": "Campaign",
    "Product2Id": "Product2",
}


def field_body(name: str, kind: str, *, label: str = "", **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        **dict.fromkeys(FIELD_NO, False),
        **dict.fromkeys(FIELD_YES, True),
        **dict.fromkeys(FIELD_NOTHING, None),
        "byteLength": 765,
        "length": 255,
        "digits": 0,
        "precision": 0,
        "scale": 0,
        "picklistValues": [],
        "referenceTo": [],
        "soapType": "xsd:string",
        "custom": name.endswith("__c"),
        "label": label or name,
        "name": name,
        "type": kind,
        **TYPES[kind],
    }
    if kind == "reference" and name in REFERENCES:
        body |= {"referenceTo": [REFERENCES[name]], "relationshipName": name.removesuffix("Id")}
    return dict(sorted((body | more).items()))


def _kind_of_text(name: str, longest: int) -> str:
    if name == "Id":
        return "id"
    if name.endswith("Id"):
        return "reference"
    if name in {"Description", "TextBody", "HtmlBody"} or longest > 255:
        return "textarea"
    ends = {"Email": "email", "Phone": "phone", "Website": "url"}
    return next((kind for end, kind in ends.items() if name.endswith(end)), "string")


def _kind_of_number(name: str) -> str:
    money = ("Amount", "Price", "Revenue", "Cost")
    if any(word in name for word in money):
        return "currency"
    return "percent" if name in {"Probability", "Discount"} else "double"


XML = {
    "tns:ID": "reference",
    "xsd:dateTime": "datetime",
    "xsd:date": "date",
    "xsd:boolean": "boolean",
    "xsd:int": "int",
    "xsd:anyType": "anyType",
    "tns:address": "address",
}


BY_VALUE: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (datetime, "datetime"),
    (date, "date"),
    (dict, "address"),
    (int, "int"),
)


def kind_of(object_name: str, name: str, values: Iterable[Any]) -> str:
    """The type of a field: as the WSDL has it, else as its values look."""
    xml = recordings.wsdl_fields(object_name).get(name, "")
    if name in {"OldValue", "NewValue"}:
        return "anyType"
    if xml in XML and name != "Id":
        return XML[xml]
    found = [value for value in values if value is not None]
    if xml == "xsd:double" or any(isinstance(each, Decimal | float) for each in found):
        return _kind_of_number(name)
    by_value = next((kind for of, kind in BY_VALUE if found and isinstance(found[0], of)), "")
    return by_value or _kind_of_text(name, max((len(str(each)) for each in found), default=0))


class ObjectSchema:
    """One object's describe, which changes when an admin of the org changes the object."""

    def __init__(self, name: str, body: dict[str, Any], fields: Iterable[dict[str, Any]]) -> None:
        self.name = name
        self.body = body
        self.fields: dict[str, dict[str, Any]] = {each["name"]: each for each in fields}
        self.hidden: set[str] = set()
        self.changed_at: datetime | None = None

    def visible(self) -> list[dict[str, Any]]:
        return [each for name, each in self.fields.items() if name not in self.hidden]

    def find(self, name: str) -> dict[str, Any] | None:
        """SOQL's names of fields know no case."""
        exact = self.fields.get(name)
        if exact is None:
            low = name.lower()
            exact = next((each for key, each in self.fields.items() if key.lower() == low), None)
        return None if exact is None or exact["name"] in self.hidden else exact

    def has(self, name: str) -> bool:
        return name in self.fields and name not in self.hidden

    @property
    def replicateable(self) -> bool:
        return bool(self.body["replicateable"])

    def summary(self, version: str) -> dict[str, Any]:
        keys = recordings.describe("Global")
        wanted = keys["sobjects"][0] if keys else self.body
        base = f"/services/data/{version}/sobjects/{self.name}"
        urls = {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"}
        return {key: self.body.get(key) for key in wanted} | {"urls": urls}

    def describe(self, version: str) -> dict[str, Any]:
        urls = {
            key: re.sub(r"^/services/data/v[\dx]+\.0/", f"/services/data/{version}/", url)
            for key, url in (self.body.get("urls") or {}).items()
            if url.startswith("/")
        } | self.summary(version)["urls"]
        return {**self.body, "fields": self.visible(), "name": self.name, "urls": urls}


def _common_fields(name: str) -> dict[str, str]:
    found = {"Id": "id"}
    if name not in NO_IS_DELETED:
        found["IsDeleted"] = "boolean"
    if name not in NO_CREATED:
        found |= {"CreatedDate": "datetime", "CreatedById": "reference"}
    if name not in NO_LAST_MODIFIED:
        found |= {"LastModifiedDate": "datetime", "LastModifiedById": "reference"}
    if name not in NO_STAMP:
        found["SystemModstamp"] = "datetime"
    return found


def _recorded_summary(name: str) -> dict[str, Any]:
    """What the describe of a whole org says of an object that has no recording of its own."""
    whole = recordings.describe("Global") or {"sobjects": []}
    found: dict[str, Any] = next((each for each in whole["sobjects"] if each["name"] == name), {})
    return {key: value for key, value in found.items() if key != "urls" and value is not None}


def synthesised(name: str) -> ObjectSchema:
    body: dict[str, Any] = {
        **{key: [] for key in NAMELESS},
        **dict.fromkeys(NOTHING),
        **dict.fromkeys(NO, False),
        **dict.fromkeys(YES, True),
        "keyPrefix": PREFIXES.get(name),
        "label": name,
        "labelPlural": f"{name}s",
        "mergeable": name in {"Account", "Contact", "Lead", "Case"},
        "replicateable": name not in NOT_REPLICATEABLE,
        "supportedScopes": [{"label": f"All {name}s", "name": "everything"}],
        "undeletable": name not in NO_IS_DELETED,
        "urls": {},
        "fields": [],
        "name": name,
        **_recorded_summary(name),
    }
    fixed: dict[str, Any] = {"createable": False, "updateable": False, "nillable": False}
    fields = [field_body(each, kind, **fixed) for each, kind in _common_fields(name).items()]
    return ObjectSchema(name, dict(sorted(body.items())), fields)


def schema_of(
    name: str,
    rows: Iterable[Row],
    *,
    recording: str = "",
    types: Mapping[str, str] | None = None,
) -> ObjectSchema:
    """The recorded describe where there is one, and the fields that the rows have besides."""
    recorded = recordings.describe(recording or name)
    if recorded:
        # A field that changes is another dict in its place: nobody writes into the recording.
        found = ObjectSchema(name, dict(recorded), recorded["fields"])
    else:
        found = synthesised(name)
    known = types or {}
    samples: dict[str, list[Any]] = {each: [] for each in known if each not in found.fields}
    for row in rows:
        for field_name, value in row.items():
            if field_name not in found.fields and value is not None:
                samples.setdefault(field_name, []).append(value)
            elif field_name not in found.fields:
                samples.setdefault(field_name, [])
    for field_name, values in samples.items():
        kind = known.get(field_name) or kind_of(name, field_name, values[:200])
        found.fields[field_name] = field_body(field_name, kind)
    return found
