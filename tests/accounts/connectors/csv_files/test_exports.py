"""Exports as HubSpot and Salesforce write them: their true headers, their days, their ids."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.models import Account, Activity, Contact, CrmUser, LineItem, Opportunity, StageChange
from revenue.users.models import Org
from tests.accounts.connectors.csv_files.importing import imported, written
from tests.factories.jobs import an_org

pytestmark = pytest.mark.django_db
# As the settings of an export give them with all properties left out but the usual.
HUBSPOT_DEALS = (
    '"Record ID","Deal Name","Deal Stage","Close Date","Deal owner","Amount","Pipeline",'
    '"Create Date","Last Activity Date","Deal Type","Associated Company IDs (Primary)",'
    '"Associated Company (Primary)","Associated Contact IDs"\n'
    '"901","Robots","Closed Won","2024-03-05 14:30","Rosa Delgado","12500.00","Sales",'
    '"2024-01-02 09:00","2024-03-04","newbusiness","501","Initech","701;702"\n'
    '"902","Drones","Contract Sent","2024-05-31 00:00","","","Sales",'
    '"2024-02-02 09:00","","existingbusiness","","",""\n'
)
HUBSPOT_COMPANIES = (
    '"Record ID","Company name","Company owner","Create Date","Phone Number",'
    '"Last Activity Date","City","Country/Region","Industry","Company Domain Name",'
    '"Number of Employees","Annual Revenue","Lead Status"\n'
    '"501","Initech","Rosa Delgado","2023-05-01 10:00","+1 555 0100","2024-03-04","Austin",'
    '"United States","COMPUTER_SOFTWARE","initech.com","250","1000000","OPEN"\n'
)
HUBSPOT_CONTACTS = (
    '"Record ID","First Name","Last Name","Email","Phone Number","Contact owner",'
    '"Primary Associated Company ID","Last Activity Date","Lead Status","Marketing contact status",'
    '"Create Date"\n'
    '"701","Peter","Gibbons","peter@initech.com","","Rosa Delgado","501","2024-03-04","","",'
    '"2023-05-01 10:00"\n'
)
# Data Export writes every field of the object, each value in quotes, moments in UTC.
OPPORTUNITY = (
    '"ID","ISDELETED","ACCOUNTID","NAME","DESCRIPTION","STAGENAME","AMOUNT","PROBABILITY",'
    '"CLOSEDATE","TYPE","NEXTSTEP","LEADSOURCE","ISCLOSED","ISWON","FORECASTCATEGORYNAME",'
    '"OWNERID","CREATEDDATE","LASTMODIFIEDDATE","SYSTEMMODSTAMP","COMPETITORS__C","SCORE__C"\n'
    '"0061U00000AAAAAQAA","0","0011U00000BBBBB","Robots","Two\nlines, and a comma","Closed Won",'
    '"125000.0","100.0","2024-03-05","New Business","","Web","1","1","Closed",'
    '"0051U00000CCCCCQAA","2024-01-02 09:00:00","2024-03-05 15:00:00","2024-03-05 15:00:01",'
    '"Acme;Hooli","7.5"\n'
    '"0061U00000DDDDDQAA","1","","Gone","","Prospecting","","10.0","2024-09-30","","","","0","0",'
    '"Pipeline","0051U00000CCCCCQAA","2024-01-03 09:00:00","2024-02-01 10:00:00",'
    '"2024-02-01 10:00:00","",""\n'
)
ACCOUNT = (
    '"Id","IsDeleted","Name","Type","ParentId","BillingCity","BillingCountry","Phone","Website",'
    '"Industry","AnnualRevenue","NumberOfEmployees","OwnerId","CreatedDate","SystemModstamp"\n'
    '"0011U00000BBBBBQA5","0","Initech","Customer","","Austin","US","","initech.com","Tech",'
    '"1000000","250","0051U00000CCCCCQAA","2015-05-01 10:00:00","2024-01-01 00:00:00"\n'
)
USER = (
    '"Id","Username","LastName","FirstName","Name","Email","IsActive","ManagerId","CreatedDate"\n'
    '"0051U00000CCCCCQAA","rosa@x","Delgado","Rosa","Rosa Delgado","rosa@x.example","1","",'
    '"2014-01-01 00:00:00"\n'
)
TASK = (
    '"Id","WhoId","WhatId","Subject","ActivityDate","Status","Priority","OwnerId","Description",'
    '"IsDeleted","AccountId","IsClosed","CreatedDate","SystemModstamp","TaskSubtype"\n'
    '"00T1U00000EEEEEQAA","","0061U00000AAAAAQAA","Call back","2024-03-01","Completed","Normal",'
    '"0051U00000CCCCCQAA","","0","0011U00000BBBBBQA5","1","2024-02-28 08:00:00",'
    '"2024-03-01 08:00:00","Call"\n'
)
HISTORY = (
    '"Id","OpportunityId","CreatedById","CreatedDate","StageName","Amount","ExpectedRevenue",'
    '"CloseDate","Probability","ForecastCategory","SystemModstamp","IsDeleted"\n'
    '"0081U00000FFFFFQAA","0061U00000AAAAAQAA","0051U00000CCCCCQAA","2024-02-01 09:00:00",'
    '"Proposal","100000.0","50000.0","2024-03-31","50.0","Pipeline","2024-02-01 09:00:00","0"\n'
)
LINES = (
    '"Id","OpportunityId","SortOrder","PricebookEntryId","Product2Id","ProductCode","Name",'
    '"Quantity","TotalPrice","UnitPrice","CreatedDate","SystemModstamp","IsDeleted"\n'
    '"00k1U00000GGGGGQAA","0061U00000AAAAAQAA","1","01u1U00000HHHHHQAA","01t1U00000IIIIIQAA","R1",'
    '"Robots","5.0","125000.0","25000.0","2024-01-02 09:00:00","2024-01-02 09:00:00","0"\n'
)


def org_of(slug: str) -> Org:
    return an_org(slug=slug, kind="csv")


def test_hubspot(tmp_path: Path) -> None:
    org = org_of("hubspot")
    files = {"deals": HUBSPOT_DEALS, "companies": HUBSPOT_COMPANIES, "contacts": HUBSPOT_CONTACTS}
    result = imported(org, written(tmp_path, **files))
    assert {each["name"]: (each["layout"], each["accepted"]) for each in result["files"]} == {
        "companies.csv": ("HubSpot companies", 1),
        "contacts.csv": ("HubSpot contacts", 1),
        "deals.csv": ("HubSpot deals", 2),
    }
    robots, drones = Opportunity.objects.of(org).order_by("external_id")
    assert (robots.stage, robots.is_won, robots.is_closed) == ("Closed Won", True, True)
    assert (robots.amount, robots.close_date) == (Decimal(12500), date(2024, 3, 5))
    assert robots.created_at == datetime(2024, 1, 2, 9, tzinfo=UTC)
    assert (drones.is_closed, drones.amount, drones.owner_ref) == (False, None, None)
    company = Account.objects.of(org).get()
    assert (robots.account, company.website) == (company, "initech.com")
    assert company.extra["Lead Status"] == "OPEN"
    peter = Contact.objects.of(org).get()
    assert (peter.name, peter.account) == ("Peter Gibbons", company)
    seller = CrmUser.objects.of(org).get()
    assert [each.owner for each in (robots, company, peter)] == [seller] * 3
    assert org_clock(org) == date(2024, 3, 5)


def test_salesforce_data_export(tmp_path: Path) -> None:
    org = org_of("exported")
    folder = written(
        tmp_path,
        Opportunity=OPPORTUNITY,
        Account=ACCOUNT,
        User=USER,
        Task=TASK,
        OpportunityHistory=HISTORY,
        OpportunityLineItem=LINES,
    )
    result = imported(org, folder)
    assert {each["layout"] for each in result["files"]} == {
        f"Salesforce {name}"
        for name in ("Account", "Opportunity", "OpportunityHistory", "OpportunityLineItem")
    } | {"Salesforce Task", "Salesforce User"}
    assert [each["reason"] for each in result["refusals"]] == []
    deal = Opportunity.objects.of(org).present().get()
    assert (deal.external_id, deal.name, deal.is_won) == ("0061U00000AAAAAQAA", "Robots", True)
    assert deal.description == "Two\nlines, and a comma"
    assert deal.extra["COMPETITORS__C"] == "Acme;Hooli"
    assert deal.extra["SCORE__C"] == 7.5
    assert deal.modified_at == datetime(2024, 3, 5, 15, 0, 1, tzinfo=UTC)
    # 15 letters are 18, so that it is the account of the other file.
    assert deal.account == Account.objects.of(org).get(external_id="0011U00000BBBBBQA5")
    assert deal.owner == CrmUser.objects.of(org).get(name="Rosa Delgado")
    gone = Opportunity.objects.of(org).get(external_id="0061U00000DDDDDQAA")
    assert gone.deleted_at == datetime(2024, 2, 1, 10, tzinfo=UTC)
    call = Activity.objects.of(org).get()
    assert (call.kind, call.is_done, call.opportunity_ref) == ("call", True, deal.external_id)
    assert StageChange.objects.of(org).get(external_id="0081U00000FFFFFQAA").stage == "Proposal"
    assert LineItem.objects.of(org).get().total_price == Decimal(125000)
    assert org_clock(org) == date(2024, 3, 5)
    assert imported(org, folder)["rows"]["written"] == 0


def test_a_person_sets_the_clock(tmp_path: Path) -> None:
    org = org_of("clocked")
    folder = written(tmp_path, deals=HUBSPOT_DEALS)
    assert imported(org, folder, clock="2024-02-29")["clock"] == "2024-02-29"
    assert imported(org, folder)["clock"] == "2024-03-05"
    later = HUBSPOT_DEALS.replace("2024-03-05 14:30", "2023-12-24 14:30")
    assert imported(org, written(tmp_path, deals=later))["clock"] == "2024-03-05"


def org_clock(org: Org) -> date | None:
    org.refresh_from_db()
    return org.clock_date
