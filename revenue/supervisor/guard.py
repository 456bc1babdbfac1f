"""End what a killed supervisor leaves behind.

Run as a script by an isolated interpreter: guard.py STATE PROCESSES, with a pipe as standard input
that only the supervisor holds open, so its end is the supervisor's end, on every system. Most parts
go by themselves, told by their parent's death; what does not in time, such as the pool of a worker
in the middle of a task, is ended here.
"""

import importlib.util
import json
import signal
import sys
from pathlib import Path
from types import ModuleType

PATIENCE_SECONDS = 4.0


def load(path: str) -> ModuleType:
    """A module by its file: importing it by name would import the whole application."""
    spec = importlib.util.spec_from_file_location("processes", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(state: Path, processes: ModuleType) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    try:
        parts = json.loads(state.read_text())["parts"]
    except (OSError, ValueError, KeyError):
        return
    pids = processes.recorded_sessions(parts.values())
    if not processes.wait_gone(pids, seconds=PATIENCE_SECONDS):
        # Asked anew: a pool may have begun another process meanwhile.
        left = processes.recorded_sessions(parts.values())
        processes.end(left, first=signal.SIGTERM, seconds=1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), load(sys.argv[2]))
