"""`python -m tests.salesforce --port 8443`: a Salesforce to look at, until Ctrl-C."""

import argparse
import errno
import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from tests.salesforce import Plan, Simulator
from tests.salesforce.clock import VirtualClock
from tests.salesforce.plan import PlanError
from tests.salesforce.worlds import Speaking

METHODS = ("jwt", "client_credentials", "refresh", "password")
SCALES = ("tiny", "small", "medium", "large")
GUIDE = """\
Address:      {url}
Organization: {organization}
Trust:        export REQUESTS_CA_BUNDLE={ca}
To connect this product: SALESFORCE_HOSTS=127.0.0.1 in its settings, and {url} as login address.
To ask by hand:
  token=$(curl -s --cacert {ca} -d grant_type=client_credentials \\
    -d client_id={client_id} -d client_secret={client_secret} \\
    {url}/services/oauth2/token | grep -o '00D[^"]*' | head -1)
  curl --cacert {ca} -H "Authorization: Bearer $token" \\
    --get --data-urlencode 'q=SELECT Id, Name FROM Account LIMIT 3' {url}/services/data/v62.0/query
"""


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence, without the usage before it."""
        self.exit(2, f"{message[0].upper()}{message[1:]}. Ask with --help for what there is.\n")


def port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        message = f"{text!r} is no port: ports are numbers from 0, which is any free one, to 65535"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def count(text: str) -> int:
    if not text.isdecimal():
        message = f"{text!r} is no number of accounts"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = Parser(prog="python -m tests.salesforce", description=__doc__)
    parser.add_argument("--port", type=port, default=8443)
    parser.add_argument("--plan", help="a JSON file: {seed, faults, behaviours}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--scale",
        default="tiny",
        choices=SCALES,
        help="tiny is a world of its own; the others are the demo's",
    )
    parser.add_argument("--org", default="meridian-americas", help="which org of the demo")
    parser.add_argument("--rows", type=count, default=200, help="accounts of the tiny world")
    return parser.parse_args(given)


def demo_world(*, scale: str, seed: int, org: str = "meridian-americas") -> Speaking:
    """The demo's world stands on the product's models, so Django must be set up first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "revenue.settings")
    importlib.import_module("django").setup()
    orgs = importlib.import_module("accounts.connectors.demo.setting").MARKETS
    if org not in orgs:
        message = f"There is no org {org!r} in the demo; there are: {', '.join(orgs)}."
        raise SystemExit(message)
    world = importlib.import_module("accounts.connectors.demo.world").World
    found: Speaking = world(org_slug=org, scale=scale, seed=seed, until=datetime.now(UTC))
    return found


def prepared(asked: argparse.Namespace) -> Simulator:
    try:
        plan = Plan.from_file(asked.plan) if asked.plan else Plan(seed=asked.seed)
    except PlanError as error:
        raise SystemExit(str(error)) from None
    world, currency = None, "USD"
    if asked.scale != "tiny":
        world = demo_world(scale=asked.scale, seed=asked.seed, org=asked.org)
        markets = importlib.import_module("accounts.connectors.demo.setting").MARKETS
        currency = markets[asked.org].currency
    clock = VirtualClock(datetime.now(UTC), ticks=True)
    return Simulator(
        seed=asked.seed,
        plan=plan,
        world=world,
        rows=asked.rows,
        currency=currency,
        clock=clock,
        port=asked.port,
    )


def started(simulator: Simulator) -> None:
    try:
        simulator.start()
    except OSError as error:
        reasons = {
            errno.EADDRINUSE: "is in use",
            errno.EACCES: "is not one that you may open",
        }
        reason = reasons.get(error.errno or 0, f"cannot be opened ({error.strerror})")
        message = f"Port {simulator.port} {reason}; choose another with --port."
        raise SystemExit(message) from None


def told(simulator: Simulator) -> str:
    client = simulator.sign_in.client
    rows = [f"  {name}: {len(simulator.store.rows(name)):,}" for name in simulator.store.objects()]
    ways = [
        f"\nTo sign in by {method}:\n{json.dumps(simulator.credentials(method), indent=2)}"
        for method in METHODS
    ]
    guide = GUIDE.format(
        url=simulator.url,
        organization=simulator.organization_id,
        ca=simulator.ca_path,
        client_id=client.client_id,
        client_secret=client.client_secret,
    )
    return "\n".join([guide, "Rows:", *rows, *ways, "\nCtrl-C ends it."])


def interrupt(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


def main(given: Sequence[str] | None = None) -> None:
    simulator = prepared(arguments(given))
    started(simulator)
    try:
        print(told(simulator), flush=True)
        threading.Event().wait()
    finally:
        simulator.stop()


if __name__ == "__main__":
    # Whoever starts it in the background of a shell hands it an ignored Ctrl-C.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, interrupt)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
