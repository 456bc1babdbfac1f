"""Figures for Prometheus: counted where things happen, read out in one place."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connections
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from revenue.observe import metric_files
from revenue.observe.bounded import NotInTimeError, within

log = structlog.get_logger(__name__)

READ_SECONDS = 2.0
RETRY_SECONDS = 60.0
METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
TASK_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600)

requests_total = Counter(
    "revenue_requests", "Answered requests.", ["route", "method", "status"], registry=None
)
request_seconds = Histogram(
    "revenue_request_seconds",
    "Time until the answer begins.",
    ["route", "method"],
    buckets=REQUEST_BUCKETS,
    registry=None,
)
requests_in_flight = Gauge(
    "revenue_requests_in_flight",
    "Requests being answered.",
    ["kind"],
    multiprocess_mode="livesum",
    registry=None,
)
tasks_started = Counter("revenue_tasks_started", "Begun runs of tasks.", ["task"], registry=None)
tasks_total = Counter(
    "revenue_tasks", "Ended runs of tasks by how they ended.", ["task", "state"], registry=None
)
task_seconds = Histogram(
    "revenue_task_seconds", "Run time of tasks.", ["task"], buckets=TASK_BUCKETS, registry=None
)
task_wait_seconds = Histogram(
    "revenue_task_wait_seconds",
    "Time from sending a task to its start.",
    ["queue"],
    buckets=TASK_BUCKETS,
    registry=None,
)
database_pool = Gauge(
    "revenue_database_pool",
    "Connections of the pool as of each process's last request.",
    ["database", "figure"],
    multiprocess_mode="livesum",
    registry=None,
)
POOL_FIGURES = {
    "pool_size": "open",
    "pool_available": "idle",
    "pool_max": "most",
    "requests_waiting": "waiting",
    "requests_errors": "timed_out",
    "connections_lost": "lost",
}

Sample = tuple[Sequence[str], float]


@dataclass(frozen=True)
class Reading:
    """A figure that is looked up when asked for, from a place that all processes share."""

    name: str
    help_text: str
    labels: tuple[str, ...]
    read: Callable[[], Iterable[Sample]]


readings: dict[str, Reading] = {}


def register_collector(
    *, name: str, help_text: str, labels: Sequence[str], read: Callable[[], Iterable[Sample]]
) -> None:
    """From a room above: `read` gives label values with their figure, at most one second long."""
    readings[name] = Reading(name, help_text, tuple(labels), read)


@dataclass(frozen=True)
class Place:
    # When a place for this process's figures is looked for again; None: there is one.
    retry_at: float | None


prepared: dict[int, Place] = {}
_preparing = threading.Lock()


def folder() -> Path:
    return Path(settings.METRICS_FOLDER)


def prepare() -> bool:
    """Whether this process has a place for its figures; a place that is missing is made."""
    pid, now = os.getpid(), time.monotonic()
    with _preparing:
        known = prepared.get(pid)
        if known is None or (known.retry_at is not None and now > known.retry_at):
            prepared.clear()
            prepared[pid] = known = _place(pid=pid, now=now)
    return known.retry_at is None


def _place(*, pid: int, now: float) -> Place:
    try:
        metric_files.begin(folder=folder(), pid=pid)
    except OSError as problem:
        _say_not_kept(problem)
        return Place(retry_at=now + RETRY_SECONDS)
    return Place(retry_at=None)


def _say_not_kept(problem: Exception) -> None:
    log.warning(
        "figures_not_kept",
        folder=str(folder()),
        reason=f"{type(problem).__name__}: {problem}",
        do="Free some space there, or set PROMETHEUS_MULTIPROC_DIR to a writable folder of this "
        "machine; everything else goes on.",
    )


def keep(count: Callable[[], object]) -> bool:
    """Whether it was counted: a figure that cannot be kept must not fail what it is about."""
    if not prepare():
        return False
    try:
        count()
    except Exception as problem:  # noqa: BLE001 a file that went away fails in many ways
        _say_not_kept(problem)
        with _preparing:
            prepared[os.getpid()] = Place(retry_at=time.monotonic() + RETRY_SECONDS)
        return False
    return True


def method_label(method: str | None) -> str:
    return method if method in METHODS else "OTHER"


def sample_pools() -> None:
    for alias in connections:
        database = connections[alias]
        if not database.settings_dict["OPTIONS"].get("pool"):
            continue
        stats = database.pool.get_stats()  # type: ignore[attr-defined]
        for figure, label in POOL_FIGURES.items():
            database_pool.labels(alias, label).set(stats.get(figure, 0))


class Readings(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily(
            "revenue_collector_up", "Whether a figure could be read.", labels=["collector"]
        )
        for reading in list(readings.values()):
            family = GaugeMetricFamily(reading.name, reading.help_text, labels=reading.labels)
            try:
                for values, figure in within(
                    READ_SECONDS,
                    name=reading.name,
                    call=lambda r=reading: list(r.read()),  # type: ignore[misc]
                ):
                    family.add_metric(list(values), figure)
            except NotInTimeError as problem:
                log.warning("metric_not_read", collector=reading.name, reason=str(problem))
                up.add_metric([reading.name], 0)
            except Exception:
                log.exception("metric_not_read", collector=reading.name)
                up.add_metric([reading.name], 0)
            else:
                up.add_metric([reading.name], 1)
                yield family
        yield up


def counted() -> bytes:
    with metric_files.steady(folder=folder()):
        try:
            metric_files.tidy(folder=folder())
        except OSError as problem:
            _say_not_kept(problem)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(folder()))  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def exposition() -> bytes:
    text = counted() if prepare() else b""
    looked_up = CollectorRegistry()
    looked_up.register(Readings())
    return text + generate_latest(looked_up)
