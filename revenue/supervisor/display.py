"""Status lines: one a part, with a mark and seconds; alive on a terminal, plain elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TextIO

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PLAIN_FRAMES = "|/-\\"
NAME_WIDTH = 20


@dataclass
class Display:
    out: TextIO = field(default_factory=lambda: sys.stdout)
    waiting: dict[str, float] = field(default_factory=dict)
    drawn: bool = False
    closed: bool = False

    @property
    def live(self) -> bool:
        return not self.closed and self.out.isatty()

    @property
    def fancy(self) -> bool:
        return (self.out.encoding or "").lower().replace("-", "") == "utf8"

    def line(self, text: str = "") -> None:
        self._wipe()
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        """A terminal that was closed must not end what runs, nor cut its ending short."""
        if self.closed:
            return
        encoding = self.out.encoding or "utf-8"
        try:
            self.out.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self.out.flush()
        except (OSError, ValueError):
            self.closed = True

    def begin(self, name: str) -> None:
        self.waiting[name] = time.monotonic()
        self.tick()

    def done(self, name: str, note: str = "") -> None:
        self._finish(name, mark="✓" if self.fancy else "ok", note=note)

    def failed(self, name: str, note: str = "") -> None:
        self._finish(name, mark="✗" if self.fancy else "!!", note=note)

    def _finish(self, name: str, *, mark: str, note: str) -> None:
        seconds = time.monotonic() - self.waiting.pop(name, time.monotonic())
        self.line(f"  {mark} {name:<{NAME_WIDTH}}{seconds:6.1f} s  {note}".rstrip())

    def tick(self) -> None:
        """Draw what is being waited for; on a terminal only."""
        if not self.live or not self.waiting:
            return
        now = time.monotonic()
        frames = FRAMES if self.fancy else PLAIN_FRAMES
        frame = frames[int(now * 10) % len(frames)]
        oldest = now - min(self.waiting.values())
        self._wipe()
        self._write(f"  {frame} {', '.join(self.waiting)}  {oldest:.0f} s")
        self.drawn = True

    def _wipe(self) -> None:
        if self.drawn:
            self._write("\r\x1b[2K")
            self.drawn = False

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.begin(name)
        try:
            yield
        except BaseException:
            self.failed(name)
            raise
        self.done(name)

    def event(self, text: str) -> None:
        self.line(f"{datetime.now(tz=UTC).astimezone():%H:%M:%S}  {text}")
