"""One running system, whose parts are killed and come back."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from revenue.embedded import processes
from revenue.supervisor.parts import answers
from tests.revenue.supervisor.scratch import Project

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Whatever the tests kill comes back."""
    folder = tmp_path_factory.mktemp("running")
    made = Project(folder / "project", folder / "data")
    made.up()
    yield made
    made.clear()


def killed(project: Project, part: str) -> None:
    before = len(project.said())
    for pid in project.part_pid(part):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while f"{part} is ready again" not in project.said()[before:]:
        assert time.monotonic() < deadline, project.said() + project.logs()
        time.sleep(0.1)


def test_each_part_that_is_killed_comes_back(running: Project) -> None:
    for part in ("web", "worker-interactive", "scheduler", "broker", "database"):
        killed(running, part)
        assert f"{part} ended (SIGKILL)" in running.said()
    assert answers(host="127.0.0.1", port=running.port)
    assert running.ask("SELECT 1") == 1


def test_the_pool_of_a_killed_worker_does_not_live_on(running: Project) -> None:
    running.nap(seconds=120)
    leader = running.part_pid("worker-interactive")[0]
    assert len(processes.session_members(leader)) >= 3
    killed(running, "worker-interactive")
    assert processes.session_members(leader) == []


def test_a_second_up_says_who_runs(running: Project) -> None:
    assert running.running is not None
    second = running.manage("up", "--port", "1")
    assert second.returncode == 1
    assert f"is already running at http://localhost:{running.port}" in second.stderr
    assert f"(process {running.running.pid})" in second.stderr
    assert second.stderr.count("\n") == 1


def test_a_command_beside_a_running_system_uses_its_servers(running: Project) -> None:
    before = sorted(processes.servers_in(running.places.postgres, name="postgres"))
    code = "from django.db import connection; connection.ensure_connection(); print('reached')"
    assert "reached" in running.manage("shell", "-c", code).stdout
    assert running.part_pid("database")[0] in before
