"""What every benchmark stands on: services of its own, and one JSON line at the end."""

import contextlib
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection

from revenue.embedded import services


@contextlib.contextmanager
def stage() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="revenue-bench-") as name:
        folder = Path(name)
        os.environ |= {
            "REVENUE_DATA_DIR": name,
            "DJANGO_SETTINGS_MODULE": "revenue.settings",
            "SECRET_KEY": "for benchmarks only, never for a running system",
            "SECRET_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "LOG_LEVEL": "ERROR",
        }
        with services(folder, durable=False):
            django.setup()
            call_command("migrate", verbosity=0)
            yield
            connection.close()


def seconds(work: Callable[[], Any], *, times: int) -> float:
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return statistics.median(found)


def report(*, name: str, against: str, ours_s: float, theirs_s: float, **more: Any) -> None:
    """`ratio` is how many times as fast ours is."""
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = {
        "name": name,
        "ratio": round(theirs_s / ours_s, 2),
        "against": against,
        "ours_s": round(ours_s, 5),
        "theirs_s": round(theirs_s, 5),
        "peak_mb": round(peak_mb),
        **more,
    }
    sys.stdout.write(json.dumps(line) + "\n")
