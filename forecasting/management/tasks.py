"""What the commands of learning share: which org, as of when, and how it is told."""

import argparse
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from forecasting.deals.training import TASK, moment_for
from revenue.users.models import Org

TASKS = (TASK,)


def end_of(text: str) -> datetime:
    return datetime.combine(day_of(text), time(23, 59, 59), tzinfo=UTC)


def start_of(text: str) -> datetime:
    return datetime.combine(day_of(text), time(), tzinfo=UTC)


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("give a day as 2026-06-30.") from error


def asked_org(options: Mapping[str, Any]) -> Org:
    """Named by its place or by --org."""
    slug = options["slug"] or options["org"]
    if not slug:
        raise CommandError("Name the org, as in --org acme.")
    org = Org.objects.filter(slug=slug).first()
    if org is None:
        raise CommandError(f"There is no org {slug}: manage.py create_org makes one.")
    return org


class LearningCommand(BaseCommand):
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("task", choices=TASKS)
        parser.add_argument("--org", required=True, metavar="ORG", help="the org's short name")
        parser.add_argument(
            "--as-of",
            type=end_of,
            metavar="DATE",
            help="as if that day had just ended, as 2026-06-30; the org's today where not given",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def org(self, slug: str) -> Org:
        org = Org.objects.filter(slug=slug).first()
        if org is None:
            raise CommandError(f"There is no org {slug}: manage.py create_org makes one.")
        return org

    def as_of(self, org: Org, given: datetime | None) -> datetime:
        now = timezone.now()
        if given is not None and given.date() > now.date():
            raise CommandError("What will be known on a day to come is not known: give one past.")
        return given or moment_for(org, at=now)

    def tell(self, said: dict[str, Any], *, as_json: bool, text: str) -> None:
        self.stdout.write(json.dumps(said) if as_json else text)
