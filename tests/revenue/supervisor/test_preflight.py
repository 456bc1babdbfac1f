import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from revenue.embedded.locks import supervisor_lock
from revenue.embedded.places import Places
from revenue.embedded.problems import DataFolderInUseError, DiskFullError, UnusableError
from revenue.supervisor.preflight import (
    PortInUseError,
    check_folder,
    check_port,
    check_python,
    check_space,
    take_folder,
)


def test_an_old_python_is_told() -> None:
    with pytest.raises(UnusableError, match=r"This is Python 3\.9, and at least 3\.11 is needed"):
        check_python(version=(3, 9))
    check_python()


def test_a_port_in_use_is_told_with_its_holder() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(PortInUseError) as told:
            check_port(host="127.0.0.1", port=port)
    assert f"Port {port} is in use by " in str(told.value)
    assert f"(process {os.getpid()})" in str(told.value)
    assert f"--port {port + 1}" in str(told.value)
    check_port(host="127.0.0.1", port=port)


def test_an_unknown_address_is_told() -> None:
    with pytest.raises(UnusableError, match="--host"):
        check_port(host="203.0.113.7", port=8000)


def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(UnusableError, match="is a file where a folder is needed"):
        check_folder(Places(tmp_path / "data"))


def test_a_data_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere: run the tests as an ordinary user to see this one")
    (tmp_path / "data").mkdir(mode=0o500)
    with pytest.raises(UnusableError, match="cannot be written"):
        check_folder(Places(tmp_path / "data"))


def test_too_little_space_is_told(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root: run the tests as root to see this one")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", tmp_path], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount a disk, such as in a plain container")
    try:
        places = Places(tmp_path / "data")
        check_folder(places)
        with pytest.raises(DiskFullError, match=r"has 2\d MB free and at least 500 MB are needed"):
            check_space(places)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_folder_is_taken_once(tmp_path: Path) -> None:
    places = Places(tmp_path / "data")
    check_folder(places)
    locks = take_folder(places)
    try:
        with pytest.raises(DataFolderInUseError, match=rf"running \(process {os.getpid()}\)"):
            take_folder(places)
    finally:
        for lock in locks:
            lock.release()
    for lock in take_folder(places):
        lock.release()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    places = Places(tmp_path / "data")
    check_folder(places)
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from revenue.embedded.places import Places\n"
        "from revenue.supervisor.preflight import take_folder\n"
        "take_folder(Places(Path(sys.argv[1]))); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(places.data_dir)], check=False)
    assert re.fullmatch(r"\d+", str(supervisor_lock(run=places.run).signed_by()))
    for lock in take_folder(places):
        lock.release()
