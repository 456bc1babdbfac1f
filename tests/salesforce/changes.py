"""What people and admins do to an org, in one go each: merges, conversions, new schemas …"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.salesforce.ids import record_id
from tests.salesforce.schema import Row, field_body
from tests.salesforce.store import Store

# parent → the objects that go with it, and by which field they hang on it
CHILDREN: dict[str, tuple[tuple[str, str], ...]] = {
    "Account": (
        ("Opportunity", "AccountId"),
        ("Contact", "AccountId"),
        ("Case", "AccountId"),
        ("Asset", "AccountId"),
        ("Task", "AccountId"),
        ("Event", "AccountId"),
    ),
    "Opportunity": (
        ("OpportunityLineItem", "OpportunityId"),
        ("OpportunityContactRole", "OpportunityId"),
        ("OpportunityHistory", "OpportunityId"),
        ("OpportunityFieldHistory", "OpportunityId"),
        ("Task", "WhatId"),
        ("Event", "WhatId"),
    ),
    "Contact": (
        ("Case", "ContactId"),
        ("OpportunityContactRole", "ContactId"),
        ("CampaignMember", "ContactId"),
        ("Task", "WhoId"),
        ("Event", "WhoId"),
    ),
    "Lead": (("CampaignMember", "LeadId"), ("Task", "WhoId"), ("Event", "WhoId")),
    "Case": (("Task", "WhatId"), ("Event", "WhatId")),
}


def children_of(store: Store, object_name: str, record: str) -> list[tuple[str, str, str]]:
    """Object, field and id of everything that points to a record."""
    return [
        (child, field_name, each)
        for child, field_name in CHILDREN.get(object_name, ())
        if child in store.schemas
        for each in store.children(child, field_name, record)
    ]


def merge(store: Store, object_name: str, *, winner: str, loser: str) -> list[str]:
    """The loser goes and names the winner; its children move without anything noticing."""
    with store.lock:
        moved = children_of(store, object_name, loser)
        for child, field_name, record in moved:
            store.update(child, record, {field_name: winner}, moves_stamp=False)
        store.delete(object_name, loser, MasterRecordId=winner)
        store.update(object_name, winner, {})
    return [record for _, _, record in moved]


def cascade_delete(store: Store, object_name: str, record: str, *, logged: bool = False) -> int:
    """Children go with their parent; their own stamps stay, and no list of deletions has them."""
    with store.lock:
        gone = 0
        for child, _, each in children_of(store, object_name, record):
            if not store.get(child, each).get("IsDeleted"):
                gone += cascade_delete(store, child, each, logged=logged)
                store.delete(child, each, moves_stamp=False, logged=logged)
                gone += 1
        return gone


def delete_with_children(store: Store, object_name: str, record: str) -> int:
    with store.lock:
        gone = cascade_delete(store, object_name, record)
        store.delete(object_name, record)
    return gone


def convert_lead(store: Store, lead: str) -> dict[str, str]:
    """A lead becomes an account, a contact and an opportunity."""
    with store.lock:
        row = store.get("Lead", lead)
        shared = {"OwnerId": row.get("OwnerId")}
        account = store.create("Account", {"Name": row.get("Company"), **shared})
        person = {name: row.get(name) for name in ("FirstName", "LastName", "Name", "Email")}
        contact = store.create("Contact", {"AccountId": account, **person, **shared})
        deal: Row = {
            "AccountId": account,
            "Name": f"{row.get('Company')}-",
            "StageName": "Prospecting",
            "CloseDate": store.clock.now().date() + timedelta(days=90),
            "Probability": Decimal(10),
            **shared,
        }
        opportunity = store.create("Opportunity", deal)
        found = {
            "ConvertedAccountId": account,
            "ConvertedContactId": contact,
            "ConvertedOpportunityId": opportunity,
        }
        status = {"Status": "Closed - Converted", "IsConverted": True}
        day = {"ConvertedDate": store.clock.now().date()}
        store.update("Lead", lead, {**found, **status, **day})
    return found


def burst(store: Store, object_name: str, count: int, *, at: datetime | None = None) -> list[str]:
    """Many rows with one and the same stamp."""
    with store.lock:
        model = store.rows(object_name)
        kept = {"Id", "CreatedDate", "LastModifiedDate", "SystemModstamp", "IsDeleted"}
        values = {key: value for key, value in model[0].items() if key not in kept} if model else {}
        return [store.create(object_name, values, at=at) for _ in range(count)]


def change_owner(
    store: Store, object_name: str, *, to: str, records: Sequence[str] = ()
) -> list[str]:
    """Of many records within one second."""
    with store.lock:
        chosen = list(records) or [row["Id"] for row in store.rows(object_name)]
        for record in chosen:
            store.update(object_name, record, {"OwnerId": to})
    return chosen


# --- schema ---------------------------------------------------------------------------------


def hide_field(store: Store, object_name: str, field_name: str) -> None:
    """As field-level security does: gone from describe and from queries, the values stay."""
    schema = store.schemas[object_name]
    schema.hidden.add(field_name)
    schema.changed_at = store.clock.now()


def show_field(store: Store, object_name: str, field_name: str) -> None:
    schema = store.schemas[object_name]
    schema.hidden.discard(field_name)
    schema.changed_at = store.clock.now()


def change_type(store: Store, object_name: str, field_name: str, kind: str) -> None:
    """Another type; what the rows hold is written as that from now on."""
    schema = store.schemas[object_name]
    schema.fields[field_name] = field_body(field_name, kind)
    schema.changed_at = store.clock.now()
    if kind in {"string", "picklist", "textarea"}:
        with store.lock:
            for row in store.rows(object_name, deleted=True):
                value = row.get(field_name)
                if value is not None and not isinstance(value, str):
                    text = {field_name: str(value)}
                    store.update(object_name, row["Id"], text, moves_stamp=False)


def add_field(
    store: Store, object_name: str, field_name: str, kind: str, *, formula: str = "", **more: Any
) -> None:
    schema = store.schemas[object_name]
    if formula:
        more |= {"calculated": True, "calculatedFormula": formula, "updateable": False}
    schema.fields[field_name] = field_body(field_name, kind, **more)
    schema.changed_at = store.clock.now()


# --- the org --------------------------------------------------------------------------------


def set_everywhere(store: Store, object_name: str, values: Mapping[str, Any]) -> None:
    """A formula's new value: no stamp moves."""
    with store.lock:
        for row in store.rows(object_name):
            store.update(object_name, row["Id"], values, moves_stamp=False)


def refresh_sandbox(store: Store, *, organization_id: str = "") -> str:
    """Another org behind the same address: the id of the org is new, those of the rows are not."""
    with store.lock:
        before = store.get("Organization", store.organization_id)
        found = organization_id or record_id("00D", 990_001)
        store.organization_id = found
        store.load("Organization", [{**before, "Id": found, "IsSandbox": True}])
    return found


def make_role_cycle(store: Store) -> list[str]:
    """Two roles over one another, and a third below a role that is not there."""
    with store.lock:
        first, second, third = store.ids("UserRole")[:3]
        store.update("UserRole", first, {"ParentRoleId": second})
        store.update("UserRole", second, {"ParentRoleId": first})
        store.update("UserRole", third, {"ParentRoleId": record_id("00E", 888_888)})
    return [first, second, third]


def make_manager_cycle(store: Store) -> list[str]:
    with store.lock:
        first, second = store.ids("User")[:2]
        store.update("User", first, {"ManagerId": second})
        store.update("User", second, {"ManagerId": first})
    return [first, second]
