"""Workers that may be killed at any step of a sign-in.

They are children of a small process of their own: the process of the tests has threads (a server,
a browser), and whatever these hold in the moment of a fork is held in the child for ever.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.connectors.base import ConnectorError, NeedsSignInError
from accounts.connectors.salesforce.connector import SalesforceConnector
from accounts.models import Connection
from tests.jobs.stage import database_url
from tests.salesforce import Simulator

Death = tuple[str, bool]
# What a worker's exit code says.
DONE, NEEDS_SIGN_IN, FAILED, BROKEN, DEAD = 0, 3, 4, 5, 9
# Models can be imported only once Django is set up.
BEGIN = f"import django; django.setup(); from {__name__} import serve; serve()"


def work(connection_id: int, at: datetime, die_at: Death | None) -> int:
    connector = SalesforceConnector(
        Connection.objects.get(pk=connection_id), at=at, sleep=lambda _: None
    )
    if die_at:
        step, is_after = die_at
        dying(connector.sign_in, step, is_after=is_after)
    try:
        connector.sign_in.start()
        connector.salesforce.limits()
    except NeedsSignInError:
        return NEEDS_SIGN_IN
    except ConnectorError:
        return FAILED
    return DONE


def dying(of: Any, step: str, *, is_after: bool) -> None:
    true_step: Callable[..., Any] = getattr(of, step)

    def last_step(*args: Any, **options: Any) -> Any:
        found = true_step(*args, **options) if is_after else None
        os._exit(DEAD)
        return found

    setattr(of, step, last_step)


def forked(connection_id: int, at: datetime, die_at: Death | None) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = BROKEN
    try:
        code = work(connection_id, at, die_at)
    finally:
        os._exit(code)


def serve() -> None:
    settings.SALESFORCE_HOSTS = ["127.0.0.1"]
    for line in sys.stdin:
        order = json.loads(line)
        at = datetime.fromisoformat(order["at"])
        deaths: list[Death | None] = [tuple(each) if each else None for each in order["deaths"]]
        born = [forked(order["connection"], at, each) for each in deaths]
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in born]
        print(json.dumps(codes), flush=True)


class Mortals:
    def __init__(self, process: "subprocess.Popen[str]", sim: Simulator) -> None:
        self.process, self.sim = process, sim

    def run(self, connection: Connection, deaths: Sequence[Death | None]) -> list[int]:
        """All at once; how each ended, in the order of `deaths`."""
        at = self.sim.clock.now().isoformat()
        order = {"connection": connection.pk, "at": at, "deaths": list(deaths)}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        codes: list[int] = json.loads(self.process.stdout.readline())
        return codes


@contextmanager
def mortals(sim: Simulator) -> Iterator[Mortals]:
    told = {"DATABASE_URL": database_url(), "REQUESTS_CA_BUNDLE": str(sim.ca_path)}
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN],
        env={**os.environ, **told, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Mortals(process, sim)
        finally:
            process.kill()
