"""What the parts of one run share: the org, its source, the run's row, and what was counted."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction

from accounts.connectors.base import Connector
from accounts.models import Fact, ObjectSync, SyncRun
from accounts.sync.locks import OrgLock
from accounts.sync.merges import MERGED, children_of, has_losers
from accounts.sync.upsert import Written
from revenue.jobs.run import HandedBack, JobRun
from revenue.users.models import Org

Progress = Callable[[str], None]


@dataclass
class Tally:
    """Of one object in one run."""

    read: int = 0
    written: int = 0
    deleted: int = 0
    refused: int = 0
    captured: int = 0
    mended: int = 0
    calls: int = 0
    seconds: float = 0.0
    expected: int | None = None


@dataclass
class Turns:
    """Rows of an object that changed in one run, and how often each of an org's own fields did."""

    rows: int = 0
    fields: Counter[str] = field(default_factory=Counter)

    def add(self, written: Written) -> None:
        self.rows += written.updated
        self.fields += written.turned


@dataclass
class Work:
    org: Org
    connector: Connector
    run: SyncRun
    at: datetime
    is_full: bool = False
    job: JobRun | None = None
    lock: OrgLock | None = None
    progress: Progress | None = None
    # Seconds after which a job gives the rest to another attempt, so that no limit cuts it off.
    budget_s: float = 0.0
    began: float = field(default_factory=time.monotonic)
    tallies: dict[str, Tally] = field(default_factory=dict)
    turns: dict[str, Turns] = field(default_factory=dict)
    # Objects whose records may have gone with a parent.
    bereft: set[str] = field(default_factory=set)
    # Whether records of these were merged; asked once, and again when some are.
    losers: dict[type[Fact], bool] = field(default_factory=dict)

    def tally(self, name: str) -> Tally:
        return self.tallies.setdefault(name, Tally())

    @property
    def has_written(self) -> bool:
        return any(each.written or each.deleted for each in self.tallies.values())

    def columns_to_follow(self, model: type[Fact]) -> tuple[tuple[str, type[Fact]], ...]:
        """Of rows of a table, those that may name a record that was merged into another."""
        for each in MERGED:
            if each not in self.losers:
                self.losers[each] = has_losers(each, org=self.org)
        return tuple(
            (column, parent)
            for parent in MERGED
            if self.losers[parent]
            for child, column in children_of(parent)
            if child is model
        )

    @contextmanager
    def step(self, state: ObjectSync, *, tally: Tally, text: str = "") -> Iterator[None]:
        """Rows, the position that speaks of them, and what is counted: all are kept, or nothing."""
        self.tell(text)
        if self.job is None:
            with undone(tally), transaction.atomic():
                yield
                self.keep(state)
                self.confirm()
            return
        if self.budget_s and self.job.got_further and self.seconds() > self.budget_s:
            raise HandedBack
        with undone(tally), self.job.step() as step:
            read = tally.read
            yield
            step.done = self.job.done + tally.read - read
            step.checkpoint = {
                **self.job.checkpoint,
                "steps": self.job.checkpoint.get("steps", 0) + 1,
            }
            self.keep(state)
            self.confirm()

    def confirm(self) -> None:
        """Last before a commit: nobody else may have begun meanwhile."""
        if self.lock is not None:
            self.lock.confirm()

    def keep(self, state: ObjectSync) -> None:
        state.save()
        self.count()
        self.run.save(update_fields=COUNTED)

    def count(self) -> None:
        run, tallies = self.run, self.tallies.values()
        run.objects_done = {name: asdict(each) for name, each in self.tallies.items()}
        run.rows_read = sum(each.read for each in tallies)
        run.rows_written = sum(each.written for each in tallies)
        run.rows_deleted = sum(each.deleted for each in tallies)
        run.rows_refused = sum(each.refused for each in tallies)
        run.calls = self.connector.calls
        if quota := self.connector.quota:
            run.calls_used_today, run.calls_allowed_today = quota.used, quota.allowed

    def tell(self, text: str, *, total: int | None = None) -> None:
        if text and self.progress:
            self.progress(text)
        if self.job and (text or total is not None):
            self.job.tell(text, total=total)

    def seconds(self) -> float:
        return time.monotonic() - self.began


@contextmanager
def undone(tally: Tally) -> Iterator[None]:
    """What is not kept is not counted."""
    before = asdict(tally)
    try:
        yield
    except BaseException:
        for name, value in before.items():
            setattr(tally, name, value)
        raise


COUNTED = [
    *("objects_done", "rows_read", "rows_written", "rows_deleted", "rows_refused"),
    *("calls", "calls_used_today", "calls_allowed_today"),
]
