"""Seeded schedules of everything that goes wrong, against a real worker, until it is quiet."""

import random
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from accounts.models import Connection, ObjectSync, SyncRun
from revenue.jobs.models import Job
from tests.accounts.sync.workers import Assassin, SyncStage
from tests.accounts.sync.world import World
from tests.salesforce import Simulator
from tests.salesforce.clock import VirtualClock

AT_ONCE = 4
ROUNDS = 3
QUIET_WITHIN = 6
# By what a worker meets: connections, time-outs, errors of servers, sessions, half answers.
FAULTS = (
    *("connection_reset", "connection_reset_mid_body", "stall_forever", "unknown_500"),
    *("empty_500", "bad_gateway_html", "server_unavailable", "maintenance_html_503", "401_html"),
    *("session_expired", "ok_html", "ok_no_records_key", "short_page", "total_size_drift"),
    *("query_timeout", "invalid_query_locator", "quota_concurrent", "bulk_results_short"),
    *("bulk_job_failed", "bulk_results_not_ready_204", "too_many_429", "tok_503_html"),
)
ONCE_A_RUN = {"session_expired", "stall_forever"}
BETWEEN = (
    *("late_visible_commit", "soft_delete", "undelete", "merge", "lead_convert"),
    *("cascade_delete", "modified_while_paging", "multi_currency"),
)
MEANWHILE = {"late_visible_commit": 0.04, "modified_while_paging": 0.1, "soft_delete": 0.02}


@dataclass
class Schedule:
    seed: int
    stage: SyncStage
    sim: Simulator
    assassin: Assassin
    dice: random.Random = field(init=False)
    jobs: list[Job] = field(default_factory=list)
    days: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(f"schedule {self.seed}")
        self.sim.pages.usual = self.sim.pages.least = self.dice.choice([3, 10, 200])
        self.sim.bulk.piece_rows = self.dice.choice([5, 50_000])
        self.stage.trust(self.sim)
        self.world = World(self.sim, bulk_from=self.dice.choice([1, 15, 10**6]))

    def trouble(self) -> None:
        """Things happen, and from now on more of them do."""
        dice, plan = self.dice, self.sim.plan
        if self.jobs:
            for name in dice.sample(BETWEEN, dice.randint(1, 4)):
                self.sim.enact(name)
        for name in dice.sample(FAULTS, dice.randint(2, 5)):
            times = 1 if name in ONCE_A_RUN else dice.randint(1, 3)
            plan.arm(name, times=times, when=dice.choice([0.02, 0.1, 0.5]))
        plan.behaviours = {name: when for name, when in MEANWHILE.items() if dice.random() < 0.6}

    def begin(self) -> None:
        kills = {
            self.dice.randint(1, 45): self.dice.choice([-1.0, 0.0, 0.005, 0.02, 0.05])
            for _ in range(self.dice.randint(0, 3))
        }
        job = self.stage.sync(self.world, full=bool(self.jobs) and self.dice.random() < 0.2)
        self.assassin.sent_for(job, kills)
        self.jobs.append(job)

    def end(self) -> None:
        self.stage.finished(self.jobs[-1])
        self.sim.clock.advance(self.dice.choice([1, 61, 400, 1200]))

    def calm(self) -> None:
        """The other side is itself again, what was open there is visible; an admin signs in."""
        self.sim.plan.clear()
        self.sim.plan.behaviours = {}
        self.assassin.plan = {}
        self.sim.clock.advance(timedelta(minutes=20))
        Connection.objects.filter(pk=self.world.connection.pk).update(state="untested")

    def let_a_day_pass(self) -> None:
        """What no stamp and no list tells, such as the children of a parent that was deleted and
        undeleted between two syncs, the daily comparison of ids finds. It is counted."""
        ObjectSync.objects.filter(org=self.world.org).update(reconciled_at=None)
        self.days += 1
        self.jobs.append(self.stage.sync(self.world))
        self.end()

    def is_quiet(self) -> bool:
        run = SyncRun.objects.filter(org=self.world.org).latest("id")
        assert run.state != SyncRun.State.RUNNING
        return (run.state, run.rows_written, run.rows_deleted) == ("succeeded", 0, 0)

    def story(self) -> str:
        """Of one that does not come to rest."""
        runs = SyncRun.objects.filter(org=self.world.org).order_by("id")
        told = [
            f"{run.state} {run.rows_written} {run.calls} {run.problem} {busy(run)}" for run in runs
        ]
        return f"Schedule {self.seed} is not quiet:\n  " + "\n  ".join(told)

    def differences(self) -> str:
        try:
            self.world.mirrors()
        except AssertionError as error:
            return f"Schedule {self.seed}: {error}"
        return "It wrote there." if self.sim.ledger.writes else ""


def busy(run: SyncRun) -> dict[str, int]:
    counts = {name: of["written"] + of["deleted"] for name, of in run.objects_done.items()}
    return {name: count for name, count in counts.items() if count}


def campaign(stage: SyncStage, seeds: Iterable[int]) -> Counter[str]:
    """All of them are played, whatever comes of one; what was wrong is told at the end."""
    left, told, wrong = list(seeds), Counter[str](), list[str]()
    while left:
        batch, left = left[:AT_ONCE], left[AT_ONCE:]
        with ExitStack() as stack:
            schedules = []
            for seed in batch:
                clock = VirtualClock(datetime.now(UTC).replace(microsecond=0))
                sim = Simulator(seed=seed, rows=8, clock=clock)
                assassin = Assassin(sim, stage)
                schedules.append(Schedule(seed, stage, stack.enter_context(sim), assassin))
            wrong += play(schedules)
            for each in schedules:
                told.update(each.sim.ledger.faults)
                told.update({"kills": each.assassin.deaths, "schedules": 1})
                told.update({"jobs": len(each.jobs), "needed_a_day": each.days})
        print(dict(told), wrong, flush=True)
    assert not wrong, "\n".join(wrong)
    return told


def play(schedules: list[Schedule]) -> list[str]:
    for _ in range(ROUNDS):
        for each in schedules:
            each.trouble()
            each.begin()
        for each in schedules:
            each.end()
    for each in schedules:
        each.calm()
    restless = schedules
    for _ in range(QUIET_WITHIN):
        for each in restless:
            each.jobs.append(each.stage.sync(each.world))
        for each in restless:
            each.end()
        restless = [each for each in restless if not each.is_quiet()]
    wrong = [each.story() for each in restless]
    for each in schedules:
        if each.differences():
            each.let_a_day_pass()
    return wrong + [said for each in schedules if (said := each.differences())]
