"""Locks of the data folder: the kernel lets go of them when their holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Lock:
    path: Path
    descriptor: int = -1

    def take(self, *, shared: bool = False, wait: bool = False) -> bool:
        if self.descriptor < 0:
            self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        flags = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self.descriptor, flags if wait else flags | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def sign(self) -> None:
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"{os.getpid()}\n".encode(), 0)

    def signed_by(self) -> int | None:
        try:
            text = self.path.read_text().strip()
        except OSError:
            return None
        return int(text) if text.isdigit() else None

    def release(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def supervisor_lock(*, run: Path) -> Lock:
    """Held by the one `manage.py up` of a data folder."""
    return Lock(run / "up.lock")


def use_lock(*, run: Path) -> Lock:
    """Shared by everybody who uses the embedded servers; whoever has it alone may stop them."""
    return Lock(run / "use.lock")


def held(lock: Lock) -> bool:
    """Whether somebody else holds it now."""
    if not lock.path.exists():
        return False
    probe = Lock(lock.path)
    try:
        return not probe.take(shared=True)
    finally:
        probe.release()


@contextmanager
def starting(*, run: Path) -> Iterator[None]:
    """One at a time may look whether the servers run, and start them."""
    lock = Lock(run / "start.lock")
    lock.take(wait=True)
    try:
        yield
    finally:
        lock.release()
