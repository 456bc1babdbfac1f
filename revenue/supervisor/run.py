"""The one process that starts, watches and stops all the others."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from revenue.embedded import processes
from revenue.embedded.places import Places
from revenue.embedded.postgres import postgres_server, recover_postgres
from revenue.embedded.problems import EmbeddedError, UnusableError
from revenue.embedded.redis_server import recover_redis, redis_server
from revenue.embedded.servers import failure_of, launched
from revenue.supervisor import policy, preflight, preparation, state
from revenue.supervisor.child import Child, end_together, rotate, tail
from revenue.supervisor.display import Display
from revenue.supervisor.parts import (
    SERVER_FLOOR,
    Part,
    address,
    application_parts,
    server_part,
    start_order,
    stop_order,
)

GUARD = Path(__file__).with_name("guard.py")
TICK_SECONDS = 0.05
ROTATE_EVERY_SECONDS = 10.0
READY_SECONDS = 120.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):  # noqa: N818  a wish, not an error
    pass


@dataclass(frozen=True)
class Options:
    base_dir: Path
    data_dir: Path
    host: str
    port: int
    demo: bool
    embedded_database: bool
    embedded_redis: bool

    @property
    def url(self) -> str:
        """By name where it is this machine: browsers know passkeys for names only."""
        here = self.host in {"", "0.0.0.0", "::", "127.0.0.1", "::1"}  # noqa: S104
        return f"http://{address('localhost' if here else self.host, self.port)}"

    @property
    def environment(self) -> dict[str, str]:
        """What every part is told beside what this process was told itself."""
        told = {"REVENUE_DATA_DIR": str(self.data_dir), "PYTHONUNBUFFERED": "1"}
        if not any(os.environ.get(name) for name in ("SITE_URL", "SITE_URL_FILE")):
            told["SITE_URL"] = self.url
        if self.demo:
            told["DEMO"] = "true"
        return told


@dataclass
class Supervisor:
    options: Options
    display: Display
    children: list[Child] = field(default_factory=list)
    stopping: bool = False
    rotated_at: float = 0.0

    @property
    def places(self) -> Places:
        return Places(self.options.data_dir)

    def run(self) -> None:
        before = {number: signal.signal(number, self._on_signal) for number in STOP_SIGNALS}
        guard: subprocess.Popen[bytes] | None = None
        try:
            self._clear_left_over()
            guard = self._begin_guard()
            preflight.check_port(host=self.options.host, port=self.options.port)
            self._start()
            self._announce()
            while True:
                self._tick()
        except StopRequested:
            self.display.line()
        finally:
            self._stop()
            end_guard(guard)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _clear_left_over(self) -> None:
        ended = state.clear_left_over(self.places)
        if ended:
            self.display.line(f"  Ended {ended} processes that an earlier start had left behind.")

    def _begin_guard(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", GUARD, state.state_path(self.places), processes.__file__],
            cwd="/",
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    # Starting

    def _start(self) -> None:
        self._begin_together(self._servers())
        self._prepare()
        parts = application_parts(
            base_dir=self.options.base_dir,
            logs=self.places.logs,
            ready_files=self.places.run,
            host=self.options.host,
            port=self.options.port,
            environment=self.options.environment,
        )
        for floor in start_order(parts):
            self._begin_together(floor)

    def _servers(self) -> list[Part]:
        parts = []
        if self.options.embedded_redis:
            server = redis_server(data_dir=self.options.data_dir)
            parts.append(server_part(server, recover=lambda: recover_redis(self.places)))
        if self.options.embedded_database:
            fresh = not self.places.postgres.exists()
            if fresh:
                self.display.begin("new database")
            server = postgres_server(data_dir=self.options.data_dir)
            if fresh:
                self.display.done("new database")
            parts.append(server_part(server, recover=lambda: recover_postgres(self.places)))
        return parts

    def _begin_together(self, parts: list[Part]) -> None:
        fresh = [Child(part) for part in parts]
        for child in fresh:
            self.display.begin(child.part.name)
            self._begin(child)
        waiting = list(fresh)
        while waiting:
            self._tick()
            for child in list(waiting):
                if child.look():
                    self.display.done(child.part.name)
                    waiting.remove(child)
                elif self._hopeless(child):
                    waiting.remove(child)

    def _hopeless(self, child: Child) -> bool:
        """A part that cannot start: without a server nothing goes, without a worker much does."""
        died = child.quick_deaths > 0
        if child.part.floor == SERVER_FLOOR and died:
            self.display.failed(child.part.name)
            raise failure_of(
                what=f"The {child.part.name} did not start",
                text=child.written().decode(errors="replace"),
                log=child.part.log,
            )
        if time.monotonic() - child.began_at < READY_SECONDS and (
            child.quick_deaths < policy.DEATHS_WORTH_TELLING
        ):
            return False
        self.display.failed(child.part.name, f"not ready, goes on being tried: {child.part.log}")
        return True

    def _begin(self, child: Child) -> None:
        if child not in self.children:
            self.children.append(child)
        child.begin()
        try:
            state.record(self.places, address=self.options.url, children=self.children)
        except OSError as error:
            # It runs: to give up on it now would start it twice.
            self.display.event(f"What runs could not be written down ({error.strerror}).")

    def _prepare(self) -> None:
        with self.display.step("tables"):
            if preparation.migrations_pending():
                self._manage("migrate", "--no-input")
        with self.display.step("static files"):
            marker = self.places.run / "static-fingerprint"
            wanted = preparation.static_fingerprint()
            if not preparation.static_is_fresh(marker=marker, fingerprint=wanted):
                marker.unlink(missing_ok=True)
                self._manage("collectstatic", "--no-input")
                preparation.mark_static(marker=marker, fingerprint=wanted)
        if self.options.demo and not self._demo_is_there():
            self.display.line("  Making the demo company")
            with self.display.step("demo company"):
                self._manage("seed_demo", shown=True)

    def _demo_is_there(self) -> bool:
        return self.options.embedded_database and bool(
            preparation.demo_sign_ins(self.options.data_dir)
        )

    def _manage(self, *arguments: str, shown: bool = False) -> None:
        """A management command as a step; its standard error is shown where it tells progress."""
        log = self.places.logs / "setup.log"
        command = (sys.executable, str(self.options.base_dir / "manage.py"), *arguments)
        with log.open("ab") as lines:
            begins_at = lines.tell()
            process = subprocess.Popen(
                launched(command, parent=os.getpid(), dies_by=signal.SIGTERM),
                cwd=self.options.base_dir,
                env={**os.environ, **self.options.environment},
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=None if shown else lines,
                start_new_session=True,
            )
        try:
            while process.poll() is None:
                self._tick(draw=not shown)
        finally:
            processes.end(processes.session_members(process.pid), first=signal.SIGTERM, seconds=5)
        if process.returncode != 0:
            with log.open("rb") as lines:
                lines.seek(begins_at)
                text = lines.read().decode(errors="replace")
            raise failure_of(what=f"`manage.py {arguments[0]}` failed", text=text, log=log)

    # Watching

    def _tick(self, *, draw: bool = True) -> None:
        if self.stopping:
            raise StopRequested
        for child in self.children:
            self._watch(child)
        if time.monotonic() - self.rotated_at > ROTATE_EVERY_SECONDS:
            self.rotated_at = time.monotonic()
            self._rotate_logs()
        if draw:
            self.display.tick()
        time.sleep(TICK_SECONDS)

    def _watch(self, child: Child) -> None:
        if child.start_again_at is not None:
            if time.monotonic() >= child.start_again_at:
                self._begin_again(child)
            return
        code = child.exit_code()
        if code is None:
            if not child.ready and child.part.name not in self.display.waiting and child.look():
                self.display.event(f"{child.part.name} is ready again")
            return
        lived = time.monotonic() - child.began_at
        child.clear_rest()
        verdict = policy.after_death(quick_deaths=child.quick_deaths, lived_seconds=lived)
        child.quick_deaths = verdict.quick_deaths
        child.start_again_at = time.monotonic() + verdict.pause_seconds
        child.ready = False
        self.display.event(
            f"{child.part.name} ended ({ending(code)}) after {lived:.0f} s, starts again in "
            f"{verdict.pause_seconds:.1f} s"
        )
        if verdict.tell_log:
            self._tell_log(child)

    def _begin_again(self, child: Child) -> None:
        try:
            self._begin(child)
        except (EmbeddedError, OSError) as error:
            child.start_again_at = time.monotonic() + policy.LONGEST_PAUSE_SECONDS
            self.display.event(f"{child.part.name} could not be started: {error}")

    def _tell_log(self, child: Child) -> None:
        self.display.event(
            f"{child.part.name} keeps ending; it goes on being tried, the others go on. "
            f"The end of {child.part.log}:"
        )
        for line in tail(child.written()):
            self.display.line(f"    {line}")

    def _rotate_logs(self) -> None:
        for child in self.children:
            if rotate(child.part.log):
                child.log_from = 0

    # Stopping

    def _stop(self) -> None:
        for floor in stop_order([child.part for child in self.children]):
            names = {part.name for part in floor}
            ending_now = [child for child in self.children if child.part.name in names]
            self._each(ending_now, self.display.begin)
            end_together(ending_now)
            self._each(ending_now, lambda name: self.display.done(name, "stopped"))
        state.state_path(self.places).unlink(missing_ok=True)

    def _each(self, children: list[Child], do: Callable[[str], None]) -> None:
        for child in children:
            if child.process is not None or child.part.name in self.display.waiting:
                do(child.part.name)

    # Telling

    def _announce(self) -> None:
        self.display.line()
        self.display.line(f"Ready: {self.options.url}")
        if self.options.demo:
            rows = preparation.demo_sign_ins(self.options.data_dir)
            for line in columns([tuple(row.values()) for row in rows]):
                self.display.line(f"  {line}")
            if not rows:
                raise UnusableError(
                    "The demo company told no sign-ins: run `manage.py seed_demo` again."
                )
        self.display.line(f"Logs: {self.places.logs}   Stop: Ctrl-C, or `make down`")


def ending(code: int) -> str:
    return f"exit status {code}" if code >= 0 else signal.Signals(-code).name


def end_guard(guard: subprocess.Popen[bytes] | None) -> None:
    if guard is not None:
        guard.communicate()


def columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
