"""What whole orgs do, each by its name in the list: schemas, owners, currencies, twins."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import (
    Account,
    Connection,
    CrmUser,
    CurrencyRate,
    FieldChange,
    Opportunity,
    SourceField,
    SyncRun,
)
from accounts.sync.members import link_members
from accounts.sync.run import SyncRefusedError
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.accounts.sync.world import World
from tests.factories.jobs import a_member, a_user
from tests.salesforce import Simulator, changes


def seller(world: World, key: str, *, role: Role = Role.REP) -> Membership:
    """A member who is a user of the CRM by the e-mail address; the sync says so."""
    email = world.get(CrmUser, key).email
    member = a_member(org=world.org, role=role, user=a_user(email=email))
    link_members(org=world.org, at=world.clock())
    return member


def deals_of(member: Membership) -> set[str]:
    seen = Opportunity.objects.visible_to(member)
    return set(seen.values_list("external_id", flat=True))


def owner_change_mass(world: World, *, count: int = 2_500) -> None:
    store = world.sim.store
    changes.burst(store, "Opportunity", count)
    before, after = store.ids("User")[3:5]
    changes.change_owner(store, "Opportunity", to=before)
    world.later()
    former, latter = seller(world, before), seller(world, after)
    everything = set(store.ids("Opportunity"))
    assert (deals_of(former), deals_of(latter)) == (everything, set())
    changes.change_owner(store, "Opportunity", to=after)
    run = world.later()
    assert run.rows_written == len(everything) > count
    assert run.objects_done["Opportunity"]["captured"] == len(everything)
    assert (deals_of(former), deals_of(latter)) == (set(), everything)
    world.mirrors()


def field_hidden_fls(world: World) -> None:
    store = world.sim.store
    key = store.rows("Opportunity")[0]["Id"]
    store.update("Opportunity", key, {"NextStep": "Call them", "Competitor__c": "Acme"})
    world.later()
    for name in ("NextStep", "Competitor__c"):
        world.sim.enact("field_hidden_fls", field_name=name)
    store.update("Opportunity", key, {"Name": "Renamed", "NextStep": "Write to them"})
    world.later()
    deal = world.get(Opportunity, key)
    assert (deal.name, deal.next_step) == ("Renamed", "Call them")
    assert deal.extra["Competitor__c"] == "Acme"
    states = SourceField.objects.filter(org=world.org, object_name="Opportunity")
    assert set(states.filter(state="stale").values_list("name", flat=True)) == {
        "NextStep",
        "Competitor__c",
    }
    world.mirrors()
    for name in ("NextStep", "Competitor__c"):
        changes.show_field(store, "Opportunity", name)
    world.later()
    assert not states.filter(state="stale").exists()
    world.mirrors()


def field_type_change(world: World) -> None:
    store = world.sim.store
    row = next(row for row in store.rows("Opportunity") if row["Amount"])
    world.sim.enact("field_type_change", field_name="Amount", to="string")
    world.sim.enact("field_type_change", field_name="StageName", to="string")
    store.update("Opportunity", row["Id"], {"Amount": "about 5k", "StageName": "Negotiation"})
    world.later()
    deal = world.get(Opportunity, row["Id"])
    assert (deal.amount, deal.stage) == (row["Amount"], "Negotiation")
    assert deal.extra["Amount"] == "about 5k"
    fields = SourceField.objects.filter(org=world.org, object_name="Opportunity")
    states = dict(fields.values_list("name", "state"))
    assert (states["Amount"], states["StageName"]) == ("quarantined", "current")
    world.mirrors(("Opportunity", "Amount"))


def schema_no_stamp(world: World) -> None:
    """Each object goes by the cursor that its describe has, or is read whole where it has none."""
    lacking = world.sim.enact("schema_no_stamp").more
    assert {"SystemModstamp", "LastModifiedDate"} <= set(lacking["OpportunityFieldHistory"])
    assert "LastModifiedDate" in lacking["OpportunityHistory"]
    assert "IsDeleted" in lacking["User"]
    assert {"CreatedDate", "IsDeleted"} <= set(lacking["UserRole"])
    store = world.sim.store
    world.sim.clock.advance(3600)
    for name in lacking:
        if name != "Organization":
            store.create(name, {**store.rows(name)[0], "Id": ""} | store_stamps(world, name))
    world.later()
    world.mirrors()
    role = store.ids("UserRole")[-1]
    store.hard_delete("UserRole", role)
    world.later(timedelta(hours=24))
    world.mirrors()


def store_stamps(world: World, name: str) -> dict[str, object]:
    now = world.sim.clock.stamp()
    stamps = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
    return {each: now for each in stamps if world.sim.store.schemas[name].has(each)}


def role_cycle(world: World) -> None:
    """Two over one another read what is their own and nothing more, whichever way the org goes."""
    found = world.sim.enact("role_cycle")
    world.later()
    world.mirrors()
    users = CrmUser.objects.filter(org=world.org)
    below_itself = {
        "managers": users.filter(external_id__in=found.more["users"]),
        "roles": users.filter(role_ref__in=found.ids[:2]),
    }
    for hierarchy, circle in below_itself.items():
        Org.objects.filter(pk=world.org.pk).update(hierarchy=hierarchy)
        assert circle.count() >= 2
        for user in circle:
            member = seller(world, user.external_id, role=Role.MANAGER)
            own = Opportunity.objects.filter(org=world.org, owner_ref=user.external_id)
            assert deals_of(member) == set(own.values_list("external_id", flat=True))
            member.user.delete()


def two_orgs_same_ids(world: World) -> None:
    twin: Simulator = world.sim.enact("two_orgs_same_ids").more["simulator"]
    trust(world, twin)
    copy = World(twin)
    copy.sync()
    key = twin.store.rows("Opportunity")[0]["Id"]
    twin.store.update("Opportunity", key, {"Name": "Of the copy"})
    copy.later()
    assert copy.get(Opportunity, key).name == "Of the copy" != world.get(Opportunity, key).name
    assert copy.get(Opportunity, key).account.org == copy.org
    for each in (world, copy):
        each.mirrors()


def same_org_twice(world: World) -> None:
    twin: Simulator = world.sim.enact("same_org_twice").more["simulator"]
    trust(world, twin)
    second = World(twin)
    run = second.run()
    assert (run.state, run.rows_written) == ("failed", 0)
    assert "already connected" in run.problem
    assert Connection.objects.get(pk=second.connection.pk).state == "stopped"
    assert not Account.objects.filter(org=second.org).exists()
    world.later()
    world.mirrors()


def sandbox_refresh(world: World) -> None:
    world.sim.enact("sandbox_refresh")
    rows = Opportunity.objects.filter(org=world.org)
    before = list(rows.order_by("id").values())
    world.sim.store.update("Opportunity", before[0]["external_id"], {"Name": "Of another org"})
    world.sim.clock.advance(1200)
    run = world.run()
    assert (run.state, run.rows_written, run.rows_deleted) == ("failed", 0, 0)
    assert "another Salesforce organization" in run.problem
    assert list(rows.order_by("id").values()) == before
    with pytest.raises(SyncRefusedError, match="is stopped"):
        world.run()
    assert SyncRun.objects.filter(org=world.org).count() == 2


def multi_currency(world: World) -> None:
    found = world.sim.enact("multi_currency")
    world.later()
    rates = CurrencyRate.objects.filter(org=world.org)
    for key in found.ids:
        deal = world.get(Opportunity, key)
        assert deal.amount == Decimal(1000)
        known = rates.filter(currency=deal.currency).exists()
        assert known == (deal.currency != found.more["without_rate"])
        if deal.currency in (world.org.currency, found.more["without_rate"]):
            own = deal.currency == world.org.currency
            assert deal.corporate_amount == (deal.amount if own else None)
    world.mirrors()
    rate = world.sim.store.rows("DatedConversionRate")[0]
    doubled = {"ConversionRate": rate["ConversionRate"] * 2}
    world.sim.store.update("DatedConversionRate", rate["Id"], doubled)
    world.later()
    world.mirrors()


def person_accounts(world: World) -> None:
    key = world.sim.enact("person_accounts").ids[0]
    world.later()
    person = world.get(Account, key)
    assert (person.name, person.is_person) == ("Ada Archer", True)
    assert person.extra["LastName"] == "Archer"
    world.mirrors()


def compound_fields(world: World) -> None:
    key = world.sim.enact("compound_fields").ids[0]
    world.later()
    house = world.get(Account, key)
    assert (house.street, house.city, house.postal_code) == ("1 High St", "Leeds", "LS1")
    assert (house.state, house.country) == ("Yorkshire", "United Kingdom")
    assert house.extra["BillingLatitude"] == 53.8
    assert "BillingAddress" not in house.extra
    world.mirrors()
    read_by_query = Account.objects.filter(pk=house.pk).values()
    before = read_by_query.get()
    Connection.objects.filter(pk=world.connection.pk).update(bulk_from=1)
    assert world.later(full=True).rows_written == 0
    assert world.sim.ledger.kinds["bulk_create"] > 10
    assert read_by_query.get() == before
    assert not FieldChange.objects.filter(org=world.org, record_ref=key).exists()


def trust(world: World, twin: Simulator) -> None:
    """Each has an authority of its own; the environment names one file for both."""
    with world.sim.ca_path.open("ab") as known:
        known.write(twin.ca_path.read_bytes())


ORGS = (
    *(owner_change_mass, field_hidden_fls, field_type_change, schema_no_stamp, role_cycle),
    *(two_orgs_same_ids, same_org_twice, sandbox_refresh, multi_currency, person_accounts),
    compound_fields,
)
