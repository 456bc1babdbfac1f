"""What must hold before anything is started; each refusal is one sentence that says what to do."""

import errno
import os
import shutil
import socket
import sys
import time

import psutil

from revenue.embedded.locks import Lock, supervisor_lock, use_lock
from revenue.embedded.places import Places
from revenue.embedded.problems import (
    DataFolderInUseError,
    DiskFullError,
    EmbeddedError,
    UnusableError,
)
from revenue.supervisor.parts import address, local_host
from revenue.supervisor.state import recorded

OLDEST_PYTHON = (3, 11)
NEW_FOLDER_BYTES = 500 * 1024 * 1024
USED_FOLDER_BYTES = 100 * 1024 * 1024
OTHER_COMMANDS_SECONDS = 20


class PortInUseError(EmbeddedError):
    pass


def check_python(*, version: tuple[int, int] = sys.version_info[:2]) -> None:
    if version < OLDEST_PYTHON:
        have, need = (".".join(map(str, pair)) for pair in (version, OLDEST_PYTHON))
        raise UnusableError(
            f"This is Python {have}, and at least {need} is needed: install it, remove .venv and "
            "run `make demo` again."
        )


def check_folder(places: Places) -> None:
    places.make()
    if not os.access(places.data_dir, os.W_OK | os.X_OK):
        raise UnusableError(
            f"The data folder {places.data_dir} cannot be written: give this user the right to "
            "write there, or set REVENUE_DATA_DIR to another folder."
        )


def check_space(places: Places) -> None:
    used = places.postgres.exists()
    needed = USED_FOLDER_BYTES if used else NEW_FOLDER_BYTES
    free = shutil.disk_usage(places.data_dir).free
    if free < needed:
        raise DiskFullError(
            f"The disk of {places.data_dir} has {free >> 20} MB free and at least "
            f"{needed >> 20} MB are needed: free some space, or set "
            "REVENUE_DATA_DIR to a folder on another disk."
        )


def check_port(*, host: str, port: int) -> None:
    try:
        family, kind, proto, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise UnusableError(
            f"The address {host} is not known on this machine: choose another one with --host, "
            "127.0.0.1 for this machine alone or 0.0.0.0 for all."
        ) from error
    with socket.socket(family, kind, proto) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
            probe.listen()
        except OSError as error:
            raise _port_problem(error, host=host, port=port) from error


def _port_problem(error: OSError, *, host: str, port: int) -> EmbeddedError:
    if error.errno == errno.EADDRINUSE:
        holder = port_holder(port)
        by = f" by {holder}" if holder else ""
        return PortInUseError(
            f"Port {port} is in use{by}: stop that, or choose another port with --port {port + 1}."
        )
    if error.errno == errno.EACCES:
        return UnusableError(
            f"Port {port} needs rights that this user lacks: choose one above 1023 with --port."
        )
    return UnusableError(
        f"{address(local_host(host), port)} cannot be listened on ({error.strerror}): choose "
        "another address with --host."
    )


def port_holder(port: int) -> str:
    """Who listens there, where the system lets us know."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                if connection.pid is None:
                    return ""
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return ""
    return ""


def take_folder(places: Places) -> tuple[Lock, Lock]:
    """Make the data folder ours, against another `up` and against commands with own servers."""
    lock = supervisor_lock(run=places.run)
    if not lock.take():
        holder = lock.signed_by()
        who = f" (process {holder})" if holder else ""
        at = recorded(places).get("address", "")
        where = f" at {at}" if at else ""
        raise DataFolderInUseError(
            f"{places.data_dir} is already running{where}{who}: stop it with `manage.py down`, or "
            "set REVENUE_DATA_DIR to another folder."
        )
    lock.sign()
    use = use_lock(run=places.run)
    deadline = time.monotonic() + OTHER_COMMANDS_SECONDS
    while not use.take():
        if time.monotonic() > deadline:
            lock.release()
            raise DataFolderInUseError(
                f"Another command uses the database in {places.data_dir}: wait until it has ended "
                "(a shell counts too), then start again."
            )
        time.sleep(0.1)
    use.take(shared=True)
    return lock, use
