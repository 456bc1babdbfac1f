"""A real worker that syncs from simulators of this process, and how it is killed in the middle."""

import os
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.models import SyncRun
from accounts.sync.starting import start_sync
from revenue.celery import app
from revenue.jobs.models import Job
from tests.accounts.sync.in_worker import FOLDER
from tests.accounts.sync.world import World
from tests.jobs.stage import PATIENCE_S, Stage, use_broker
from tests.salesforce import Simulator
from tests.salesforce.answers import Answer
from tests.salesforce.routes import Request

QUEUE = "bulk"
CHILDREN = 4


@dataclass
class SyncStage(Stage):
    @property
    def who(self) -> Path:
        return self.folder / "who"

    @property
    def authorities(self) -> Path:
        return self.folder / "authorities.pem"

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            FOLDER: str(self.who),
            "REQUESTS_CA_BUNDLE": str(self.authorities),
            "SALESFORCE_HOSTS": "127.0.0.1",
        }

    def spawn(self, queue: str) -> None:
        self.who.mkdir(exist_ok=True)
        self.authorities.touch()
        command = ["worker", f"--queues={queue}", f"--concurrency={CHILDREN}", "--loglevel=INFO"]
        command += [f"--hostname={queue}-{uuid.uuid4().hex[:6]}@test"]
        command += [
            "--without-gossip",
            "--without-mingle",
            "--include=tests.accounts.sync.in_worker",
        ]
        self.workers[queue] = self.celery(queue, command)

    def trust(self, sim: Simulator) -> None:
        with self.authorities.open("ab") as known:
            known.write(sim.ca_path.read_bytes())

    def process_of(self, job: Job) -> int:
        return int((self.who / str(job.pk)).read_text())

    def sync(self, world: World, **options: Any) -> Job:
        return start_sync(org=world.org, by=None, trigger=SyncRun.Trigger.SCHEDULE, **options)


@contextmanager
def sync_stage(folder: Path) -> Iterator[SyncStage]:
    """With keys of its own in the broker, which workers of other tests may listen to as well."""
    before = app.conf.broker_url, dict(app.conf.broker_transport_options or {})
    prefix = f"sync-{os.getpid()}-{uuid.uuid4().hex[:6]}:"
    stage = SyncStage(str(settings.CELERY_BROKER_URL), folder, prefix)
    use_broker(stage.broker_url, key_prefix=prefix)
    try:
        stage.begin([QUEUE])
        yield stage
    finally:
        stage.end()
        use_broker(before[0], key_prefix=before[1].get("global_keyprefix", ""))


@dataclass
class Assassin:
    """Stands between a simulator, before it serves, and its caller, whom it kills at some calls."""

    sim: Simulator
    stage: SyncStage
    job: Job | None = None
    # Call since the job began → seconds after the answer, or less than none: before it.
    plan: dict[int, float] = field(default_factory=dict)
    calls: int = 0
    deaths: int = 0

    def __post_init__(self) -> None:
        self.truly = self.sim.application.respond
        self.sim.application.respond = self.respond  # type: ignore[method-assign]

    def sent_for(self, job: Job, plan: dict[int, float]) -> None:
        self.job, self.plan, self.calls = job, plan, 0

    def respond(self, request: Request) -> tuple[Answer | None, str]:
        self.calls += 1
        delay = self.plan.get(self.calls)
        if delay is not None and delay < 0:
            self.kill()
        answer = self.truly(request)
        if delay is not None and delay >= 0:
            threading.Timer(delay, self.kill).start()
        return answer

    def kill(self) -> None:
        if self.job is None:
            return
        with suppress(ProcessLookupError, FileNotFoundError):
            os.kill(self.stage.process_of(self.job), signal.SIGKILL)
            self.deaths += 1


@dataclass
class Gate:
    """Holds the answer to one call of a simulator until it is let go; the `at`-th that has `of`."""

    sim: Simulator
    at: int
    of: str = ""
    calls: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    may_go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.truly = self.sim.application.respond
        self.sim.application.respond = self.respond  # type: ignore[method-assign]

    def respond(self, request: Request) -> tuple[Answer | None, str]:
        if self.of in request.target:
            self.calls += 1
            if self.calls == self.at:
                self.reached.set()
                self.may_go.wait(PATIENCE_S)
        return self.truly(request)

    def wait(self) -> None:
        assert self.reached.wait(PATIENCE_S), f"Nobody came to call {self.at} of {self.of}"


@contextmanager
def gate(sim: Simulator, *, at: int, of: str = "") -> Iterator[Gate]:
    """For a simulator that does not serve yet."""
    found = Gate(sim, at, of)
    try:
        yield found
    finally:
        found.may_go.set()
