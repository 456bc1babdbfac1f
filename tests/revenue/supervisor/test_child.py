import os
import signal
import sys
import time
from pathlib import Path

from revenue.embedded import processes
from revenue.supervisor.child import TAIL_BYTES, Child, end_together, rotate, tail
from revenue.supervisor.parts import Part

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("ready.", flush=True)
time.sleep(60)
"""


SAY_MUCH = """
import time
print("x" * 200_000 + "\\nready.", flush=True)
time.sleep(60)
"""


def child_of(folder: Path, code: str) -> Child:
    return Child(
        Part(
            name="part",
            command=(sys.executable, "-c", code),
            folder=folder,
            log=folder / "part.log",
            is_ready=lambda: b"ready." in (folder / "part.log").read_bytes(),
            ladder=((signal.SIGTERM, 0.3),),
            dies_by=signal.SIGKILL,
            floor=0,
        )
    )


def begun(child: Child) -> int:
    child.begin()
    deadline = time.monotonic() + 10
    while not child.look():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert child.pid is not None
    return child.pid


def test_a_part_that_ignores_the_wish_is_ended_with_its_children(tmp_path: Path) -> None:
    child = child_of(tmp_path, STUBBORN)
    pid = begun(child)
    assert len(processes.session_members(pid)) == 2
    end_together([child])
    assert processes.session_members(pid) == []


def test_the_children_of_a_killed_part_are_cleared(tmp_path: Path) -> None:
    child = child_of(tmp_path, STUBBORN)
    pid = begun(child)
    os.kill(pid, signal.SIGKILL)
    assert child.process is not None
    child.process.wait()
    assert len(processes.session_members(pid)) == 1
    child.clear_rest()
    assert processes.session_members(pid) == []


def test_only_what_this_start_wrote_is_shown_and_only_its_end(tmp_path: Path) -> None:
    (tmp_path / "part.log").write_text("of an earlier start\n")
    child = child_of(tmp_path, SAY_MUCH)
    begun(child)
    assert b"earlier" not in child.written()
    assert len(child.written()) == TAIL_BYTES
    assert child.written().endswith(b"xx\nready.\n")
    end_together([child])


def test_a_log_is_cut_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    with log.open("ab", buffering=0) as writer:
        for number in range(5):
            writer.write(f"{number}".encode() * 100)
            assert rotate(log, limit_bytes=100, kept=3)
        assert not rotate(log, limit_bytes=100, kept=3)
        writer.write(b"on")
    assert log.read_bytes() == b"on"
    kept = {path.name: path.read_text()[0] for path in tmp_path.glob("part.log.*")}
    assert kept == {"part.log.1": "4", "part.log.2": "3", "part.log.3": "2"}


def test_a_log_that_cannot_be_kept_is_cut_all_the_same(tmp_path: Path) -> None:
    """As on a full disk, where to stop for want of a copy would be the worst answer."""
    log = tmp_path / "part.log"
    log.write_text("x" * 100)
    (tmp_path / "part.log.1").mkdir()
    assert rotate(log, limit_bytes=100, kept=1)
    assert log.read_bytes() == b""


def test_a_log_that_is_not_there_is_not_cut(tmp_path: Path) -> None:
    assert not rotate(tmp_path / "none.log")


def test_the_end_of_a_log_survives_bad_bytes() -> None:
    assert tail(b"a\nb\n\xff\n", lines=2) == ["b", "\ufffd"]
