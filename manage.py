#!/usr/bin/env python
"""Run a management command; embedded services are started for it where none runs."""

import contextlib
import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import ProgrammingError

from revenue import embedded

# These start services by themselves, or need none.
WITHOUT_SERVICES = {
    "up",
    "down",
    "check",
    "collectstatic",
    "compilemessages",
    "help",
    "makemessages",
    "spectacular",
    "startapp",
    "version",
    "--help",
    "--version",
}

NO_SUCH_TABLE = "42P01"  # as PostgreSQL says it


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "revenue.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    needed = command not in WITHOUT_SERVICES and "--help" not in sys.argv
    try:
        data_dir = settings.DATA_DIR
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    with contextlib.ExitStack() as stack:
        if needed and (settings.EMBEDDED_DATABASE or settings.EMBEDDED_REDIS):
            try:
                stack.enter_context(
                    embedded.services(
                        data_dir,
                        database=settings.EMBEDDED_DATABASE,
                        broker=settings.EMBEDDED_REDIS,
                    )
                )
            except embedded.EmbeddedError as error:
                sys.exit(str(error))
        try:
            execute_from_command_line(sys.argv)
        except ProgrammingError as error:
            if getattr(error.__cause__, "sqlstate", "") != NO_SUCH_TABLE:
                raise
            sys.exit("A table is missing: run manage.py migrate first, then this again.")


if __name__ == "__main__":
    main()
