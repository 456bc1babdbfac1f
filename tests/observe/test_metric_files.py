import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from revenue.observe import metric_files

COUNTING = """
import sys
from prometheus_client import Counter, Gauge, Histogram
done = Counter("done", "x", ["kind"], registry=None)
took = Histogram("took", "x", ["kind"], buckets=(1, 5), registry=None)
open_now = Gauge("open_now", "x", ["kind"], multiprocess_mode="livesum", registry=None)
for seconds in (0.5, 3, 30):
    done.labels("a").inc()
    took.labels("a").observe(seconds)
open_now.labels("a").inc()
print("counted", flush=True)
sys.stdin.readline()
"""


def counting_process(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", COUNTING],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "counted\n"
    return process


def figures(folder: Path) -> dict[str, float]:
    with metric_files.steady(folder=folder):
        metric_files.tidy(folder=folder)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
        return {
            f"{sample.name}{sample.labels.get('le', '')}": sample.value
            for family in registry.collect()
            for sample in family.samples
        }


@pytest.mark.services
def test_a_killed_process_leaves_its_counts_and_takes_its_gauges(tmp_path: Path) -> None:
    first, second = counting_process(tmp_path), counting_process(tmp_path)
    together = figures(tmp_path)
    assert (together["done_total"], together["open_now"]) == (6, 2)

    for process, left in ((first, 1), (second, 0)):
        process.kill()
        process.communicate()
        now = figures(tmp_path)
        assert now.get("open_now", 0) == left
        assert {name: n for name, n in now.items() if name != "open_now"} == {
            name: n for name, n in together.items() if name != "open_now"
        }
    assert sorted(path.name for path in tmp_path.glob("*.db")) == [
        "counter_archive.db",
        "histogram_archive.db",
    ]
    assert together["took_bucket5.0"] == 4


@pytest.mark.services
def test_counts_pile_up_over_many_restarts(tmp_path: Path) -> None:
    for restart in range(1, 4):
        counting_process(tmp_path).communicate("\n")
        assert figures(tmp_path)["done_total"] == 3 * restart


def test_an_unfinished_archive_of_a_crash_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "counter_archive.draft").write_bytes(b"half")
    counting_process(tmp_path).communicate("\n")
    assert figures(tmp_path)["done_total"] == 3


def test_this_process_is_alive_and_a_reaped_one_is_not() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert metric_files.is_alive(os.getpid())
    assert not metric_files.is_alive(gone.pid)
