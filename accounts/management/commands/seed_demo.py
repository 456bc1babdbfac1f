import json
import time as clocks
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Sum
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.connectors.base import ConnectorError
from accounts.connectors.demo.setting import SCALES
from accounts.connectors.opening import open_connector
from accounts.demo_people import (
    OtherWorldError,
    connect_orgs,
    password_of_demo,
    seed_people,
    write_sign_ins,
)
from accounts.models import ObjectSync, SyncRun
from accounts.sync.run import SyncRefusedError, SyncRunningError, sync_org
from revenue import rooms
from revenue.users.models import Org

FIRST_DAY = date(2000, 1, 1)
TOLD_EVERY_SECONDS = 5.0
SIGN_INS = settings.DATA_DIR / "demo-sign-ins.json"


class Command(BaseCommand):
    help = "Fill the installation with a simulated company; running it again fetches what is new."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--scale", type=scale, help=f"{', '.join(SCALES)}; small where nothing is said"
        )
        parser.add_argument(
            "--seed", type=seed, help="another number, another company; 7 if absent"
        )
        parser.add_argument("--until", type=day, help="the company's last day, as 2026-06-30")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        until = min(options["until"] or now, now)
        self.stderr.write("Adding the people of the simulated company ...")
        password = password_of_demo(sign_ins=SIGN_INS)
        counts = seed_people(password=password)
        try:
            orgs = connect_orgs(scale=options["scale"], seed=options["seed"], until=until)
        except OtherWorldError as error:
            raise CommandError(str(error)) from error
        runs = [self.sync(org, until=until, is_old=bool(options["until"])) for org in orgs]
        for org in orgs:
            for name in rooms.AFTER_DEMO:
                import_string(name)(org=org, at=timezone.now())
        # Last: whoever finds the sign-ins finds a company behind them.
        write_sign_ins(sign_ins=SIGN_INS, password=password)
        said = counts | {
            "rows": sum(count_rows(org) for org in orgs),
            "written": sum(run.rows_written for run in runs),
        }
        if options["json"]:
            self.stdout.write(json.dumps(said))
        else:
            self.stdout.write(
                f"{said['orgs']} orgs, {said['people']} people and {said['rows']:,} rows, of which "
                f"{said['written']:,} are new; the sign-ins are in {SIGN_INS}."
            )

    def sync(self, org: Org, *, until: datetime, is_old: bool) -> SyncRun:
        clock = until.date() if is_old else None
        if org.clock_date != clock:
            org.clock_date = clock
            org.save(update_fields=["clock_date"])
        try:
            self.stderr.write(f"{org.name}: reading its CRM ...")
            connector = open_connector(org, at=until)
            try:
                run = sync_org(
                    org=org,
                    connector=connector,
                    trigger=SyncRun.Trigger.COMMAND,
                    at=timezone.now(),
                    progress=seldom(lambda text: self.stderr.write(f"{org.name}: {text}")),
                )
            finally:
                connector.close()
        except (ConnectorError, SyncRefusedError, SyncRunningError) as error:
            raise CommandError(f"{org.name}: {error}") from error
        if run.state != SyncRun.State.SUCCEEDED:
            raise CommandError(f"{org.name}: {run.problem}")
        self.stderr.write(f"{org.name}: {run.rows_read:,} rows read, {run.rows_written:,} new")
        return run


def seldom(tell: Callable[[str], object]) -> Callable[[str], None]:
    """A line for every object would bury the sign-ins; silence would look like a hang."""
    told_at = clocks.monotonic()

    def told(text: str) -> None:
        nonlocal told_at
        if clocks.monotonic() - told_at >= TOLD_EVERY_SECONDS:
            told_at = clocks.monotonic()
            tell(text)

    return told


def day(text: str) -> datetime:
    """The end of a day, in UTC."""
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError("give a day as 2026-06-30.") from error
    if found < FIRST_DAY:
        raise ArgumentTypeError(f"give a day from {FIRST_DAY} on.")
    return datetime.combine(found, time(23, 59, 59), tzinfo=UTC)


def scale(text: str) -> str:
    if text not in SCALES:
        known = ", ".join(SCALES)
        raise ArgumentTypeError(f"There is no scale {text!r}: use one of {known}.")
    return text


def seed(text: str) -> int:
    try:
        found = int(text)
    except ValueError as error:
        raise ArgumentTypeError(f"invalid int value: {text!r}; give a number as 7.") from error
    if found < 0:
        raise ArgumentTypeError("give a number of 0 or more.")
    return found


def count_rows(org: Org) -> int:
    found = ObjectSync.objects.filter(org=org).aggregate(rows=Sum("local_count"))
    return int(found["rows"] or 0)
