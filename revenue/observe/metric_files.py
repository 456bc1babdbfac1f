"""The folder in which every process of this machine keeps its figures, one file a process and kind.

Counts of processes that are gone move into one file, so that neither counts nor room are lost to
restarts. All who write here must share one space of process ids.
"""

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client.mmap_dict import MmapedDict

# The library leaves these two untyped.
open_values: Any = MmapedDict
read_values: Any = MmapedDict.read_all_values_from_file

ARCHIVE = "archive"
KINDS_KEPT = ("counter", "histogram", "summary")
# By the start of a file's name; the most that a process is likely to fill.
ROOM_BYTES = {"counter": 1 << 18, "histogram": 1 << 20, "gauge_livesum": 1 << 16}


def begin(*, folder: Path, pid: int) -> None:
    """A place for a process that has not counted yet, and for no more of those that are gone."""
    with steady(folder=folder):
        tidy(folder=folder)
        for gauge in folder.glob(f"gauge_*_{pid}.db"):
            gauge.unlink()
        for kind, size_bytes in ROOM_BYTES.items():
            path = folder / f"{kind}_{pid}.db"
            if not path.exists():
                reserve(path=path, size_bytes=size_bytes)


def reserve(*, path: Path, size_bytes: int) -> None:
    """Written out: a hole that a full disk cannot fill would end the process that maps it."""
    draft = path.with_suffix(".draft")
    try:
        draft.write_bytes(bytes(size_bytes))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def steady(*, folder: Path) -> Iterator[None]:
    """Nobody else tidies or reads meanwhile, so that a moved count is not seen twice."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def tidy(*, folder: Path) -> None:
    """Call inside `steady`."""
    gone: dict[str, list[Path]] = defaultdict(list)
    for path in folder.glob("*_*.db"):
        kind, _, pid = path.stem.rpartition("_")
        if pid.isdecimal() and not is_alive(int(pid)):
            gone[kind].append(path)
    for kind, paths in gone.items():
        if kind in KINDS_KEPT:
            _archive(folder=folder, kind=kind, paths=paths)
        else:
            for path in paths:
                path.unlink(missing_ok=True)


def _archive(*, folder: Path, kind: str, paths: list[Path]) -> None:
    archive, draft = folder / f"{kind}_{ARCHIVE}.db", folder / f"{kind}_{ARCHIVE}.draft"
    sums: dict[str, float] = defaultdict(float)
    for path in [archive, *paths]:
        if path.exists() and path.stat().st_size:
            for key, value, _, _ in read_values(str(path)):
                sums[key] += value
    held = sum(path.stat().st_size for path in [archive, *paths] if path.exists())
    draft.write_bytes(bytes(max(held, ROOM_BYTES["counter"])))
    kept = open_values(str(draft))
    for key, value in sums.items():
        kept.write_value(key, value, 0.0)
    kept.close()
    # A crash in between loses counts, which a scraper takes for a restart; the other order doubles.
    for path in paths:
        path.unlink(missing_ok=True)
    draft.replace(archive)
