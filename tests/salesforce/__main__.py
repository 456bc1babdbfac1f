"""`python -m tests.salesforce --port 8443`: a Salesforce to look at, until Ctrl-C."""

import argparse
import importlib
import json
import os
import signal
import threading
from datetime import UTC, datetime

from tests.salesforce import Plan, Simulator
from tests.salesforce.clock import VirtualClock
from tests.salesforce.worlds import Speaking

METHODS = ("jwt", "client_credentials", "refresh", "password")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.salesforce", description=__doc__)
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--plan", help="a JSON file: {seed, faults, behaviours}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--scale",
        default="tiny",
        choices=["tiny", "small", "medium", "large"],
        help="tiny is a world of its own; the others are the demo's",
    )
    parser.add_argument("--rows", type=int, default=200, help="accounts of the tiny world")
    return parser.parse_args()


def demo_world(*, scale: str, seed: int) -> Speaking:
    """The demo's world stands on the product's models, so Django must be set up first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "revenue.settings")
    importlib.import_module("django").setup()
    world = importlib.import_module("accounts.connectors.demo.world").World
    found: Speaking = world(
        org_slug="meridian-americas", scale=scale, seed=seed, until=datetime.now(UTC)
    )
    return found


def main() -> None:
    asked = arguments()
    world = None if asked.scale == "tiny" else demo_world(scale=asked.scale, seed=asked.seed)
    plan = Plan.from_file(asked.plan) if asked.plan else Plan(seed=asked.seed)
    clock = VirtualClock(datetime.now(UTC), ticks=True)
    stopped = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopped.set())
    with Simulator(
        seed=asked.seed, plan=plan, world=world, rows=asked.rows, clock=clock, port=asked.port
    ) as simulator:
        print(f"Address:      {simulator.url}")
        print(f"Trust:        export REQUESTS_CA_BUNDLE={simulator.ca_path}")
        print(f"Organization: {simulator.organization_id}")
        for name in simulator.store.objects():
            print(f"  {name}: {len(simulator.store.rows(name))}")
        for method in METHODS:
            print(f"\nTo sign in by {method}:")
            print(json.dumps(simulator.credentials(method), indent=2))
        print("\nCtrl-C ends it.", flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
