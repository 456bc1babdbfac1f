"""The embedded servers for one command or one test run, shared with whoever else runs meanwhile."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from revenue.embedded import locks, servers
from revenue.embedded.places import Places
from revenue.embedded.postgres import postgres_is_ready, postgres_server, recover_postgres
from revenue.embedded.problems import UnusableError
from revenue.embedded.redis_server import recover_redis, redis_is_ready, redis_server
from revenue.embedded.servers import Server

KEEPER = Path(__file__).with_name("keeper.py")
START_SECONDS = 60


@contextmanager
def services(
    data_dir: Path, *, database: bool = True, broker: bool = True, durable: bool = True
) -> Iterator[None]:
    """Start what does not run, and stop it again unless somebody else still uses it."""
    places = Places(data_dir)
    places.make()
    use = locks.use_lock(run=places.run)
    use.take(shared=True, wait=True)
    keeper = None
    try:
        with locks.starting(run=places.run):
            if not locks.held(locks.supervisor_lock(run=places.run)):
                keeper = _start_missing(places, database=database, broker=broker, durable=durable)
        _wait_ready(places, database=database, broker=broker)
        yield
    finally:
        last = use.take()
        use.release()
        if keeper is not None and last:
            os.waitpid(keeper, 0)


def _start_missing(places: Places, *, database: bool, broker: bool, durable: bool) -> int | None:
    missing: list[Server] = []
    if database and not postgres_is_ready(places):
        server = postgres_server(data_dir=places.data_dir, durable=durable)
        recover_postgres(places)
        missing.append(server)
    if broker and not redis_is_ready(places):
        recover_redis(places)
        missing.append(redis_server(data_dir=places.data_dir, durable=durable))
    if not missing:
        return None
    keeper = _spawn_keeper(missing, places=places)
    begins_at = {server.name: _size(server.log) for server in missing}
    for server in missing:
        _wait_started(server, log_from=begins_at[server.name])
    return keeper


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _spawn_keeper(missing: list[Server], *, places: Places) -> int:
    wanted = {
        "use_lock": str(locks.use_lock(run=places.run).path),
        "servers": [
            {
                "command": servers.launched(
                    server.command, parent=0, dies_by=server.stop_signal, runner=server.runner
                ),
                "folder": str(server.folder),
                "log": str(server.log),
                "stop_signal": int(server.stop_signal),
            }
            for server in missing
        ],
    }
    log = str(places.logs / "keeper.log")
    opened = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    # Not a Popen: the keeper may well outlive the command that began it.
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-I", "-S", str(KEEPER), json.dumps(wanted)],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, opened, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )


def _wait_started(server: Server, *, log_from: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    seen = False
    while not server.is_ready():
        running = bool(server.pids())
        if (seen and not running) or time.monotonic() > deadline:
            raise servers.failure(server, log_from=log_from)
        seen = seen or running
        time.sleep(0.02)


def _wait_ready(places: Places, *, database: bool, broker: bool) -> None:
    """Where `manage.py up` is just starting, its servers are on their way."""
    deadline = time.monotonic() + START_SECONDS
    while (database and not postgres_is_ready(places)) or (broker and not redis_is_ready(places)):
        if time.monotonic() > deadline:
            raise UnusableError(
                f"The servers of {places.data_dir} did not become ready: look into {places.logs}, "
                "or stop the running system with `manage.py down`."
            )
        time.sleep(0.05)
