import os
import signal
import socket
from pathlib import Path

import pytest

from revenue.supervisor.parts import answers
from tests.revenue.supervisor.scratch import Project

pytestmark = pytest.mark.services


def test_a_second_start_is_quick_and_keeps_data_and_ctrl_c_leaves_nothing(project: Project) -> None:
    project.up("--demo")
    said = project.said()
    assert "seeding 1 of 1" in said
    for part in ("database", "broker", "web", "worker-interactive", "worker-training", "scheduler"):
        assert f"ok {part}" in said or f"✓ {part}" in said
    assert f"Ready: http://localhost:{project.port}" in said
    assert "rep@example.com" in said
    project.ask("CREATE TABLE kept AS SELECT 42 AS answer")
    assert project.stop(signal.SIGINT) == 0
    assert project.processes() == []
    assert not project.is_locked()

    # Ten seconds on a machine of one's own; a busy one takes as much longer as it is busy.
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert project.up("--demo") < 10 * busy
    assert "seeding" not in project.said()
    assert "rep@example.com" in project.said()
    assert project.ask("SELECT answer FROM kept") == 42
    down = project.manage("down")
    assert (down.returncode, down.stderr) == (0, "Stopped.\n")
    assert project.processes() == []
    assert not project.is_locked()
    again = project.manage("down")
    assert again.returncode == 0
    assert "Nothing runs in" in again.stderr


def test_a_killed_supervisor_leaves_no_process_and_a_new_start_works(project: Project) -> None:
    project.up()
    project.nap(seconds=120)
    project.stop(signal.SIGKILL)
    assert project.wait_gone(seconds=15) == []
    project.up()
    project.stop(signal.SIGKILL)
    # At once: the old ones are still on their way out.
    project.up()
    assert project.stop() == 0
    assert project.processes() == []


def test_a_stop_in_the_middle_of_a_start_leaves_nothing(project: Project) -> None:
    project.up(wait=False)
    project.wait_for(" broker")
    assert project.stop() == 0
    assert project.processes() == []
    assert "Ready" not in project.said()


def test_a_port_in_use_is_one_sentence(project: Project) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", project.port))
        holder.listen()
        refused = project.manage("up", "--port", str(project.port))
    assert refused.returncode == 1
    assert f"Port {project.port} is in use" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert project.processes() == []


def test_a_folder_of_another_major_is_one_sentence(project: Project) -> None:
    project.places.postgres.mkdir(parents=True)
    (project.places.postgres / "PG_VERSION").write_text("13\n")
    refused = project.manage("up", "--port", str(project.port))
    assert refused.returncode == 1
    assert "was made by PostgreSQL 13" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert project.processes() == []
    assert not project.is_locked()


def test_a_part_that_keeps_dying_is_told_and_the_others_go_on(project: Project) -> None:
    wsgi = project.folder / "revenue/wsgi.py"
    whole = wsgi.read_text()
    wsgi.write_text("raise RuntimeError('broken on purpose')\n")
    project.up()
    said = project.said()
    assert "web keeps ending" in said
    assert "broken on purpose" in said
    assert project.part_pid("worker-bulk") != []
    assert not answers(host="127.0.0.1", port=project.port)
    Path(wsgi).write_text(whole)
    project.wait_for("web is ready again")
    assert answers(host="127.0.0.1", port=project.port)
    assert project.stop() == 0
    assert project.processes() == []
