import signal
from pathlib import Path

import pytest

from revenue.supervisor.parts import QUEUES, Part, application_parts, start_order, stop_order


def parts(*, ready_files: Path = Path("/")) -> list[Part]:
    server = Part(
        name="database",
        command=("postgres",),
        folder=Path("/"),
        log=Path("/dev/null"),
        is_ready=lambda: True,
        ladder=((signal.SIGINT, 1),),
        dies_by=signal.SIGINT,
        floor=0,
    )
    made = application_parts(
        base_dir=Path("/"),
        logs=Path("/"),
        ready_files=ready_files,
        host="127.0.0.1",
        port=8000,
        environment={"DEMO": "true"},
    )
    return [server, *made]


def test_servers_start_first_and_all_that_rests_on_them_side_by_side() -> None:
    order = [{part.name for part in group} for group in start_order(parts())]
    assert order == [
        {"database"},
        {"web", "worker-interactive", "worker-bulk", "worker-training", "scheduler"},
    ]


def test_who_hands_out_work_ends_first_and_the_servers_last() -> None:
    order = [{part.name for part in group} for group in stop_order(parts())]
    assert order[0] == {"scheduler"}
    assert order[1] == {"web", "worker-interactive", "worker-bulk", "worker-training"}
    assert order[2] == {"database"}
    assert len(order) == 3


def test_each_queue_has_workers_of_its_own() -> None:
    served = [
        word.removeprefix("--queues=")
        for part in parts()
        for word in part.command
        if word.startswith("--queues=")
    ]
    assert served == [queue for queue, _ in QUEUES]


@pytest.mark.parametrize("name", ["worker-bulk", "scheduler"])
def test_ready_is_told_by_a_file_of_this_start(tmp_path: Path, name: str) -> None:
    part = next(part for part in parts(ready_files=tmp_path) if part.name == name)
    ready_file = Path(part.environment["READY_FILE"])
    ready_file.touch()
    assert part.before_start is not None
    part.before_start()
    assert not part.is_ready()
    ready_file.touch()
    assert part.is_ready()
    assert part.environment["DEMO"] == "true"


def test_a_worker_finishes_work_before_it_ends() -> None:
    worker = next(part for part in parts() if part.name == "worker-bulk")
    assert [number for number, _ in worker.ladder] == [signal.SIGTERM, signal.SIGQUIT]
