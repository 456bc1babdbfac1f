"""What the operating system knows about processes; nothing here trusts a pid alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

PROC = Path("/proc")
HAS_PROC = sys.platform.startswith("linux")


def all_pids() -> list[int]:
    if HAS_PROC:
        return [int(entry) for entry in os.listdir(PROC) if entry.isdigit()]  # noqa: PTH208
    return [int(line) for line in _ps("-axo", "pid=")]


def _ps(*arguments: str) -> list[str]:
    answer = subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False)
    return answer.stdout.splitlines()


def _stat_fields(pid: int) -> list[str]:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    return text[text.rindex(")") + 2 :].split()


def started_at(pid: int) -> str | None:
    """A token of the moment a process began; with the pid it names one process for good."""
    if HAS_PROC:
        fields = _stat_fields(pid)
        if not fields or fields[0] == "Z":
            return None
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{fields[19]}"
    lines = _ps("-o", "lstart=", "-p", str(pid))
    return lines[0].strip() if lines else None


def servers_in(folder: Path, *, name: str) -> list[int]:
    """Live processes of that name that work in that folder."""
    if HAS_PROC:
        return [pid for pid in all_pids() if _works_in(pid, folder=folder, name=name)]
    found = []
    for line in _ps("-axo", "pid=,command="):
        pid, _, command = line.strip().partition(" ")
        if name in command and str(folder) in command:
            found.append(int(pid))
    return found


def _works_in(pid: int, *, folder: Path, name: str) -> bool:
    try:
        if (PROC / str(pid) / "comm").read_text().strip() != name:
            return False
        return (PROC / str(pid) / "cwd").stat() == folder.stat()
    except OSError:
        return False


def session_members(leader: int) -> list[int]:
    """Everything that a part started, also where its leader is gone."""
    members = []
    for pid in all_pids():
        try:
            if os.getsid(pid) == leader and started_at(pid) is not None:
                members.append(pid)
        except OSError:
            continue
    return members


def recorded_sessions(leaders: Iterable[dict[str, Any]]) -> list[int]:
    """Members of sessions written down as {"pid", "started"}, where the pid is still theirs."""
    found: list[int] = []
    for leader in leaders:
        now = started_at(leader["pid"])
        if now is None or now == leader["started"]:
            found += session_members(leader["pid"])
    return found


def alive(pids: Iterable[int]) -> list[int]:
    return [pid for pid in pids if started_at(pid) is not None]


def send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def wait_gone(pids: Collection[int], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def end(pids: Collection[int], *, first: signal.Signals, seconds: float) -> None:
    send(pids, first)
    if not wait_gone(pids, seconds=seconds):
        send(alive(pids), signal.SIGKILL)
        wait_gone(pids, seconds=5)
