"""Real workers on the test database and a broker, and what a test does to them."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
from django.conf import settings
from django.db import connection, transaction
from kombu import pools

from revenue.celery import app
from revenue.jobs.broker import broker_options
from revenue.jobs.models import Job
from revenue.jobs.running import JobTask, start
from tests.jobs.tasks_for_tests import FOLDER, TABLE

PATIENCE_S = 45.0
EMBEDDED_ONLY = ["embedded"]
QUEUES = ("interactive", "bulk", "training")
CHILDREN = 5
# All else that a process of the stage is told is written out, whoever starts the tests.
INHERITED = (
    *("PATH", "HOME", "TMPDIR", "LANG", "PYTHONPATH", "COVERAGE_PROCESS_START"),
    *("SECRET_KEY", "SECRET_ENCRYPTION_KEYS", "REVENUE_TEST_SERVICES", "PYTEST_XDIST_WORKER"),
)


def database_url() -> str:
    """The test database, for a process that is not this one."""
    facts = connection.get_connection_params()
    user, password = quote(str(facts.get("user", "")), safe=""), facts.get("password")
    name, host = quote(str(facts["dbname"]), safe=""), str(facts.get("host") or "")
    whom = f"{user}:{quote(str(password), safe='')}@" if password else f"{user}@"
    if host.startswith("/"):
        return f"postgresql://{whom}/{name}?host={quote(host, safe='/')}"
    port = facts.get("port")
    return f"postgresql://{whom}{host}{f':{port}' if port else ''}/{name}"


def wait_for(condition: Callable[[], Any], *, what: str, seconds: float = PATIENCE_S) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds:.0f} s in vain for {what}.")
        time.sleep(0.02)
    return found


@dataclass
class Stage:
    """One broker with a worker a queue, as the supervisor starts them."""

    broker_url: str
    folder: Path
    # Stands before every key, in a Redis that others use too.
    key_prefix: str = ""
    workers: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def is_embedded(self) -> bool:
        return self.broker_url == settings.CELERY_BROKER_URL

    @property
    def stops(self) -> Path:
        return self.folder / "stops"

    def log_of(self, queue: str) -> Path:
        return self.folder / f"{queue}.log"

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        if self.key_prefix:
            kept["REVENUE_TEST_KEY_PREFIX"] = self.key_prefix
        return {
            **kept,
            "CELERY_SKIP_CHECKS": "true",
            "LOG_LEVEL": "INFO",
            "REVENUE_DATA_DIR": str(settings.DATA_DIR),
            "PROMETHEUS_MULTIPROC_DIR": settings.METRICS_FOLDER,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database_url(),
            "CELERY_BROKER_URL": self.broker_url,
            "REDIS_URL": settings.REDIS_URL,
            FOLDER: str(self.stops),
            "PYTHONUNBUFFERED": "1",
        }

    def begin(self, queues: Iterable[str] = QUEUES) -> None:
        self.stops.mkdir(exist_ok=True)
        begun = list(queues)
        for queue in begun:
            self.spawn(queue)
        for queue in begun:
            self.wait_ready(queue)

    def spawn(self, queue: str) -> None:
        command = ["worker", f"--queues={queue}"]
        command += [f"--hostname={queue}-{uuid.uuid4().hex[:6]}@test"]
        command += [
            f"--concurrency={CHILDREN}",
            "--loglevel=INFO",
            "--without-gossip",
            "--without-mingle",
        ]
        command += ["--include=tests.jobs.tasks_for_tests"]
        self.workers[queue] = self.celery(queue, command)

    def celery(self, name: str, command: list[str], **told: str) -> "subprocess.Popen[bytes]":
        self.ready_file(name).unlink(missing_ok=True)
        with self.log_of(name).open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "celery", "--app=revenue", *command],
                cwd=settings.BASE_DIR,
                env={**self.environment(), "READY_FILE": str(self.ready_file(name)), **told},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ready_file(self, name: str) -> Path:
        return self.folder / f"{name}.ready"

    def wait_ready(self, name: str) -> None:
        wait_for(self.ready_file(name).exists, what=f"{name}; the log is {self.log_of(name)}")

    @contextmanager
    def scheduler(self, name: str) -> Iterator["subprocess.Popen[bytes]"]:
        """As the product's own, in haste, and with nothing but warnings in its log."""
        told = {"REVENUE_TEST_BEAT_EVERY_S": "1", "LOG_LEVEL": "WARNING"}
        process = self.celery(name, ["beat", "--pidfile="], **told)
        try:
            yield process
        finally:
            process.kill()
            process.wait(PATIENCE_S)

    def wait_for_word(self, queue: str, word: bytes, *, since: int) -> None:
        wait_for(
            lambda: word in self.written(queue)[since:],
            what=f"{word.decode()} of {queue}; the log is {self.log_of(queue)}",
        )

    def written(self, queue: str) -> bytes:
        path = self.log_of(queue)
        return path.read_bytes() if path.exists() else b""

    def stop(self, queue: str) -> None:
        """As a release does: what runs may finish its step."""
        worker = self.workers.pop(queue)
        worker.send_signal(signal.SIGTERM)
        worker.wait(PATIENCE_S)

    def kill(self, queue: str) -> None:
        """As a machine that loses its power: the worker and all of its children."""
        worker = self.workers.pop(queue)
        family = [worker.pid, *(c.pid for c in psutil.Process(worker.pid).children(recursive=True))]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        worker.wait(PATIENCE_S)

    @contextmanager
    def broker_at(self, url: str) -> Iterator[None]:
        """For this process only, as for a page that cannot reach the broker."""
        use_broker(url)
        try:
            yield
        finally:
            use_broker(self.broker_url, key_prefix=self.key_prefix)

    def end(self) -> None:
        for queue in list(self.workers):
            self.kill(queue)

    def plan(self, job: Job | uuid.UUID, point: str) -> None:
        key = job.pk if isinstance(job, Job) else job
        (self.stops / f"{key}.{point}").touch()

    def reached(self, job: Job, point: str) -> int:
        """The process that stands at the point."""
        path = self.stops / f"{job.pk}.{point}.reached"
        wait_for(path.exists, what=f"{job.title} to come to {point}: {self.report(job)}")
        pid = int(path.read_text())
        path.unlink()
        return pid

    def let_go(self, job: Job, point: str) -> None:
        (self.stops / f"{job.pk}.{point}.go").touch()

    def finished(self, job: Job) -> Job:
        def look() -> bool:
            job.refresh_from_db()
            return job.is_finished

        wait_for(look, what=f"the end of {job.title}: {self.report(job)}")
        return job

    def report(self, job: Job) -> str:
        job.refresh_from_db()
        return f"{job.state} {job.checkpoint} {job.error!r}, {job.attempts} attempts"


def use_broker(url: str, *, key_prefix: str = "") -> None:
    """This process is the page that starts jobs."""
    pools.reset()
    app._pool = app.amqp._producer_pool = None  # type: ignore[attr-defined]
    options = broker_options(url=url) | ({"global_keyprefix": key_prefix} if key_prefix else {})
    app.conf.update(broker_url=url, broker_transport_options=options)
    os.environ["CELERY_BROKER_URL"] = url  # which Celery puts above its configuration


def purge() -> None:
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1)
        for queue in app.conf.task_queues:
            bound = queue(broker.default_channel)
            bound.declare()
            bound.purge()


def effects(job: Job) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT step FROM {TABLE} WHERE job_id = %s ORDER BY step", [job.pk])  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def effect_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {TABLE} (job_id uuid, step int, at timestamptz)"
        )
        cursor.execute(f"TRUNCATE {TABLE}")


def queue_up(
    task: JobTask,
    *,
    stage: Stage,
    points: tuple[str, ...] = (),
    arguments: dict[str, Any] | None = None,
    **options: Any,
) -> Job:
    """The message goes out with the commit, when the stops are in place."""
    options = {"org": None, "by": None, "title": f"{task.name} {' '.join(points)}", **options}
    with transaction.atomic():
        job = start(task, arguments=arguments or {}, **options)
        for point in points:
            stage.plan(job, point)
    return job
