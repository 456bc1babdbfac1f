"""A server of the data folder as a value: what to run, where, as whom, and how it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from revenue.embedded import processes
from revenue.embedded.problems import DiskFullError, UnusableError

LAUNCH = Path(__file__).with_name("launch.py")
NO_SPACE = "No space left on device"


@dataclass(frozen=True)
class Runner:
    """The user that a server runs as, where that is not the one who starts it."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Server:
    name: str
    command: tuple[str, ...]
    folder: Path
    log: Path
    process_name: str
    stop_signal: signal.Signals
    is_ready: Callable[[], bool]
    runner: Runner | None = None

    def pids(self) -> list[int]:
        return processes.servers_in(self.folder, name=self.process_name)


def launched(
    command: tuple[str, ...], *, parent: int, dies_by: signal.Signals, runner: Runner | None = None
) -> list[str]:
    uid, gid = (runner.uid, runner.gid) if runner else (-1, -1)
    facts = [str(int(dies_by)), str(parent), str(uid), str(gid)]
    return [sys.executable, "-I", "-S", str(LAUNCH), *facts, *command]


def spawn(server: Server) -> subprocess.Popen[bytes]:
    with server.log.open("ab") as log:
        return subprocess.Popen(
            launched(
                server.command,
                parent=os.getpid(),
                dies_by=server.stop_signal,
                runner=server.runner,
            ),
            cwd=server.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def start(server: Server, *, seconds: float = 60) -> subprocess.Popen[bytes]:
    begins_at = server.log.stat().st_size if server.log.exists() else 0
    process = spawn(server)
    deadline = time.monotonic() + seconds
    while not server.is_ready():
        if process.poll() is not None:
            raise failure(server, log_from=begins_at)
        if time.monotonic() > deadline:
            stop(process, server=server)
            raise UnusableError(
                f"The {server.name} did not become ready in {seconds:.0f} seconds: "
                f"look into {server.log}."
            )
        time.sleep(0.02)
    return process


def failure(server: Server, *, log_from: int) -> DiskFullError | UnusableError:
    with server.log.open("rb") as log:
        log.seek(log_from)
        text = log.read().decode(errors="replace")
    return failure_of(what=f"The {server.name} did not start", text=text, log=server.log)


def failure_of(*, what: str, text: str, log: Path) -> DiskFullError | UnusableError:
    if NO_SPACE in text:
        return DiskFullError(
            f"{what} because the disk is full: free some space below {log.parent.parent}, or set "
            "REVENUE_DATA_DIR to a folder on another disk."
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "rror" in line]
    reason = (telling or lines or ["it said nothing"])[-1]
    return UnusableError(f"{what}: {reason.rstrip('.')}. The whole story is in {log}.")


def stop(process: subprocess.Popen[bytes], *, server: Server, seconds: float = 20) -> None:
    if process.poll() is None:
        process.send_signal(server.stop_signal)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
    processes.end(server.pids(), first=signal.SIGKILL, seconds=5)


def is_running(server: Server) -> bool:
    return bool(server.pids())
