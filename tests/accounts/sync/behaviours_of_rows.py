"""What rows do over time, each by its name in the list of behaviours: what a sync makes of it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from accounts.models import (
    Account,
    Activity,
    Contact,
    FieldChange,
    Lead,
    ObjectSync,
    Opportunity,
    PipelineSnapshot,
)
from tests.accounts.sync.mirror import dangling
from tests.accounts.sync.sources import Source, sync
from tests.accounts.sync.world import World
from tests.salesforce import changes
from tests.salesforce.behaviours import Enacted

SOON = timedelta(seconds=5)


def late_visible_commit(world: World) -> None:
    late = world.sim.enact("late_visible_commit", delay_s=590)
    world.later(SOON)
    assert not Opportunity.objects.filter(org=world.org, external_id__in=late.ids).exists()
    world.later(600)
    world.mirrors()


def same_second_burst(world: World) -> None:
    """Over the borders of pages, of a lost cursor and of the slices of a query that is too slow."""
    ids = world.sim.enact("same_second_burst", count=5000).ids
    world.sim.plan.arm("query_timeout", times=3, only="FROM Opportunity WHERE")
    world.sim.plan.arm("invalid_query_locator", times=2)
    assert world.later().rows_written == len(ids) == 5000
    assert {"query_timeout", "invalid_query_locator"} <= set(world.sim.ledger.faults)
    world.mirrors()


def modified_while_paging(world: World) -> None:
    world.sim.pages.usual = world.sim.pages.least = 10
    world.sim.plan.behaviours = {"modified_while_paging": 0.7}
    world.later(full=True)
    world.later()
    world.sim.plan.behaviours = {}
    world.later(SOON)
    world.mirrors()


def clock_skew(world: World) -> None:
    world.clock = world.sim.clock.client_now
    for minutes in (10, -10, 60, -60):
        world.sim.enact("clock_skew", minutes=minutes)
        world.sim.enact("late_visible_commit", delay_s=500)
        deleted = world.sim.enact("soft_delete", object_name="Lead").ids[0]
        world.later(SOON)
        world.later(600)
        world.mirrors()
        assert world.get(Lead, deleted).deleted_at <= world.sim.clock.now()
        for state in ObjectSync.objects.filter(org=world.org).exclude(read_up_to=None):
            assert state.read_up_to is not None
            assert state.read_up_to <= world.sim.clock.now()


def soft_delete(world: World) -> None:
    key = changes.burst(world.sim.store, "Opportunity", 1)[0]
    world.sim.store.update("Opportunity", key, {"IsClosed": False, "IsWon": False})
    world.later()
    day = PipelineSnapshot.objects.filter(org=world.org, opportunity_ref=key)
    assert day.exists()
    world.sim.store.delete("Opportunity", key)
    at = world.sim.clock.stamp()
    run = world.later()
    assert run.rows_deleted == 1
    deal = world.get(Opportunity, key)
    assert deal.deleted_at == at
    assert not Opportunity.objects.present().filter(pk=deal.pk).exists()
    assert not day.exists()
    world.mirrors()


def undelete(world: World) -> None:
    key = world.sim.enact("soft_delete").ids[0]
    world.later()
    assert world.get(Opportunity, key).deleted_at is not None
    assert world.sim.enact("undelete").ids == [key]
    world.later()
    assert world.get(Opportunity, key).deleted_at is None
    world.mirrors()


def hard_delete(world: World) -> None:
    gone = [world.sim.enact("hard_delete", object_name=name) for name in ("Opportunity", "Task")]
    world.later(timedelta(hours=23))
    world.later(timedelta(hours=1))
    assert world.get(Opportunity, gone[0].ids[0]).deleted_at is not None
    assert world.get(Activity, gone[1].ids[0]).deleted_at is not None
    world.mirrors()


def recycle_bin_purged_15d(world: World) -> None:
    gone = world.sim.enact("recycle_bin_purged_15d")
    world.sync()
    assert world.get(Opportunity, gone.ids[0]).deleted_at is not None
    compared = ObjectSync.objects.filter(org=world.org, reconciled_at=world.sim.clock.now())
    assert compared.filter(object_name="Opportunity").exists()
    world.mirrors()


def merge(world: World) -> None:
    """Of each object that can be merged, and of one that was merged into another before."""
    merged = [
        world.sim.enact("merge", object_name=name)
        for name in ("Account", "Contact", "Lead", "Case", "Account")
    ]
    assert sum(len(each.more["moved"]) for each in merged) > 10
    world.later()
    assert dangling(world.org) == []
    world.mirrors()
    world.rests()
    again = world.later(full=True)
    assert (again.rows_written, again.rows_deleted) == (0, 0)
    world.mirrors()


def lead_convert(world: World) -> None:
    people = Contact.objects.filter(org=world.org).count()
    converted = world.sim.enact("lead_convert")
    world.later()
    lead = world.get(Lead, converted.ids[0])
    assert lead.is_converted
    assert lead.converted_contact.external_id == converted.more["ConvertedContactId"]
    assert lead.converted_account.external_id == converted.more["ConvertedAccountId"]
    assert lead.converted_opportunity.external_id == converted.more["ConvertedOpportunityId"]
    assert Contact.objects.filter(org=world.org).count() == people + 1
    assert Lead.objects.filter(org=world.org, external_id=converted.ids[0]).count() == 1
    world.mirrors()


def formula_field_change(world: World) -> None:
    changed = world.sim.enact("formula_field_change", value="Tier 2").ids[0]
    world.later(timedelta(hours=24))
    world.mirrors()
    assert world.get(Account, changed).extra["Tier__c"] == "Tier 2"
    changed = world.sim.enact("formula_field_change", value="Tier 3").ids[0]
    assert world.later(timedelta(hours=23)).rows_written == 0
    assert world.later(timedelta(hours=1)).rows_written == 1
    world.mirrors()


def cascade_delete(world: World) -> None:
    gone = world.sim.enact("cascade_delete")
    assert gone.more["children"] > 1
    world.later()
    world.mirrors()


def numbers(world: World) -> None:
    found: Enacted = world.sim.enact("numbers")
    world.later()
    for key, amount in found.more.items():
        deal = world.get(Opportunity, key)
        assert (type(deal.amount), deal.amount) == (Decimal, Decimal(amount))
    world.mirrors()


def text(world: World) -> None:
    found = world.sim.enact("text")
    run = world.later()
    assert run.rows_written == len(found.ids)
    assert run.objects_done["Opportunity"]["mended"] > 0
    assert max(len(world.get(Opportunity, key).description) for key in found.ids[-1:]) == 131_072
    world.mirrors()
    world.rests()


def dates(world: World) -> None:
    found = world.sim.enact("dates")
    world.later()
    days = [world.get(Opportunity, key).close_date for key in found.ids]
    assert days == [date(1, 1, 1), date(4000, 12, 31), date(2024, 2, 29), date(2026, 3, 29)]
    night = datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC)
    assert world.get(Activity, found.more["event"]).happens_at == night
    world.mirrors()


def ids_15_vs_18(world: World) -> None:
    """The API has 18 characters, a file of the same org has 15: one record, and its own only."""
    first, second = world.sim.enact("ids_15_vs_18").ids
    assert first != second
    assert first[:15].lower() == second[:15].lower()
    world.later()
    source = Source(has_deletes=False)
    row = {"SystemModstamp": world.sim.clock.now(), "Name": "By a file"}
    source.put("Opportunity", {"Id": second[:15], **row})
    world.connection.delete()
    sync(world.org, source, at=world.sim.clock.now() + SOON)
    names = [world.get(Opportunity, key).name for key in (first, second)]
    assert names == ["Enacted", "By a file"]
    assert FieldChange.objects.filter(org=world.org, record_ref=first).count() == 0


ROWS = (
    *(late_visible_commit, same_second_burst, modified_while_paging, clock_skew, soft_delete),
    *(undelete, hard_delete, recycle_bin_purged_15d, merge, lead_convert, formula_field_change),
    *(cascade_delete, numbers, text, dates, ids_15_vs_18),
)
