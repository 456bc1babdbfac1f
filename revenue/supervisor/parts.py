"""The parts of a running system as values: what each runs, when it is ready, how it ends."""

import http.client
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from revenue.embedded.servers import Runner, Server

# (queue, processes): a queue has workers of its own, so a long training cannot delay a page's job.
QUEUES = (("interactive", 2), ("bulk", 1), ("training", 1))
# What rests on the servers starts side by side: each boots on one core, for as long as the rest.
SERVER_FLOOR, APPLICATION_FLOOR = 0, 1
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108

Ladder = tuple[tuple[signal.Signals, float], ...]


@dataclass(frozen=True)
class Part:
    name: str
    command: tuple[str, ...]
    folder: Path
    log: Path
    is_ready: Callable[[], bool]
    # Signals to end it by, each with the seconds it may take; SIGKILL follows the last.
    ladder: Ladder
    dies_by: signal.Signals
    # Parts of a lower floor start earlier.
    floor: int
    hands_out_work: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    runner: Runner | None = None
    before_start: Callable[[], None] | None = None

    @classmethod
    def with_ready_file(
        cls, *, ready_file: Path, environment: dict[str, str], **facts: Any
    ) -> "Part":
        """A part with nothing to ask: it makes a file when it takes work, whatever it logs."""
        return cls(
            is_ready=ready_file.exists,
            before_start=lambda: ready_file.unlink(missing_ok=True),
            # The checks of the whole application are for releases, and cost a third of a start.
            environment={
                **environment,
                "READY_FILE": str(ready_file),
                "CELERY_SKIP_CHECKS": "true",
            },
            **facts,
        )


def server_part(server: Server, *, recover: Callable[[], None]) -> Part:
    return Part(
        name=server.name,
        command=server.command,
        folder=server.folder,
        log=server.log,
        is_ready=server.is_ready,
        ladder=((server.stop_signal, 30), (signal.SIGQUIT, 5)),
        dies_by=server.stop_signal,
        floor=SERVER_FLOOR,
        runner=server.runner,
        before_start=recover,
    )


def application_parts(
    *,
    base_dir: Path,
    logs: Path,
    ready_files: Path,
    host: str,
    port: int,
    environment: dict[str, str],
) -> list[Part]:
    workers = [
        worker_part(
            queue,
            processes=processes,
            base_dir=base_dir,
            logs=logs,
            ready_files=ready_files,
            environment=environment,
        )
        for queue, processes in QUEUES
    ]
    web = web_part(base_dir=base_dir, logs=logs, host=host, port=port, environment=environment)
    scheduler = scheduler_part(
        base_dir=base_dir, logs=logs, ready_files=ready_files, environment=environment
    )
    return [web, *workers, scheduler]


def web_part(
    *, base_dir: Path, logs: Path, host: str, port: int, environment: dict[str, str]
) -> Part:
    options = ["--workers=2", "--threads=4", "--worker-class=gthread", "--preload"]
    options += ["--timeout=60", "--graceful-timeout=8", "--no-control-socket"]
    if os.access(SHARED_MEMORY, os.W_OK):
        # A worker's heartbeat file on a busy disk makes it look dead.
        options.append(f"--worker-tmp-dir={SHARED_MEMORY}")
    return Part(
        name="web",
        command=python(
            "gunicorn", "revenue.wsgi:application", f"--bind={address(host, port)}", *options
        ),
        folder=base_dir,
        log=logs / "web.log",
        is_ready=lambda: answers(host=local_host(host), port=port),
        ladder=((signal.SIGTERM, 10), (signal.SIGQUIT, 3)),
        dies_by=signal.SIGTERM,
        floor=APPLICATION_FLOOR,
        environment=environment,
    )


def worker_part(
    queue: str,
    *,
    processes: int,
    base_dir: Path,
    logs: Path,
    ready_files: Path,
    environment: dict[str, str],
) -> Part:
    options = [f"--queues={queue}", f"--hostname={queue}@%h", f"--concurrency={processes}"]
    options += ["--loglevel=INFO", "--without-gossip", "--without-mingle"]
    return Part.with_ready_file(
        ready_file=ready_files / f"worker-{queue}.ready",
        name=f"worker-{queue}",
        command=python("celery", "--app=revenue", "worker", *options),
        folder=base_dir,
        log=logs / f"worker-{queue}.log",
        # Finish what runs; then, with SIGQUIT, give it back to the queue.
        ladder=((signal.SIGTERM, 8), (signal.SIGQUIT, 5)),
        dies_by=signal.SIGQUIT,
        floor=APPLICATION_FLOOR,
        environment=environment,
    )


def scheduler_part(
    *, base_dir: Path, logs: Path, ready_files: Path, environment: dict[str, str]
) -> Part:
    options = ["--pidfile=", "--loglevel=INFO"]
    return Part.with_ready_file(
        ready_file=ready_files / "scheduler.ready",
        name="scheduler",
        command=python("celery", "--app=revenue", "beat", *options),
        folder=base_dir,
        log=logs / "scheduler.log",
        ladder=((signal.SIGTERM, 5),),
        dies_by=signal.SIGTERM,
        floor=APPLICATION_FLOOR,
        hands_out_work=True,
        environment=environment,
    )


def python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


def address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def local_host(host: str) -> str:
    """The address by which this machine reaches a server bound to it."""
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def answers(*, host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz/live", headers={"Host": address("127.0.0.1", port)})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def start_order(parts: list[Part]) -> list[list[Part]]:
    """Groups that start together, one group after the other."""
    floors = sorted({part.floor for part in parts})
    return [[part for part in parts if part.floor == floor] for floor in floors]


def stop_order(parts: list[Part]) -> list[list[Part]]:
    """Who hands out work ends first, then who does it, last the servers that all rest on."""
    groups = [
        [part for part in parts if part.hands_out_work],
        [part for part in parts if part.floor > SERVER_FLOOR and not part.hands_out_work],
        [part for part in parts if part.floor == SERVER_FLOOR],
    ]
    return [group for group in groups if group]
