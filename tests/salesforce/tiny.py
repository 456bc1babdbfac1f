"""A small seeded world of every object, for tests that want no more."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol, runtime_checkable

from tests.salesforce.drawn import Drawn
from tests.salesforce.ids import record_id
from tests.salesforce.schema import Row

STAGES = (
    ("Prospecting", 10, False, False, "Pipeline"),
    ("Qualification", 30, False, False, "Pipeline"),
    ("Proposal/Price Quote", 60, False, False, "BestCase"),
    ("Closed Won", 100, True, True, "Closed"),
    ("Closed Lost", 0, True, False, "Omitted"),
)
INDUSTRIES = ("Banking", "Retail", "Energy", "Healthcare", None)
CITIES = (("Leeds", "United Kingdom"), ("Lyon", "France"), ("Køge", "Denmark"), (None, None))
FIRST = ("Ada", "Bram", "Chloé", "Dev", "Elif", "Finn", "Gül")
LAST = ("Archer", "Brandt", "Costa", "D'Arcy", "Eriksen", "Faure", "NA")


@runtime_checkable
class Source(Protocol):
    """What a simulator is filled from."""

    def objects(self) -> list[str]: ...

    def rows(self, object_name: str) -> Iterable[Row]: ...

    def types(self, object_name: str) -> Mapping[str, str]: ...


def organization(record: str, *, at: datetime, sandbox: bool = False) -> Row:
    return {
        "Id": record,
        "Name": "Simulated Company",
        "InstanceName": "SIM1",
        "IsSandbox": sandbox,
        "FiscalYearStartMonth": 1,
        "OrganizationType": "Enterprise Edition",
        "Country": "GB",
        "CreatedDate": at - timedelta(days=900),
        "LastModifiedDate": at - timedelta(days=10),
        "SystemModstamp": at - timedelta(days=10),
    }


class World(Drawn):
    def __init__(self, *, seed: int, rows: int, until: datetime) -> None:
        super().__init__(seed=seed, until=until)
        self.size = rows
        self._rows: dict[str, list[Row]] = {}
        for name, count, build in self._plan():
            self._rows[name] = [
                {**self._stamped(name, number), **build(number)} for number in range(1, count + 1)
            ]

    def objects(self) -> list[str]:
        return list(self._rows)

    def rows(self, object_name: str) -> Iterator[Row]:
        return iter(self._rows[object_name])

    def types(self, object_name: str) -> Mapping[str, str]:
        named = {"StageName", "Status", "Priority", "Role", "Type", "Family", "IsoCode"}
        return {name: "picklist" for row in self._rows[object_name][:1] for name in named & {*row}}

    # --- how much of what -----------------------------------------------------------------

    def _plan(self) -> Iterator[tuple[str, int, Any]]:
        size = self.size
        yield "UserRole", 6, self._role
        yield "User", 12, self._user
        yield "DatedConversionRate", 8, self._rate
        yield "CurrencyType", 3, self._currency
        yield "Product2", 6, self._product
        yield "Account", size, self._account
        yield "Contact", 2 * size, self._contact
        yield "Campaign", 4, self._campaign
        yield "Lead", size, self._lead
        yield "Opportunity", 3 * size, self._opportunity
        yield "OpportunityContactRole", 2 * size, self._contact_role
        yield "OpportunityLineItem", 2 * size, self._line_item
        yield "Asset", size, self._asset
        yield "OpportunityHistory", 4 * size, self._history
        yield "OpportunityFieldHistory", 3 * size, self._field_history
        yield "Case", size, self._case
        yield "Task", 3 * size, self._task
        yield "Event", 2 * size, self._event
        yield "EmailMessage", 2 * size, self._email
        yield "CampaignMember", size, self._member
        yield "ForecastingQuota", 12, self._quota

    # --- objects --------------------------------------------------------------------------

    def _role(self, number: int) -> Row:
        parent = record_id("00E", number // 2) if number > 1 else None
        return {"Name": f"Role {number}", "DeveloperName": f"Role_{number}", "ParentRoleId": parent}

    def _user(self, number: int) -> Row:
        first, last = self.random.choice(FIRST), self.random.choice(LAST)
        return {
            "FirstName": first,
            "LastName": last,
            "Name": f"{first} {last}",
            "Username": f"seller{number}@simulator.example",
            "Email": f"seller{number}@simulator.example",
            "Title": "Account Executive",
            "Department": "Sales",
            "Division": self.random.choice(["North", "South"]),
            "IsActive": number != 12,
            "ManagerId": record_id("005", number // 3) if number > 2 else None,
            "UserRoleId": record_id("00E", 1 + number % 6),
            "UserType": "Standard",
        }

    def _rate(self, number: int) -> Row:
        starts = date(2025, 1, 1) + timedelta(days=91 * ((number - 1) // 2))
        rate = Decimal(100 + number) / 120
        return {
            "IsoCode": ("USD", "GBP")[number % 2],
            "ConversionRate": rate.quantize(Decimal("0.0001")),
            "StartDate": starts,
            "NextStartDate": starts + timedelta(days=91) if number < 7 else date(9999, 12, 31),
        }

    def _currency(self, number: int) -> Row:
        code, rate = (("EUR", "1"), ("USD", "1.1"), ("GBP", "0.85"))[number - 1]
        return {
            "IsoCode": code,
            "ConversionRate": Decimal(rate),
            "DecimalPlaces": 2,
            "IsActive": True,
            "IsCorporate": code == "EUR",
        }

    def _product(self, number: int) -> Row:
        return {
            "Name": f"Product {number}",
            "ProductCode": f"P-{number:03}",
            "Family": "Hardware" if number % 2 else "Service",
            "IsActive": number != 6,
            "Description": None,
            "CurrencyIsoCode": "EUR",
        }

    def _account(self, number: int) -> Row:
        city, country = self.random.choice(CITIES)
        return {
            "Name": f"{self._title()} {number}",
            "OwnerId": self._some("User", 12),
            "ParentId": self._some("Account", number - 1) if number % 7 == 0 else None,
            "Type": self.random.choice(["Customer", "Prospect"]),
            "Industry": self.random.choice(INDUSTRIES),
            "Phone": f"+44 20 7946 {number:04}",
            "Website": f"https://a{number}.example",
            "AccountSource": "Web",
            "Rating": "Hot",
            "NumberOfEmployees": self.random.choice([None, 0, 12, 4000]),
            "AnnualRevenue": self._money() * 100,
            "CurrencyIsoCode": self.random.choice(["EUR", "USD", "GBP"]),
            "BillingStreet": f"{number} High Street" if city else None,
            "BillingCity": city,
            "BillingPostalCode": "AB1 2CD" if city else None,
            "BillingCountry": country,
            "Region_Score__c": self._money(),
            "MasterRecordId": None,
            "Description": 'line one\nline "two", and a comma',
        }

    def _contact(self, number: int) -> Row:
        first, last = self.random.choice(FIRST), self.random.choice(LAST)
        return {
            "AccountId": self._some("Account", self.size),
            "OwnerId": self._some("User", 12),
            "ReportsToId": None,
            "FirstName": first,
            "LastName": last,
            "Name": f"{first} {last}",
            "Title": self.random.choice(["CFO", "Buyer", None]),
            "Department": None,
            "Email": f"p{number}@a.example",
            "Phone": None,
            "MobilePhone": None,
            "LeadSource": "Web",
            "MailingCity": self.random.choice(CITIES)[0],
            "MasterRecordId": None,
        }

    def _campaign(self, number: int) -> Row:
        return {
            "Name": f"Campaign {number}",
            "OwnerId": self._some("User", 12),
            "ParentId": None,
            "Type": "Webinar",
            "Status": "In Progress",
            "IsActive": True,
            "StartDate": self._day(),
            "EndDate": None,
        }

    def _lead(self, number: int) -> Row:
        first, last = self.random.choice(FIRST), self.random.choice(LAST)
        return {
            "OwnerId": self._some("User", 12),
            "FirstName": first,
            "LastName": last,
            "Name": f"{first} {last}",
            "Company": self._title(),
            "Title": None,
            "Email": f"lead{number}@b.example",
            "Status": "Open - Not Contacted",
            "LeadSource": "Web",
            "NumberOfEmployees": None,
            "AnnualRevenue": None,
            "CurrencyIsoCode": "EUR",
            "IsConverted": False,
            "City": "Bergen",
            "Country": "Norway",
            "MasterRecordId": None,
        }

    def _opportunity(self, number: int) -> Row:
        stage, probability, closed, won, category = self.random.choice(STAGES)
        return {
            "AccountId": self._some("Account", self.size),
            "OwnerId": self._some("User", 12),
            "CampaignId": None,
            "Name": f"{self._title()} deal {number}",
            "StageName": stage,
            "Amount": self.random.choice([None, self._money(), self._money()]),
            "CurrencyIsoCode": self.random.choice(["EUR", "USD", "GBP"]),
            "Probability": Decimal(probability),
            "CloseDate": self._day(),
            "IsClosed": closed,
            "IsWon": won,
            "ForecastCategory": category,
            "ForecastCategoryName": category,
            "Type": "New Business",
            "LeadSource": "Web",
            "NextStep": None,
            "Description": None,
            "Competitor__c": self.random.choice(["None", "N/A", None]),
        }

    def _contact_role(self, number: int) -> Row:
        return {
            "OpportunityId": self._some("Opportunity", 3 * self.size),
            "ContactId": self._some("Contact", 2 * self.size),
            "Role": "Decision Maker",
            "IsPrimary": number % 2 == 0,
        }

    def _line_item(self, _number: int) -> Row:
        price = self._money()
        return {
            "OpportunityId": self._some("Opportunity", 3 * self.size),
            "Product2Id": self._some("Product2", 6),
            "Quantity": Decimal(3),
            "UnitPrice": price,
            "TotalPrice": price * 3,
            "CurrencyIsoCode": "EUR",
            "Discount": None,
            "ServiceDate": None,
            "Description": None,
        }

    def _asset(self, number: int) -> Row:
        return {
            "Name": f"Asset {number}",
            "AccountId": self._some("Account", self.size),
            "Product2Id": self._some("Product2", 6),
            "SerialNumber": f"SN-{number}",
            "Status": "Installed",
            "Quantity": Decimal(1),
            "Price": self._money(),
            "CurrencyIsoCode": "EUR",
            "PurchaseDate": self._day(),
            "UsageEndDate": None,
        }

    def _history(self, _number: int) -> Row:
        stage, probability, _, _, category = self.random.choice(STAGES)
        return {
            "OpportunityId": self._some("Opportunity", 3 * self.size),
            "StageName": stage,
            "Amount": self._money(),
            "CurrencyIsoCode": "EUR",
            "CloseDate": self._day(),
            "Probability": Decimal(probability),
            "ForecastCategory": category,
        }

    def _field_history(self, _number: int) -> Row:
        return {
            "OpportunityId": self._some("Opportunity", 3 * self.size),
            "Field": "StageName",
            "OldValue": STAGES[0][0],
            "NewValue": STAGES[1][0],
        }

    def _case(self, number: int) -> Row:
        closed = number % 3 == 0
        return {
            "AccountId": self._some("Account", self.size),
            "ContactId": self._some("Contact", 2 * self.size),
            "OwnerId": self._some("User", 12),
            "CaseNumber": f"{number:08}",
            "Subject": "It does not start",
            "Status": "Closed" if closed else "New",
            "Priority": "High",
            "Reason": None,
            "Origin": "Phone",
            "Type": None,
            "ClosedDate": self._moment() if closed else None,
            "IsClosed": closed,
            "IsEscalated": False,
            "MasterRecordId": None,
            "Description": None,
        }

    def _activity(self) -> Row:
        return {
            "Description": None,
            "OwnerId": self._some("User", 12),
            "AccountId": self._some("Account", self.size),
            "WhatId": self._some("Opportunity", 3 * self.size),
            "WhoId": self._some("Contact", 2 * self.size),
        }

    def _task(self, number: int) -> Row:
        done = number % 2 == 0
        status = "Completed" if done else "Not Started"
        row = {"Subject": "Call", "ActivityDate": self._day(), "Priority": "Normal"}
        return {**self._activity(), **row, "Status": status, "IsClosed": done}

    def _event(self, _number: int) -> Row:
        at = self._moment()
        row = {"ActivityDateTime": at, "ActivityDate": at.date(), "DurationInMinutes": 30}
        return {**self._activity(), **row, "Subject": "Meeting"}

    def _email(self, number: int) -> Row:
        return {
            "Subject": "Your offer",
            "TextBody": "Dear all,\r\n\r\nsee below.\n",
            "RelatedToId": self._some("Opportunity", 3 * self.size),
            "MessageDate": self._moment(),
            "Incoming": number % 2 == 0,
            "Status": "3",
        }

    def _member(self, number: int) -> Row:
        return {
            "CampaignId": self._some("Campaign", 4),
            "LeadId": self._some("Lead", self.size),
            "ContactId": None,
            "Status": "Sent",
            "HasResponded": number % 2 == 0,
            "FirstRespondedDate": self._day() if number % 2 == 0 else None,
        }

    def _quota(self, number: int) -> Row:
        return {
            "QuotaOwnerId": record_id("005", number),
            "StartDate": date(2026, 4, 1),
            "QuotaAmount": self._money(),
            "CurrencyIsoCode": "EUR",
        }


@lru_cache(maxsize=8)
def world(*, seed: int, rows: int, until: datetime) -> World:
    """One for all simulators that begin alike: a store copies the rows that it is given."""
    return World(seed=seed, rows=rows, until=until)
