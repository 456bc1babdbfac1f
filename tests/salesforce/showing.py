"""What tests ask to see whether a behaviour shows, and how those of records do show."""

from datetime import datetime, timedelta
from typing import Any

from tests.salesforce import Plan, changes
from tests.salesforce.visitor import DATA, Visitor, select

DEALS = "SELECT Id FROM Opportunity"


def among(ids: list[str]) -> str:
    return f"Id IN ({','.join(repr(each) for each in ids)})"


def stamped(visitor: Visitor, name: str, record: str, fields: str = "") -> dict[str, Any]:
    """One record with its stamp, deleted or not."""
    names = ",".join(["Id", "SystemModstamp", *filter(None, [fields])])
    soql = select(names, name, f"Id = '{record}'")
    found: dict[str, Any] = visitor.query(soql, operation="queryAll").json()["records"][0]
    return found


def deletions(visitor: Visitor, name: str = "Opportunity", *, days: int = 1) -> set[str]:
    now = visitor.simulator.clock.now()
    span = {
        "start": (now - timedelta(days=days)).isoformat(),
        "end": (now + timedelta(minutes=2)).isoformat(),
    }
    answer = visitor.get(f"{DATA}/sobjects/{name}/deleted/", **span)
    assert answer.status_code == 200, answer.text
    return {each["id"] for each in answer.json()["deletedRecords"]}


def later(visitor: Visitor, seconds: float = 60) -> datetime:
    return visitor.simulator.clock.advance(seconds)


def late_visible_commit(visitor: Visitor) -> None:
    sim = visitor.simulator
    done = sim.enact("late_visible_commit", delay_s=300)
    moved, at_once = done.more["updated"], done.more["seen_at_once"]
    covered = sim.store.latest_covered()
    later(visitor, 299)
    seen = visitor.ids(DEALS)
    assert at_once in seen
    assert not set(done.ids) & set(seen)
    assert sim.store.latest_covered() == covered
    higher = stamped(visitor, "Opportunity", at_once)["SystemModstamp"]
    later(visitor, 1)
    assert set(done.ids) <= set(visitor.ids(DEALS))
    assert all(
        stamped(visitor, "Opportunity", each)["SystemModstamp"] < higher
        for each in [*done.ids, moved]
    )
    assert sim.store.latest_covered() > covered


def same_second_burst(visitor: Visitor) -> None:
    done = visitor.simulator.enact("same_second_burst")
    assert len(done.ids) == 5000
    stamp = stamped(visitor, "Opportunity", done.ids[0])["SystemModstamp"]
    assert stamp.endswith(".000+0000")
    at = stamp.replace("+0000", "Z")
    found = visitor.ids(f"{DEALS} WHERE SystemModstamp = {at} ORDER BY SystemModstamp, Id")
    assert found == sorted(done.ids)


def modified_while_paging(visitor: Visitor) -> None:
    sim = visitor.simulator
    sim.pages.usual = sim.pages.least = 30
    ordered = f"{DEALS} ORDER BY SystemModstamp, Id"
    first = visitor.query(ordered).json()
    later(visitor)
    sim.obey(Plan(behaviours={"modified_while_paging": [1]}))
    seen = [row["Id"] for row in first["records"]]
    while not first["done"]:
        first = visitor.get(first["nextRecordsUrl"]).json()
        seen += [row["Id"] for row in first["records"]]
    moved = sim.enacted[-1].ids[0]
    assert moved in seen
    assert visitor.ids(ordered)[-1] == moved


def clock_skew(visitor: Visitor) -> None:
    clock = visitor.simulator.clock
    for minutes in (-10, 10):
        visitor.simulator.enact("clock_skew", minutes=minutes)
        assert clock.client_now() - clock.now() == timedelta(minutes=minutes)
        served = visitor.get(f"{DATA}/limits").headers["Date"]
        assert served == f"{clock.now():%a, %d %b %Y %H:%M:%S} GMT"


def soft_delete(visitor: Visitor) -> None:
    later(visitor)
    record = visitor.simulator.enact("soft_delete").ids[0]
    assert record not in visitor.ids(DEALS)
    assert record in visitor.ids(DEALS, operation="queryAll")
    assert stamped(visitor, "Opportunity", record, "IsDeleted")["IsDeleted"] is True
    assert visitor.get(f"{DATA}/sobjects/Opportunity/{record}").status_code == 404
    assert deletions(visitor) == {record}


def undelete(visitor: Visitor) -> None:
    gone = visitor.simulator.enact("soft_delete").ids[0]
    before = stamped(visitor, "Opportunity", gone)["SystemModstamp"]
    later(visitor)
    assert visitor.simulator.enact("undelete").ids == [gone]
    now = stamped(visitor, "Opportunity", gone, "IsDeleted")
    assert now["IsDeleted"] is False
    assert now["SystemModstamp"] > before
    assert gone in visitor.ids(DEALS)
    assert deletions(visitor) == set()


def hard_delete(visitor: Visitor) -> None:
    record = visitor.simulator.enact("hard_delete").ids[0]
    assert record not in visitor.ids(DEALS, operation="queryAll")
    assert record not in {row["Id"] for row in visitor.bulk(DEALS, operation="queryAll")}
    assert deletions(visitor) == set()


def recycle_bin_purged_15d(visitor: Visitor) -> None:
    record = visitor.simulator.enact("recycle_bin_purged_15d").ids[0]
    visitor.sign_in()
    assert record not in visitor.ids(DEALS, operation="queryAll")
    old = {"start": (visitor.simulator.clock.now() - timedelta(days=16)).isoformat()}
    end = visitor.simulator.clock.now().isoformat()
    answer = visitor.get(f"{DATA}/sobjects/Opportunity/deleted/", **old, end=end)
    assert answer.json()[0]["errorCode"] == "INVALID_REPLICATION_DATE"


def merge(visitor: Visitor) -> None:
    sim = visitor.simulator
    for name in ("Account", "Contact", "Lead", "Case"):
        later(visitor)
        done = sim.enact("merge", object_name=name)
        loser, winner = done.ids[0], done.more["winner"]
        row = stamped(visitor, name, loser, "IsDeleted,MasterRecordId")
        assert (row["IsDeleted"], row["MasterRecordId"]) == (True, winner)
        assert loser in deletions(visitor, name)
        assert loser not in visitor.ids(select("Id", name))
        for child, field in (("Opportunity", "AccountId"), ("Task", "WhoId")):
            assert not visitor.ids(select("Id", child, f"{field} = '{loser}'"))
    moved = merged_with_children(visitor)
    assert moved


def merged_with_children(visitor: Visitor) -> list[str]:
    """Children of a loser are the winner's, and no stamp of theirs has moved."""
    store = visitor.simulator.store
    account = next(row["AccountId"] for row in store.rows("Opportunity") if row["AccountId"])
    before = {row["Id"]: row["SystemModstamp"] for row in store.rows("Opportunity")}
    winner = next(each for each in store.ids("Account") if each != account)
    moved = changes.merge(store, "Account", winner=winner, loser=account)
    deals = set(visitor.ids(f"{DEALS} WHERE AccountId = '{winner}'")) & set(moved)
    assert all(before[each] == store.get("Opportunity", each)["SystemModstamp"] for each in deals)
    return sorted(deals)


def lead_convert(visitor: Visitor) -> None:
    done = visitor.simulator.enact("lead_convert")
    fields = "IsConverted,ConvertedAccountId,ConvertedContactId,ConvertedOpportunityId,Company"
    row = stamped(visitor, "Lead", done.ids[0], fields)
    assert row["IsConverted"] is True
    for name in ("Account", "Contact", "Opportunity"):
        record = row[f"Converted{name}Id"]
        assert visitor.get(f"{DATA}/sobjects/{name}/{record}").status_code == 200
    assert (
        visitor.get(f"{DATA}/sobjects/Account/{row['ConvertedAccountId']}").json()["Name"]
        == (row["Company"])
    )


def formula_field_change(visitor: Visitor) -> None:
    sim = visitor.simulator
    sim.enact("formula_field_change", value="Tier 1")
    describe = visitor.get(f"{DATA}/sobjects/Account/describe").json()["fields"]
    field = next(each for each in describe if each["name"] == "Tier__c")
    assert field["calculated"]
    assert field["calculatedFormula"]
    before = {each: stamped(visitor, "Account", each) for each in sim.store.ids("Account")}
    later(visitor)
    changed = sim.enact("formula_field_change", value="Tier 2").ids[0]
    now = stamped(visitor, "Account", changed, "Tier__c")
    assert now["Tier__c"] == "Tier 2"
    assert now["SystemModstamp"] == before[changed]["SystemModstamp"]


def cascade_delete(visitor: Visitor) -> None:
    sim = visitor.simulator
    before = {row["Id"]: row["SystemModstamp"] for row in sim.store.rows("Opportunity")}
    later(visitor)
    done = sim.enact("cascade_delete")
    gone = set(before) - set(visitor.ids(DEALS))
    assert gone
    assert done.more["children"] >= len(gone)
    assert not gone & deletions(visitor)
    assert deletions(visitor, "Account") == set(done.ids)
    assert all(
        sim.store.get("Opportunity", each)["SystemModstamp"] == before[each] for each in gone
    )


def owner_change_mass(visitor: Visitor) -> None:
    later(visitor)
    done = visitor.simulator.enact("owner_change_mass")
    owner = done.more["owner"]
    assert visitor.ids(DEALS) == visitor.ids(f"{DEALS} WHERE OwnerId = '{owner}'")
    stamps = {stamped(visitor, "Opportunity", each)["SystemModstamp"] for each in done.ids[:5]}
    assert len(stamps) == 1
