"""Is each thing that this process needs within reach? Every look is bounded in time."""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.core.cache import BaseCache, CacheHandler
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from revenue.observe import bounded, broker
from revenue.observe.redaction import redact_text

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 2.0
HEARTBEAT_KEY = "worker-heartbeat:{queue}"
HEARTBEAT_STALE_SECONDS = 90


class NotReadyError(Exception):
    pass


@dataclass(frozen=True)
class Finding:
    name: str
    up: bool
    detail: str
    milliseconds: int

    def short(self) -> dict[str, Any]:
        return {"up": self.up}

    def long(self) -> dict[str, Any]:
        return {"up": self.up, "detail": self.detail, "ms": self.milliseconds}


def database() -> str:
    """Over a connection of its own: a pool that is busy is no reason to be taken out of service."""
    params = {**connection.get_connection_params(), "connect_timeout": int(ANSWER_SECONDS)}
    params.pop("cursor_factory", None)
    with psycopg.connect(**params) as probe, probe.transaction():
        probe.execute(f"SET LOCAL statement_timeout = {int(ANSWER_SECONDS * 1000)}")
        table = probe.execute("SELECT to_regclass('django_migrations')").fetchone()
        rows = (
            probe.execute("SELECT app, name FROM django_migrations").fetchall()
            if table and table[0]
            else []
        )
    missing = sorted(unapplied({(str(app), str(name)) for app, name in rows}))
    if missing:
        names = ", ".join(f"{app}.{name}" for app, name in missing[:5])
        raise NotReadyError(f"{len(missing)} migrations are not applied ({names}): run migrate")
    return "answers, migrations applied"


@functools.cache
def migrations_on_disk() -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Each with those it replaces; the code of a running process does not change."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {key: tuple(each.replaces) for key, each in loader.disk_migrations.items()}


def unapplied(applied: set[tuple[str, str]]) -> set[tuple[str, str]]:
    on_disk = migrations_on_disk()
    done = set(applied)
    for key, replaced in on_disk.items():
        if key in applied:
            done.update(replaced)
        elif replaced and applied.issuperset(replaced):
            done.add(key)
    needed = set(on_disk)
    for replaced in on_disk.values():
        needed.difference_update(replaced)
    return needed - done


def broker_reached() -> str:
    return f"{broker.reach()} answers"


def store() -> BaseCache:
    """The shared store, asked with a time limit of ours."""
    config = dict(settings.CACHES["default"])
    if str(config["BACKEND"]).endswith(".RedisCache"):
        limits = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
        config["OPTIONS"] = {**config.get("OPTIONS", {}), **limits}
    return CacheHandler({"default": config})["default"]


def store_reached() -> str:
    store().get("observe-probe")
    return "answers"


def workers() -> str:
    queues = broker.queue_names()
    keys = {HEARTBEAT_KEY.format(queue=queue): queue for queue in queues}
    beats = store().get_many(keys)
    now = time.time()
    silent = [
        f"{queue} ({_age(beats.get(key), now=now)})"
        for key, queue in keys.items()
        if key not in beats or now - float(beats[key]) > HEARTBEAT_STALE_SECONDS
    ]
    if silent:
        raise NotReadyError(f"no worker on {', '.join(silent)}: start one for each queue")
    return f"{len(queues)} queues served"


def _age(beat: Any, *, now: float) -> str:
    return "never seen" if beat is None else f"last seen {now - float(beat):.0f} s ago"


PROBES: dict[str, Callable[[], str]] = {
    "database": database,
    "broker": broker_reached,
    "store": store_reached,
    "workers": workers,
}


def timed(probe: Callable[[], str]) -> tuple[bool, str, int]:
    begun = time.monotonic()
    try:
        up, detail = True, probe()
    except NotReadyError as problem:
        up, detail = False, str(problem)
    except Exception as problem:  # noqa: BLE001 whatever it is, the thing is not within reach
        up, detail = False, f"{type(problem).__name__}: {redact_text(str(problem))}"
    return up, detail.strip().splitlines()[0], round((time.monotonic() - begun) * 1000)


def look(*, names: list[str]) -> list[Finding]:
    """All at once, so that the whole takes no longer than the slowest is allowed."""
    begun = time.monotonic()
    started = {
        name: bounded.start(name=f"probe-{name}", call=functools.partial(timed, PROBES[name]))
        for name in names
    }
    findings = []
    for name, future in started.items():
        left = max(0.0, ANSWER_SECONDS - (time.monotonic() - begun))
        try:
            up, detail, took = bounded.wait(future, seconds=left)
        except bounded.NotInTimeError as problem:
            up, detail, took = False, str(problem), round(ANSWER_SECONDS * 1000)
        findings.append(Finding(name, up, detail, took))
    down = {each.name: each.detail for each in findings if not each.up}
    if down:
        log.warning("not_ready", **down)
    return findings
