import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.connectors.base import ConnectorError
from accounts.connectors.opening import open_connector
from accounts.models import SyncRun
from accounts.sync.run import (
    INTERRUPTED,
    SyncRefusedError,
    SyncRunningError,
    sentence_of,
    sync_org,
)
from revenue.users.models import Org


class Command(BaseCommand):
    help = "Read what changed in an org's CRM since the last sync, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("org", help="the short name in its addresses, such as acme-europe")
        parser.add_argument("--full", action="store_true", help="read everything again")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            run = self.sync(options["org"], full=options["full"])
        except (ConnectorError, SyncRefusedError, SyncRunningError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(INTERRUPTED) from None
        except CommandError:
            raise
        except Exception as error:
            raise CommandError(sentence_of(error)) from error
        self.tell(run, as_json=options["json"])
        if run.state == SyncRun.State.FAILED:
            raise CommandError(run.problem)

    def sync(self, slug: str, *, full: bool) -> SyncRun:
        org, at = Org.objects.filter(slug=slug).first(), timezone.now()
        if org is None:
            raise CommandError(f"There is no org {slug}. Look at its addresses: /o/…/.")
        connector = open_connector(org, at=at)
        try:
            return sync_org(
                org=org,
                connector=connector,
                trigger=SyncRun.Trigger.COMMAND,
                at=at,
                full=full,
                progress=self.stderr.write,
            )
        finally:
            connector.close()

    def tell(self, run: SyncRun, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(run.summary()))
            return
        self.stdout.write(
            f"{run.org.name}: {run.rows_read} rows read, {run.rows_written} written, "
            f"{run.rows_deleted} deleted, {run.rows_refused} refused, {run.calls} calls. "
            f"{run.get_state_display()}. {run.problem}".strip()
        )
