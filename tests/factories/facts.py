"""Rows of a CRM that tests stand on: ids in Salesforce's form, and only the facts that matter."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from django.db.models import Model

from accounts.models import (
    Account,
    Activity,
    Campaign,
    CampaignMember,
    Case,
    Connection,
    Contact,
    CrmRole,
    CrmUser,
    CurrencyRate,
    Customer,
    CustomerAccount,
    Fact,
    FieldChange,
    Lead,
    LineItem,
    Match,
    ObjectSync,
    Opportunity,
    OpportunityContact,
    PipelineSnapshot,
    Product,
    Purchase,
    Quota,
    RefusedRow,
    SourceField,
    StageChange,
    SyncRun,
)
from tests.factories.people import OrgFactory

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PREFIXES: dict[type[Fact], str] = {
    Account: "001",
    Activity: "00T",
    Campaign: "701",
    CampaignMember: "00v",
    Case: "500",
    Contact: "003",
    CrmRole: "00E",
    CrmUser: "005",
    CurrencyRate: "04w",
    FieldChange: "017",
    Lead: "00Q",
    LineItem: "00k",
    Opportunity: "006",
    OpportunityContact: "00K",
    Product: "01t",
    Purchase: "02i",
    Quota: "0J9",
    StageChange: "008",
}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
numbers = count(1)
Made = TypeVar("Made", bound=Fact)
Row = TypeVar("Row", bound=Model)


def an_external_id(prefix: str, number: int | None = None) -> str:
    """18 characters, of which the last three say which of the others are capital letters."""
    short = f"{prefix}5g{next(numbers) if number is None else number:010d}"
    fives = (short[at : at + 5] for at in (0, 5, 10))
    return short + "".join(
        LETTERS[sum(1 << bit for bit, letter in enumerate(five) if letter.isupper())]
        for five in fives
    )


def a_fact(model: type[Made], **facts: Any) -> Made:
    """A row of any kind of record; an org of its own where none is given."""
    facts.setdefault("external_id", an_external_id(PREFIXES[model]))
    facts = {"created_at": NOON, "modified_at": NOON, "synced_at": NOON, **facts}
    return a_row(model, **facts)


def a_row(model: type[Row], **facts: Any) -> Row:
    if "org" not in facts and "org_id" not in facts:
        facts["org"] = OrgFactory()
    made: Row = model._default_manager.create(**facts)
    return made


def a_crm_role(**facts: Any) -> CrmRole:
    return a_fact(CrmRole, **{"name": f"Role {next(numbers)}", **facts})


def a_crm_user(**facts: Any) -> CrmUser:
    number = next(numbers)
    named = {"name": f"Seller {number}", "email": f"seller{number}@example.com"}
    return a_fact(CrmUser, **{**named, **facts})


def an_account(**facts: Any) -> Account:
    return a_fact(Account, **{"name": f"Customer {next(numbers)}", **facts})


def a_contact(**facts: Any) -> Contact:
    number = next(numbers)
    named = {"first_name": "Ada", "last_name": f"Contact {number}", "name": f"Ada Contact {number}"}
    return a_fact(Contact, **{**named, **facts})


def a_lead(**facts: Any) -> Lead:
    number = next(numbers)
    named = {"name": f"Lead {number}", "last_name": f"Lead {number}", "company": f"Firm {number}"}
    return a_fact(Lead, **{**named, "status": "Open", **facts})


def an_opportunity(*, won: bool = False, lost: bool = False, **facts: Any) -> Opportunity:
    """An open deal of 1,000 US dollars, where nothing else is said."""
    stage = "Closed Won" if won else "Closed Lost" if lost else "Proposal"
    usual = {
        "name": f"Deal {next(numbers)}",
        "stage": stage,
        "is_closed": won or lost,
        "is_won": won,
        "amount": Decimal(1000),
        "currency": "USD",
        "corporate_amount": Decimal(1000),
        "probability": 100.0 if won else 0.0 if lost else 50.0,
        "close_date": date(2026, 3, 31),
    }
    return a_fact(Opportunity, **{**usual, **facts})


def an_opportunity_contact(**facts: Any) -> OpportunityContact:
    return a_fact(OpportunityContact, **{"role": "Decision Maker", **facts})


def a_product(**facts: Any) -> Product:
    number = next(numbers)
    return a_fact(Product, **{"name": f"Product {number}", "code": f"P-{number}", **facts})


def a_line_item(**facts: Any) -> LineItem:
    usual = {"quantity": Decimal(2), "unit_price": Decimal(50), "total_price": Decimal(100)}
    return a_fact(LineItem, **{**usual, "currency": "USD", **facts})


def a_purchase(**facts: Any) -> Purchase:
    usual = {"quantity": Decimal(1), "total_price": Decimal(100), "currency": "USD"}
    return a_fact(Purchase, **{**usual, "purchased_at": NOON, **facts})


def an_activity(**facts: Any) -> Activity:
    usual = {"kind": Activity.Kind.CALL, "subject": f"Call {next(numbers)}", "happens_at": NOON}
    return a_fact(Activity, **{**usual, "is_done": True, **facts})


def a_case(**facts: Any) -> Case:
    number = next(numbers)
    usual = {"number": f"{number:08d}", "subject": f"Question {number}", "status": "New"}
    return a_fact(Case, **{**usual, "opened_at": NOON, **facts})


def a_campaign(**facts: Any) -> Campaign:
    return a_fact(Campaign, **{"name": f"Campaign {next(numbers)}", **facts})


def a_campaign_member(**facts: Any) -> CampaignMember:
    return a_fact(CampaignMember, **{"status": "Sent", **facts})


def a_currency_rate(**facts: Any) -> CurrencyRate:
    usual = {"currency": "EUR", "rate": Decimal("0.9"), "starts_date": date(2026, 1, 1)}
    return a_fact(CurrencyRate, **{**usual, **facts})


def a_quota(**facts: Any) -> Quota:
    usual = {"starts_date": date(2026, 1, 1), "ends_date": date(2026, 4, 1)}
    return a_fact(Quota, **{**usual, "amount": Decimal(100_000), "currency": "USD", **facts})


def a_stage_change(**facts: Any) -> StageChange:
    return a_fact(StageChange, **{"stage": "Proposal", "changed_at": NOON, **facts})


def a_field_change(**facts: Any) -> FieldChange:
    usual = {"record": "opportunity", "field_name": "next_step", "old_value": "", "new_value": "x"}
    return a_fact(FieldChange, **{**usual, "changed_at": NOON, **facts})


def a_snapshot(**facts: Any) -> PipelineSnapshot:
    facts.setdefault("opportunity_ref", an_external_id(PREFIXES[Opportunity]))
    return a_row(PipelineSnapshot, **{"day": DAY, "stage": "Proposal", **facts})


def a_customer(**facts: Any) -> Customer:
    named = {"name": f"Group customer {next(numbers)}", "made_at": NOON}
    return Customer.objects.create(**{**named, **facts})


def a_customer_account(**facts: Any) -> CustomerAccount:
    facts.setdefault("account_ref", an_external_id(PREFIXES[Account]))
    return a_row(CustomerAccount, **{"joined_at": NOON, **facts})


def a_match(**facts: Any) -> Match:
    usual = {"confidence": 0.7, "state": Match.State.DOUBTFUL, "found_at": NOON}
    return Match.objects.create(**{**usual, **facts})


def a_connection(**facts: Any) -> Connection:
    return a_row(Connection, **facts)


def a_source_field(**facts: Any) -> SourceField:
    usual = {"object_name": "Opportunity", "name": f"Custom{next(numbers)}__c", "type": "string"}
    return a_row(SourceField, **{**usual, "first_seen_at": NOON, "last_seen_at": NOON, **facts})


def an_object_sync(**facts: Any) -> ObjectSync:
    return a_row(ObjectSync, **{"object_name": "Opportunity", **facts})


def a_sync_run(**facts: Any) -> SyncRun:
    """One that is done, where nothing else is said."""
    usual = {"trigger": SyncRun.Trigger.COMMAND, "state": SyncRun.State.SUCCEEDED}
    return a_row(SyncRun, **{**usual, "started_at": NOON, "finished_at": NOON, **facts})


def a_refused_row(**facts: Any) -> RefusedRow:
    usual = {"object_name": "Opportunity", "reason": "The amount is no number.", "line": 2}
    return a_row(RefusedRow, **{**usual, "refused_at": NOON, **facts})
