"""What a supervisor wrote down about its children, for the next start and for `down`."""

import json
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from revenue.embedded import processes
from revenue.embedded.places import Places
from revenue.supervisor.child import Child


def state_path(places: Places) -> Path:
    return places.run / "state.json"


def record(places: Places, *, address: str, children: Iterable[Child]) -> None:
    parts = {
        child.part.name: {"pid": child.pid, "started": child.started_token}
        for child in children
        if child.pid is not None
    }
    path = state_path(places)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"pid": os.getpid(), "address": address, "parts": parts}))
    draft.replace(path)


def recorded(places: Places) -> dict[str, Any]:
    try:
        state = json.loads(state_path(places).read_text())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def left_over(places: Places) -> list[int]:
    """Processes of an earlier start that still live, found by session so that none is missed."""
    return processes.recorded_sessions(recorded(places).get("parts", {}).values())


def clear_left_over(places: Places) -> int:
    pids = left_over(places)
    # Most are on their way out already: their parent's death told them.
    if not processes.wait_gone(pids, seconds=3):
        processes.end(processes.alive(pids), first=signal.SIGTERM, seconds=4)
    state_path(places).unlink(missing_ok=True)
    return len(pids)
