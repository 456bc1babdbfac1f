"""Run the whole system in one supervised process."""

import argparse
import errno
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from revenue.embedded.places import Places
from revenue.embedded.problems import EmbeddedError
from revenue.supervisor import preflight
from revenue.supervisor.display import Display
from revenue.supervisor.run import Options, Supervisor


class Command(BaseCommand):
    help = "Start database, broker, web, workers and scheduler, and keep them running."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument("--demo", action="store_true", help="with the simulated company")

    def handle(self, *_args: object, **given: Any) -> None:
        options = Options(
            base_dir=settings.BASE_DIR,
            data_dir=settings.DATA_DIR,
            host=given["host"],
            port=given["port"],
            demo=given["demo"],
            embedded_database=settings.EMBEDDED_DATABASE,
            embedded_redis=settings.EMBEDDED_REDIS,
        )
        try:
            supervise(options)
        except EmbeddedError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            raise CommandError(
                f"The disk of {options.data_dir} is full: free some space, or set "
                "REVENUE_DATA_DIR to a folder on another disk."
            ) from error


def supervise(options: Options) -> None:
    places = Places(options.data_dir)
    preflight.check_python()
    preflight.check_folder(places)
    locks = preflight.take_folder(places)
    try:
        preflight.check_space(places)
        Supervisor(options=options, display=Display()).run()
    finally:
        for lock in locks:
            lock.release()
