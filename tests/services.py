"""Embedded services for one test run: started once, in a folder of their own, gone at the end."""

import atexit
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

from revenue.embedded import services
from tests.ready_database import NAME, lay_ready_database

FOLDER = "REVENUE_DATA_DIR"
STARTED = "REVENUE_TEST_SERVICES"
TEMPLATE = "REVENUE_TEST_TEMPLATE"


def start_for_this_run() -> None:
    """Workers of xdist inherit the environment of the process that started the services."""
    os.environ.setdefault("SECRET_KEY", "for tests only, never for a running system: " + "x" * 40)
    os.environ.setdefault("SECRET_ENCRYPTION_KEYS", Fernet.generate_key().decode())
    if os.environ.get(STARTED):
        return
    folder = Path(tempfile.mkdtemp(prefix="revenue-tests-"))
    stack = contextlib.ExitStack()
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    os.environ.update({FOLDER: str(folder), STARTED: "1"})
    if "DATABASE_URL" not in os.environ:
        lay_ready_database(folder)
        os.environ[TEMPLATE] = NAME
    stack.enter_context(
        services(
            folder,
            database="DATABASE_URL" not in os.environ,
            broker="REDIS_URL" not in os.environ,
            durable=False,
        )
    )
    atexit.register(stack.close)


def worker_number() -> int:
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name.removeprefix("gw")) + 1 if name else 0
