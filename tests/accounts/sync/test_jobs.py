"""Syncs as jobs of a real worker: killed, cancelled, handed back, and two at once."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import ObjectSync, Opportunity, SyncRun
from accounts.sync import run as runs
from accounts.tasks import sync_org
from revenue.jobs.attempts import attempt_job
from revenue.jobs.models import Job
from revenue.jobs.run import HandedBack
from revenue.jobs.running import cancel
from tests.accounts.sync.workers import Gate, SyncStage, gate
from tests.accounts.sync.world import World
from tests.salesforce import Simulator, changes
from tests.salesforce.clock import VirtualClock

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

MORE = "/query/"
PAGE = 45
DEALS = 6 * PAGE
AT_PAGE = 4


@pytest.fixture
def sim(stage: SyncStage, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """Of all objects only deals and what follows them have a second page."""
    settings.SALESFORCE_HOSTS = ["127.0.0.1"]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(stage.authorities))
    clock = VirtualClock(datetime.now(UTC).replace(microsecond=0))
    found = Simulator(seed=5, rows=20, clock=clock)
    found.pages.usual = found.pages.least = PAGE
    held = len(found.store.rows("Opportunity"))
    yesterday = clock.now() - timedelta(days=1)
    changes.burst(found.store, "Opportunity", DEALS - held, at=yesterday)
    return found


@pytest.fixture
def at_page(sim: Simulator, stage: SyncStage) -> Iterator[Gate]:
    # One call to that address asks when the organization's year begins.
    with gate(sim, at=1 + AT_PAGE, of=MORE) as found, sim:
        stage.trust(sim)
        yield found


def runs_of(world: World) -> list[SyncRun]:
    return list(SyncRun.objects.filter(org=world.org).order_by("id"))


def deals_read(run: SyncRun) -> int:
    return int(run.objects_done["Opportunity"]["read"])


def test_after_a_kill_it_goes_on_at_the_last_key_that_was_kept(
    stage: SyncStage, sim: Simulator, at_page: Gate
) -> None:
    world = World(sim)
    job = stage.sync(world)
    at_page.wait()
    assert Opportunity.objects.filter(org=world.org).count() == AT_PAGE * PAGE
    os.kill(stage.process_of(job), signal.SIGKILL)
    at_page.may_go.set()
    assert stage.finished(job).state == Job.State.SUCCEEDED
    killed, resumed = runs_of(world)
    assert (killed.state, killed.problem) == ("partial", runs.LEFT_BY_A_CRASH)
    assert (resumed.state, resumed.problem) == ("succeeded", "")
    assert (deals_read(killed), deals_read(resumed)) == (AT_PAGE * PAGE, DEALS - AT_PAGE * PAGE)
    assert resumed.objects_done["Account"]["read"] < killed.objects_done["Account"]["read"]
    world.mirrors()


@pytest.mark.parametrize("left_at", [2, 4])
def test_a_comparison_of_ids_that_was_killed_goes_on(
    stage: SyncStage, sim: Simulator, left_at: int
) -> None:
    with gate(sim, at=0, of=MORE) as held, sim:
        stage.trust(sim)
        world = World(sim)
        # The last stamp is of one row, and the next increment of one page.
        before, late = sim.store.ids("Opportunity"), sim.clock.now() - timedelta(hours=1)
        sim.store.update("Opportunity", before[0], {"NextStep": "Call"}, at=late)
        assert stage.finished(stage.sync(world)).state == Job.State.SUCCEEDED
        gone = [before[3], before[PAGE * left_at + 3], before[-2]]
        for key in gone:
            sim.store.hard_delete("Opportunity", key)
        there = ObjectSync.objects.filter(org=world.org, object_name="Opportunity")
        there.update(reconciled_at=None)
        # One call to that address asks whose organization it is.
        held.at = held.calls + 1 + left_at
        job = stage.sync(world)
        held.wait()
        mark = there.get().marks["ids"]
        assert mark["listed"] == (left_at - 1) * PAGE
        assert mark["gone"] == [key for key in gone if key <= mark["after"]] != []
        assert not Opportunity.objects.filter(org=world.org, deleted_at__isnull=False).exists()
        os.kill(stage.process_of(job), signal.SIGKILL)
        sim.ledger.clear()
        held.may_go.set()
        assert stage.finished(job).state == Job.State.SUCCEEDED
        asked = [call.soql for call in sim.ledger.calls if "FROM Opportunity " in call.soql]
        assert any(f"Id > '{mark['after']}'" in soql for soql in asked)
        assert not any(soql.endswith("ORDER BY Id") and "Id >" not in soql for soql in asked)
        assert there.get().marks == {}
        marked = Opportunity.objects.filter(org=world.org, deleted_at__isnull=False)
        assert sorted(marked.values_list("external_id", flat=True)) == sorted(gone)
        world.mirrors()


def test_a_person_cancels_and_what_was_read_is_kept(
    stage: SyncStage, sim: Simulator, at_page: Gate
) -> None:
    world = World(sim)
    job = stage.sync(world)
    at_page.wait()
    cancel(job, by=None)
    at_page.may_go.set()
    assert stage.finished(job).state == Job.State.CANCELLED
    (cancelled,) = runs_of(world)
    assert cancelled.state == "partial"
    assert cancelled.problem == "It was cancelled; the next sync goes on where it was."
    state = ObjectSync.objects.get(org=world.org, object_name="Opportunity")
    assert state.position["at"][1]
    assert Opportunity.objects.filter(org=world.org).count() == AT_PAGE * PAGE
    assert stage.finished(stage.sync(world)).state == Job.State.SUCCEEDED
    assert deals_read(runs_of(world)[1]) == DEALS - AT_PAGE * PAGE
    world.mirrors()


def test_of_two_processes_one_runs_and_the_other_says_so(
    stage: SyncStage, sim: Simulator, at_page: Gate
) -> None:
    world = World(sim)
    job = stage.sync(world)
    at_page.wait()
    assert stage.sync(world) == job
    with pytest.raises(CommandError, match="A sync of this org is running already"):
        call_command("sync", world.org.slug)
    at_page.may_go.set()
    assert stage.finished(job).state == Job.State.SUCCEEDED
    assert [run.state for run in runs_of(world)] == ["succeeded"]
    world.mirrors()


def test_at_its_share_of_the_time_it_hands_the_rest_to_another_worker(
    stage: SyncStage, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun in this process, which has hardly any time, and ended by the worker."""
    with sim:
        stage.trust(sim)
        world = World(sim)
        monkeypatch.setattr(runs, "SHARE_OF_LIMIT", 1e-9)
        job = Job.objects.create(
            task=sync_org.name, title="Sync", queue="bulk", org=world.org, created_at=world.clock()
        )
        attempt_job(job_id=str(job.pk), function=sync_org.function, transient=sync_org.retry_on)
        assert stage.finished(job).state == Job.State.SUCCEEDED
        handed, ended = runs_of(world)
        assert (handed.state, handed.problem) == ("partial", runs.STOPS[HandedBack])
        assert (ended.state, ended.problem) == ("succeeded", "")
        read = {name for name, of in handed.objects_done.items() if of["read"]}
        assert read == {"UserRole"}
        assert ended.objects_done["UserRole"]["written"] == 0
        assert job.attempts == 2
        world.mirrors()
