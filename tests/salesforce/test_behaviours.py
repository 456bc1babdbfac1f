"""Each behaviour of the list shows in the answers: by query, by Bulk, and in what was deleted."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from tests.salesforce import Plan, Simulator, recordings, showing
from tests.salesforce.behaviours import BEHAVIOURS
from tests.salesforce.ids import long_id
from tests.salesforce.showing import DEALS, among, stamped
from tests.salesforce.visitor import DATA, Visitor, select

LISTED = [each["id"] for each in recordings.behaviours()]


def field_hidden_fls(visitor: Visitor) -> None:
    describe = f"{DATA}/sobjects/Opportunity/describe"
    before = {each["name"] for each in visitor.get(describe).json()["fields"]}
    visitor.simulator.enact("field_hidden_fls")
    now = {each["name"] for each in visitor.get(describe).json()["fields"]}
    assert before - now == {"NextStep"}
    status, code, _ = visitor.refusal("SELECT NextStep FROM Opportunity")
    assert (status, code) == (400, "INVALID_FIELD")


def field_type_change(visitor: Visitor) -> None:
    visitor.simulator.enact("field_type_change")
    fields = visitor.get(f"{DATA}/sobjects/Opportunity/describe").json()["fields"]
    assert {each["name"]: each["type"] for each in fields}["Amount"] == "string"
    rows = visitor.query("SELECT Amount FROM Opportunity").json()["records"]
    assert {type(row["Amount"]) for row in rows} == {str, type(None)}


def schema_no_stamp(visitor: Visitor) -> None:
    lacking = visitor.simulator.enact("schema_no_stamp").more
    assert lacking["User"] == ["IsDeleted"]
    assert "SystemModstamp" in lacking["OpportunityFieldHistory"]
    assert lacking["OpportunityHistory"] == ["LastModifiedDate"]
    assert set(lacking["UserRole"]) == {"CreatedDate", "IsDeleted"}
    for name, fields in lacking.items():
        for field in fields:
            assert visitor.refusal(select(field, name))[1] == "INVALID_FIELD"


def role_cycle(visitor: Visitor) -> None:
    done = visitor.simulator.enact("role_cycle")
    rows = visitor.query("SELECT Id, ParentRoleId FROM UserRole").json()["records"]
    parents = {row["Id"]: row["ParentRoleId"] for row in rows}
    first, second, dangling = done.ids
    assert (parents[first], parents[second]) == (second, first)
    assert parents[dangling] not in parents
    one, other = done.more["users"]
    users = visitor.query("SELECT Id, ManagerId FROM User").json()["records"]
    managers = {row["Id"]: row["ManagerId"] for row in users}
    assert (managers[one], managers[other]) == (other, one)


def ids_15_vs_18(visitor: Visitor) -> None:
    one, other = visitor.simulator.enact("ids_15_vs_18").ids
    assert one[:15] != other[:15]
    assert one[:15].lower() == other[:15].lower()
    for record in (one, other):
        assert visitor.ids(f"{DEALS} WHERE Id = '{record[:15]}'") == [record]
        assert long_id(record[:15]) == record
        answer = visitor.get(f"{DATA}/sobjects/Opportunity/{record[:15]}")
        assert answer.json()["Id"] == record


def two_orgs_same_ids(visitor: Visitor) -> None:
    twin: Simulator = visitor.simulator.enact("two_orgs_same_ids").more["simulator"]
    assert twin.organization_id != visitor.simulator.organization_id
    with Visitor(twin) as other:
        assert other.sign_in().ids(DEALS) == visitor.ids(DEALS)


def same_org_twice(visitor: Visitor) -> None:
    twin: Simulator = visitor.simulator.enact("same_org_twice").more["simulator"]
    assert twin.url != visitor.simulator.url
    with Visitor(twin) as other:
        asked = "SELECT Id FROM Organization"
        assert other.sign_in().ids(asked) == visitor.ids(asked)


def sandbox_refresh(visitor: Visitor) -> None:
    before, deals = visitor.ids("SELECT Id FROM Organization"), visitor.ids(DEALS)
    visitor.simulator.enact("sandbox_refresh")
    assert visitor.ids("SELECT Id FROM Organization") != before
    assert visitor.ids(DEALS) == deals
    answer = visitor.get("/services/oauth2/userinfo").json()
    assert answer["organization_id"] != before[0]


def multi_currency(visitor: Visitor) -> None:
    done = visitor.simulator.enact("multi_currency")
    rates = visitor.query("SELECT IsoCode, StartDate, NextStartDate FROM DatedConversionRate")
    dated = {row["IsoCode"] for row in rates.json()["records"]}
    rows = visitor.query(select("CurrencyIsoCode", "Opportunity", among(done.ids))).json()
    assert {row["CurrencyIsoCode"] for row in rows["records"]} == dated | {"XTS"}
    assert "XTS" not in dated
    assert len(dated) > 1


def numbers(visitor: Visitor) -> None:
    done = visitor.simulator.enact("numbers")
    asked = select("Id, Amount", "Opportunity", among(done.ids))
    by_bulk = {row["Id"]: row["Amount"] for row in visitor.bulk(asked)}
    text = visitor.query(asked).text
    for record, amount in done.more.items():
        assert Decimal(by_bulk[record]) == Decimal(amount)
        assert f'"Amount":{by_bulk[record]}' in text


def text(visitor: Visitor) -> None:
    visitor.timeout = 30
    done = visitor.simulator.enact("text")
    asked = "SELECT Id, Name, Description FROM Opportunity WHERE Name != 'x'"
    rows = visitor.query(asked).json()
    found = list(rows["records"])
    by_rest = {row["Id"]: row["Description"] for row in found}
    job = visitor.complete_job(asked)
    body = visitor.get(f"{DATA}/jobs/query/{job}/results").content
    assert len(done.ids) >= (515 if recordings.naughty_strings() else 3)
    for record, written in done.more.items():
        assert by_rest[record] == (written or None)
        quoted = written.replace('"', '""').encode(errors="surrogatepass")
        assert b'"' + quoted + b'"' in body


def dates(visitor: Visitor) -> None:
    done = visitor.simulator.enact("dates")
    days = [stamped(visitor, "Opportunity", each, "CloseDate")["CloseDate"] for each in done.ids]
    assert days == ["0001-01-01", "4000-12-31", "2024-02-29", "2026-03-29"]
    assert [date.fromisoformat(each).isoformat() for each in days] == days
    event = stamped(visitor, "Event", done.more["event"], "ActivityDateTime")
    assert event["ActivityDateTime"] == "2026-03-28T23:59:59.000+0000"
    asked = select("ActivityDateTime", "Event", f"Id = '{done.more['event']}'")
    assert visitor.bulk(asked)[0]["ActivityDateTime"] == "2026-03-28T23:59:59.000Z"


def person_accounts(visitor: Visitor) -> None:
    record = visitor.simulator.enact("person_accounts").ids[0]
    describe = visitor.get(f"{DATA}/sobjects/Account/describe").json()
    names = {each["name"] for each in describe["fields"]}
    assert "IsPersonAccount" in names
    recorded = recordings.describe("Account_PersonAccount")
    assert recorded is None or {each["name"] for each in recorded["fields"]} <= names
    row = stamped(visitor, "Account", record, "IsPersonAccount,LastName")
    assert (row["IsPersonAccount"], row["LastName"]) == (True, "Archer")


def compound_fields(visitor: Visitor) -> None:
    record = visitor.simulator.enact("compound_fields").ids[0]
    parts = "BillingStreet,BillingCity,BillingLatitude"
    found = stamped(visitor, "Account", record, "BillingAddress")["BillingAddress"]
    assert (found["city"], found["latitude"]) == ("Leeds", 53.8)
    refused = visitor.job("SELECT BillingAddress FROM Account")
    assert refused.json()[0]["message"] == "Selecting compound data not supported in Bulk Query"
    row = visitor.bulk(select(parts, "Account", f"Id = '{record}'"))[0]
    assert row == {"BillingStreet": "1 High St", "BillingCity": "Leeds", "BillingLatitude": "53.8"}


SHOWN: dict[str, Callable[[Visitor], None]] = {
    each.__name__: each
    for each in (
        *(
            showing.late_visible_commit,
            showing.same_second_burst,
            showing.modified_while_paging,
            showing.clock_skew,
        ),
        *(
            showing.soft_delete,
            showing.undelete,
            showing.hard_delete,
            showing.recycle_bin_purged_15d,
            showing.merge,
            showing.lead_convert,
        ),
        *(
            showing.formula_field_change,
            showing.cascade_delete,
            showing.owner_change_mass,
            field_hidden_fls,
        ),
        *(field_type_change, schema_no_stamp, role_cycle, ids_15_vs_18, two_orgs_same_ids),
        *(same_org_twice, sandbox_refresh, multi_currency, numbers, text, dates),
        *(person_accounts, compound_fields),
    )
}


@pytest.mark.parametrize("name", LISTED or sorted(BEHAVIOURS))
def test_it_shows_in_the_answers(visitor: Visitor, name: str) -> None:
    SHOWN[name](visitor)


@pytest.mark.parametrize("name", LISTED or sorted(BEHAVIOURS))
def test_a_plan_does_it_at_the_call_of_its_choice(visitor: Visitor, name: str) -> None:
    visitor.simulator.obey(Plan(behaviours={name: [2]}))
    visitor.get(f"{DATA}/limits")
    assert visitor.simulator.enacted == []
    visitor.get(f"{DATA}/limits")
    assert [each.name for each in visitor.simulator.enacted] == [name]


def test_nothing_is_enacted_that_is_not_listed() -> None:
    assert set(SHOWN) == set(BEHAVIOURS) == set(LISTED or BEHAVIOURS)


def test_the_same_seed_enacts_the_same() -> None:
    def story(seed: int) -> list[list[str]]:
        simulator = Simulator(seed=seed, rows=20)
        names = ("soft_delete", "merge", "lead_convert", "hard_delete")
        return [simulator.enact(each).ids for each in names]

    assert story(1) == story(1) != story(2)
