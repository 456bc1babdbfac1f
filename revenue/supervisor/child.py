"""A part as a process: begun, watched, ended with everything it started."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from revenue.embedded import processes
from revenue.embedded.servers import launched
from revenue.supervisor.parts import Part

LOG_LIMIT_BYTES = 10 * 1024 * 1024
LOGS_KEPT = 3
TAIL_LINES = 12
TAIL_BYTES = 100_000


@dataclass
class Child:
    part: Part
    process: subprocess.Popen[bytes] | None = None
    began_at: float = 0.0
    log_from: int = 0
    ready: bool = False
    quick_deaths: int = 0
    start_again_at: float | None = None
    started_token: str | None = field(default=None)

    def begin(self) -> None:
        if self.part.before_start is not None:
            self.part.before_start()
        with self.part.log.open("ab") as log:
            self.log_from = log.tell()
            self.process = subprocess.Popen(
                launched(
                    self.part.command,
                    parent=os.getpid(),
                    dies_by=self.part.dies_by,
                    runner=self.part.runner,
                ),
                cwd=self.part.folder,
                env={**os.environ, **self.part.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.began_at = time.monotonic()
        self.ready = False
        self.start_again_at = None
        self.started_token = processes.started_at(self.process.pid)

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None else None

    def exit_code(self) -> int | None:
        return self.process.poll() if self.process is not None else None

    def look(self) -> bool:
        """Whether the part has become ready by now; once ready, it stays so for its life."""
        if not self.ready and self.process is not None and self.process.poll() is None:
            self.ready = self.part.is_ready()
        return self.ready

    def written(self) -> bytes:
        """The end of what the part has written since it began."""
        with self.part.log.open("rb") as log:
            log.seek(max(self.log_from, os.fstat(log.fileno()).st_size - TAIL_BYTES))
            return log.read()

    def clear_rest(self) -> None:
        """What a dead leader leaves: pool processes in the middle of a task."""
        if self.process is not None:
            processes.end(
                processes.session_members(self.process.pid), first=signal.SIGKILL, seconds=5
            )


def end_together(children: list[Child]) -> None:
    """End parts of one floor at the same time, each by its own ladder."""
    running = [child for child in children if child.process is not None]
    climbs = {child.part.name: list(child.part.ladder) for child in running}
    deadlines = {child.part.name: 0.0 for child in running}
    while pending := [child for child in running if child.exit_code() is None]:
        now = time.monotonic()
        for child in pending:
            if now < deadlines[child.part.name]:
                continue
            rest = climbs[child.part.name]
            number, seconds = rest.pop(0) if rest else (signal.SIGKILL, 5.0)
            deadlines[child.part.name] = now + seconds
            if child.process is not None:
                child.process.send_signal(number)
        time.sleep(0.03)
    for child in running:
        child.clear_rest()
        child.process = None


def rotate(log: Path, *, limit_bytes: int = LOG_LIMIT_BYTES, kept: int = LOGS_KEPT) -> bool:
    """Copy and cut a log whose writer keeps it open (for appending, so it goes on at the start)."""
    try:
        if log.stat().st_size < limit_bytes:
            return False
    except FileNotFoundError:
        return False
    for number in range(kept - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    newest = log.with_name(f"{log.name}.1")
    try:
        shutil.copyfile(log, newest)
    except OSError:  # A full disk wants the room more than the lines.
        with contextlib.suppress(OSError):
            newest.unlink(missing_ok=True)
    os.truncate(log, 0)
    return True


def tail(text: bytes, *, lines: int = TAIL_LINES) -> list[str]:
    return text.decode(errors="replace").splitlines()[-lines:]
