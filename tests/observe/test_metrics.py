"""Figures are best effort: whatever becomes of their folder, requests and tasks go on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from revenue.observe import metric_files

# In a process of its own, since the library settles on a folder when it is first imported.
COUNTING = """
import os, shutil, sys
from django.conf import settings
folder = os.environ["PROMETHEUS_MULTIPROC_DIR"]
settings.configure(METRICS_FOLDER=folder, DATABASES={})
from revenue.observe import metrics

def work(route):
    counted = metrics.keep(lambda: metrics.requests_in_flight.labels("web").inc())
    metrics.keep(lambda: metrics.requests_total.labels(route, "GET", "200").inc())
    metrics.keep(lambda: metrics.request_seconds.labels(route, "GET").observe(0.1))
    return counted

def child(do):
    pid = os.fork()
    if pid == 0:
        do()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""


def run(folder: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"{COUNTING}\n{code}\nprint('went on')"],
        env={"PATH": os.environ["PATH"], "PROMETHEUS_MULTIPROC_DIR": str(folder)},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["went on"]), done
    return done.stdout + done.stderr


def test_a_folder_that_is_not_there_is_made_by_who_counts_first(tmp_path: Path) -> None:
    said = run(tmp_path / "deep/er", "print(work('a'), metrics.exposition().decode())")
    assert 'revenue_requests_total{method="GET",route="a",status="200"} 1.0' in said


def test_a_folder_that_cannot_be_made_costs_the_figures_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = run(tmp_path / "file/metrics", "assert [work('a') for _ in range(3)] == [False] * 3")
    assert said.count("figures_not_kept") == 1
    assert "PROMETHEUS_MULTIPROC_DIR" in said


def test_a_folder_that_goes_away_is_made_again_by_the_next_process(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    code = "work('a'); shutil.rmtree(folder); work('a'); child(lambda: work('a'))"
    assert "Traceback" not in run(folder, code)
    assert list(folder.glob("counter_*.db"))


def test_a_folder_that_goes_away_for_good_does_not_disturb_a_forked_child(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    gone = "work('a'); shutil.rmtree(folder); open(folder, 'w').close()"
    run(folder, f"{gone}; child(lambda: [work('a'), work('b')])")


def test_a_process_takes_over_counts_of_its_number_but_no_gauge(tmp_path: Path) -> None:
    """A process id comes again; requests in flight of who had it before do not."""
    counter, gauge = (
        tmp_path / f"{kind}_{os.getpid()}.db" for kind in ("counter", "gauge_livesum")
    )
    for path in (counter, gauge):
        path.write_bytes(b"of another life")
    metric_files.begin(folder=tmp_path, pid=os.getpid())
    assert counter.read_bytes() == b"of another life"
    assert gauge.read_bytes().strip(b"\0") == b""


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root: run the tests as root to see this one")
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(tmp_path)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a disk, such as in a plain container")
    try:
        (tmp_path / "metrics").mkdir()
        yield tmp_path
    finally:
        subprocess.run(["umount", tmp_path], check=True)


FILL = """
handle = os.open(folder + "/../filler", os.O_WRONLY | os.O_CREAT)
try:
    while os.write(handle, bytes(4096)): pass
except OSError: pass
"""


def test_a_full_disk_costs_the_figures_and_no_more(full_disk: Path) -> None:
    said = run(full_disk / "metrics", f"{FILL}\nwork('a'); print(metrics.exposition().decode())")
    assert said.count("figures_not_kept") == 1


def test_a_disk_that_fills_up_while_counting_does_not_end_the_process(full_disk: Path) -> None:
    """A hole in a mapped file that the disk cannot fill would be the end by SIGBUS."""
    said = run(
        full_disk / "metrics", f"work('a')\n{FILL}\nprint([work(str(n)) for n in range(200)])"
    )
    assert "False" not in said


def test_files_of_processes_that_are_gone_do_not_pile_up_where_nobody_scrapes(
    tmp_path: Path,
) -> None:
    for _ in range(3):
        run(tmp_path, "work('a')")
    assert len(list(tmp_path.glob("counter_*.db"))) <= 2


def test_room_is_written_out_and_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "counter_1.db"
    metric_files.reserve(path=path, size_bytes=1 << 16)
    facts = path.stat()
    assert facts.st_size == 1 << 16
    assert facts.st_blocks * 512 >= facts.st_size
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
