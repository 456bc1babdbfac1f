"""Stop what `manage.py up` runs on this data folder."""

import argparse
import os
import signal
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from revenue.embedded import processes
from revenue.embedded.locks import held, supervisor_lock
from revenue.embedded.places import Places
from revenue.supervisor.state import clear_left_over


class Command(BaseCommand):
    help = "Stop the system that `manage.py up` started."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--timeout", type=float, default=90, help="seconds to wait for everything to end"
        )

    def handle(self, *_args: object, **given: Any) -> None:
        places = Places(settings.DATA_DIR)
        lock = supervisor_lock(run=places.run)
        if not held(lock):
            ended = clear_left_over(places)
            more = f"; ended {ended} processes that were left" if ended else ""
            self.stderr.write(f"Nothing runs in {places.data_dir}{more}.")
            return
        pid = lock.signed_by()
        if pid is None:
            raise CommandError(f"{lock.path} names no process: stop the one that runs `up`.")
        token = processes.started_at(pid)
        try:
            os.kill(pid, signal.SIGTERM)
        except PermissionError as error:
            raise CommandError(
                f"Process {pid} belongs to another user: run `down` as that user."
            ) from error
        deadline = time.monotonic() + given["timeout"]
        while held(lock) or (token is not None and processes.started_at(pid) == token):
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Process {pid} is still stopping: wait, or end it with `kill -9 {pid}` (the "
                    "next start clears up)."
                )
            time.sleep(0.1)
        self.stderr.write("Stopped.")
