"""What data does over time, each by its name in the list of behaviours, as one switch.

`Simulator.enact("merge")` does it once; a plan does it at calls of its choosing. Each says what it
touched, so that a test knows what to look for.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.salesforce import changes, recordings
from tests.salesforce.schema import schema_of
from tests.salesforce.store import Store

if TYPE_CHECKING:
    from tests.salesforce.simulator import Simulator


@dataclass
class Enacted:
    name: str
    object_name: str = ""
    ids: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class Scene:
    """Where a behaviour takes place, and the dice that it throws."""

    simulator: "Simulator"
    dice: random.Random

    @property
    def store(self) -> Store:
        return self.simulator.store

    def one_of(self, object_name: str, **values: Any) -> str:
        rows = [
            row["Id"]
            for row in self.store.rows(object_name)
            if all(row.get(key) == value for key, value in values.items())
        ]
        return str(self.dice.choice(sorted(rows)))

    def some_of(self, object_name: str, count: int) -> list[str]:
        return self.dice.sample(self.store.ids(object_name), count)


def ensure(scene: Scene, object_name: str, kinds: dict[str, str]) -> None:
    """Fields that a recorded describe has, where there is no recording."""
    for name, kind in kinds.items():
        if name not in scene.store.schemas[object_name].fields:
            changes.add_field(scene.store, object_name, name, kind)


def late_visible_commit(scene: Scene, *, delay_s: int = 300, count: int = 3) -> Enacted:
    """Stamped now, seen later; a row with a later stamp is seen at once."""
    store, delay = scene.store, timedelta(seconds=delay_s)
    base = store.get("Opportunity", scene.one_of("Opportunity"))
    values = {"Name": "Late deal", "StageName": "Prospecting", "AccountId": base.get("AccountId")}
    stamp = store.clock.now()
    late = [
        store.create("Opportunity", values, at=stamp, visible_after=delay) for _ in range(count)
    ]
    moved = scene.one_of("Opportunity")
    store.update("Opportunity", moved, {"NextStep": "late"}, at=stamp, visible_after=delay)
    after = store.create("Opportunity", {**values, "Name": "Early deal"}, at=stamp + _second)
    more = {"updated": moved, "seen_at_once": after}
    return Enacted("late_visible_commit", "Opportunity", late, more)


def same_second_burst(scene: Scene, *, count: int = 5000) -> Enacted:
    ids = changes.burst(scene.store, "Opportunity", count)
    return Enacted("same_second_burst", "Opportunity", ids)


def modified_while_paging(scene: Scene) -> Enacted:
    record = scene.one_of("Opportunity")
    scene.store.update("Opportunity", record, {"NextStep": f"moved {scene.dice.random():.9f}"})
    return Enacted("modified_while_paging", "Opportunity", [record])


def clock_skew(scene: Scene, *, minutes: int = 10) -> Enacted:
    """The client's clock, by `sim.clock.client_now()`, is ahead of the server's; or behind."""
    scene.simulator.clock.skew = timedelta(minutes=minutes)
    return Enacted("clock_skew", more={"minutes": minutes})


def soft_delete(scene: Scene, *, object_name: str = "Opportunity") -> Enacted:
    record = scene.one_of(object_name)
    scene.store.delete(object_name, record)
    return Enacted("soft_delete", object_name, [record])


def undelete(scene: Scene, *, object_name: str = "Opportunity") -> Enacted:
    """Of something deleted before; else something is deleted and comes back a second later."""
    store = scene.store
    deleted = [row["Id"] for row in store.rows(object_name, deleted=True) if row["IsDeleted"]]
    if not deleted:
        deleted = soft_delete(scene, object_name=object_name).ids
        store.clock.advance(1)
    store.undelete(object_name, deleted[0])
    return Enacted("undelete", object_name, deleted[:1])


def hard_delete(scene: Scene, *, object_name: str = "Opportunity") -> Enacted:
    record = scene.one_of(object_name)
    scene.store.hard_delete(object_name, record)
    return Enacted("hard_delete", object_name, [record])


def recycle_bin_purged_15d(scene: Scene) -> Enacted:
    """Something is deleted, and sixteen days go by."""
    deleted = soft_delete(scene)
    scene.store.clock.advance(timedelta(days=16))
    scene.store.settle()
    return Enacted("recycle_bin_purged_15d", deleted.object_name, deleted.ids)


def merge(scene: Scene, *, object_name: str = "Account") -> Enacted:
    winner, loser = scene.some_of(object_name, 2)
    moved = changes.merge(scene.store, object_name, winner=winner, loser=loser)
    more = {"winner": winner, "moved": moved}
    return Enacted("merge", object_name, [loser], more)


def lead_convert(scene: Scene) -> Enacted:
    references = [f"Converted{each}Id" for each in ("Account", "Contact", "Opportunity")]
    ensure(scene, "Lead", dict.fromkeys(references, "reference") | {"ConvertedDate": "date"})
    lead = scene.one_of("Lead", IsConverted=False)
    return Enacted("lead_convert", "Lead", [lead], dict(changes.convert_lead(scene.store, lead)))


def formula_field_change(scene: Scene, *, value: str = "Tier 2") -> Enacted:
    store = scene.store
    if not store.schemas["Account"].has("Tier__c"):
        formula = 'IF(AnnualRevenue > 1000000, "Tier 1", "Tier 2")'
        changes.add_field(store, "Account", "Tier__c", "string", formula=formula)
        changes.set_everywhere(store, "Account", {"Tier__c": "Tier 1"})
    record = scene.one_of("Account")
    store.update("Account", record, {"Tier__c": value}, moves_stamp=False)
    return Enacted("formula_field_change", "Account", [record], {"field": "Tier__c"})


def cascade_delete(scene: Scene) -> Enacted:
    deals = scene.store.rows("Opportunity")
    account = scene.dice.choice(
        sorted({str(row["AccountId"]) for row in deals if row.get("AccountId")})
    )
    gone = changes.delete_with_children(scene.store, "Account", account)
    return Enacted("cascade_delete", "Account", [account], {"children": gone})


def owner_change_mass(scene: Scene, *, count: int = 10_000) -> Enacted:
    """As many as there are, at most."""
    store, to = scene.store, scene.one_of("User")
    ids = store.ids("Opportunity")[:count]
    return Enacted(
        "owner_change_mass",
        "Opportunity",
        changes.change_owner(store, "Opportunity", to=to, records=ids),
        {"owner": to},
    )


def field_hidden_fls(scene: Scene, *, field_name: str = "NextStep") -> Enacted:
    changes.hide_field(scene.store, "Opportunity", field_name)
    return Enacted("field_hidden_fls", "Opportunity", more={"field": field_name})


def field_type_change(scene: Scene, *, field_name: str = "Amount", to: str = "string") -> Enacted:
    changes.change_type(scene.store, "Opportunity", field_name, to)
    return Enacted("field_type_change", "Opportunity", more={"field": field_name, "to": to})


def schema_no_stamp(scene: Scene) -> Enacted:
    """Always so: which of the usual fields each object lacks."""
    usual = ("SystemModstamp", "LastModifiedDate", "CreatedDate", "IsDeleted")
    lacking = {
        name: [each for each in usual if not schema.has(each)]
        for name, schema in scene.store.schemas.items()
    }
    return Enacted("schema_no_stamp", more={name: each for name, each in lacking.items() if each})


def role_cycle(scene: Scene) -> Enacted:
    roles = changes.make_role_cycle(scene.store)
    more = {"users": changes.make_manager_cycle(scene.store)}
    return Enacted("role_cycle", "UserRole", roles, more)


def ids_15_vs_18(scene: Scene) -> Enacted:
    """Two records whose short ids differ by the case of one letter."""
    base = "0065g00000zz"
    first, second = (
        scene.store.create("Opportunity", _named(base + end)) for end in ("abC", "abc")
    )
    return Enacted("ids_15_vs_18", "Opportunity", [first, second])


def two_orgs_same_ids(scene: Scene) -> Enacted:
    """A second simulator with the same rows in another org; it stops with the first."""
    twin = scene.simulator.twin(organization_id="00D5g00000ZZZZZ")
    return Enacted("two_orgs_same_ids", more={"simulator": twin})


def same_org_twice(scene: Scene) -> Enacted:
    """A second address that leads to the very same org."""
    twin = scene.simulator.twin(organization_id=scene.store.organization_id)
    return Enacted("same_org_twice", more={"simulator": twin})


def sandbox_refresh(scene: Scene) -> Enacted:
    organization = changes.refresh_sandbox(scene.store)
    return Enacted("sandbox_refresh", "Organization", [organization])


def multi_currency(scene: Scene) -> Enacted:
    """A deal in each currency that has a rate, and one whose currency has none."""
    rates = {row["IsoCode"] for row in scene.store.rows("DatedConversionRate")}
    ids = [
        scene.store.create("Opportunity", {**_named(""), "CurrencyIsoCode": code, "Amount": _ONE})
        for code in sorted(rates | {"XTS"})
    ]
    return Enacted("multi_currency", "Opportunity", ids, {"without_rate": "XTS"})


def numbers(scene: Scene) -> Enacted:
    amounts = ("0", "-1234.56", "1000000000000000000", "0.1", "0.07", "1234567.89", "-0.01")
    ids = [
        scene.store.create("Opportunity", {**_named(""), "Amount": Decimal(amount)})
        for amount in amounts
    ]
    return Enacted("numbers", "Opportunity", ids, dict(zip(ids, amounts, strict=True)))


def text(scene: Scene) -> Enacted:
    """Everything that text can be, in the short and the long field of a deal."""
    strings = [*recordings.naughty_strings(), "NUL\0inside", "half \ud83d a pair", "x" * 131_072]
    written: dict[str, str] = {}
    for each in strings:
        values = {"Name": each[:255], "Description": each, "NextStep": each[:255]}
        written[scene.store.create("Opportunity", {**_named(""), **values})] = each
    return Enacted("text", "Opportunity", list(written), written)


def dates(scene: Scene) -> Enacted:
    days = (date(1, 1, 1), date(4000, 12, 31), date(2024, 2, 29), date(2026, 3, 29))
    ids = [scene.store.create("Opportunity", {**_named(""), "CloseDate": day}) for day in days]
    night = datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC)
    event = scene.store.create("Event", {"Subject": "Midnight", "ActivityDateTime": night})
    return Enacted("dates", "Opportunity", ids, {"event": event})


def person_accounts(scene: Scene) -> Enacted:
    """Accounts that are people, with the describe of an org that has them."""
    store = scene.store
    rows = store.rows("Account")
    store.schemas["Account"] = schema_of("Account", rows, recording="Account_PersonAccount")
    store.schemas["Account"].changed_at = store.clock.now()
    ensure(scene, "Account", {"IsPersonAccount": "boolean", "LastName": "string"})
    person = {"Name": "Ada Archer", "FirstName": "Ada", "LastName": "Archer"}
    record = store.create("Account", {**person, "IsPersonAccount": True})
    return Enacted("person_accounts", "Account", [record])


def compound_fields(scene: Scene) -> Enacted:
    """An address in parts: an object in REST, refused in Bulk."""
    parts = {"BillingStreet": "1 High St", "BillingCity": "Leeds", "BillingPostalCode": "LS1"}
    where = {"BillingState": "Yorkshire", "BillingCountry": "United Kingdom"}
    spot = {"BillingLatitude": Decimal("53.8"), "BillingLongitude": Decimal("-1.55")}
    kinds = dict.fromkeys([*parts, *where], "string") | dict.fromkeys(spot, "double")
    ensure(scene, "Account", kinds | {"BillingAddress": "address"})
    record = scene.store.create("Account", {"Name": "Housed", **parts, **where, **spot})
    return Enacted("compound_fields", "Account", [record])


_second = timedelta(seconds=1)
_ONE = Decimal("1000.00")


def _named(record: str) -> dict[str, Any]:
    found: dict[str, Any] = {"Name": "Enacted", "StageName": "Prospecting"}
    return found | ({"Id": record} if record else {})


Behaviour = Callable[..., Enacted]
BEHAVIOURS: dict[str, Behaviour] = {
    each.__name__: each
    for each in (
        *(late_visible_commit, same_second_burst, modified_while_paging, clock_skew),
        *(soft_delete, undelete, hard_delete, recycle_bin_purged_15d, merge, lead_convert),
        *(formula_field_change, cascade_delete, owner_change_mass, field_hidden_fls),
        *(field_type_change, schema_no_stamp, role_cycle, ids_15_vs_18, two_orgs_same_ids),
        *(same_org_twice, sandbox_refresh, multi_currency, numbers, text, dates),
        *(person_accounts, compound_fields),
    )
}
