"""Figures for Prometheus: counted where things happen, read out in one place."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from revenue.observe import metric_files
from revenue.observe.bounded import NotInTimeError, within

log = structlog.get_logger(__name__)

READ_SECONDS = 2.0
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


def folder() -> Path:
    return Path(settings.METRICS_FOLDER)


@functools.cache
def prepare() -> None:
    """By whoever is about to count; a command that does not count leaves no trace."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ImproperlyConfigured(
            f"Figures cannot be kept in {folder()} ({problem.strerror}): make it writable, or set "
            "PROMETHEUS_MULTIPROC_DIR to a folder of this machine that is."
        ) from problem


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


def exposition() -> bytes:
    with metric_files.steady(folder=folder()):
        metric_files.tidy(folder=folder())
        counted = CollectorRegistry()
        MultiProcessCollector(counted, path=str(folder()))  # type: ignore[no-untyped-call]
        text = generate_latest(counted)
    looked_up = CollectorRegistry()
    looked_up.register(Readings())
    return text + generate_latest(looked_up)
