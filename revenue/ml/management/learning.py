"""What the commands of learning share: which task, of which org, as of when, and how it is told."""

import argparse
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from revenue.ml.tasks import (
    Asked,
    LearningError,
    LearningTask,
    Said,
    judged_named,
    moment_for,
    task_named,
    task_names,
)
from revenue.users.models import Org


def end_of(text: str) -> datetime:
    return datetime.combine(day_of(text), time(23, 59, 59), tzinfo=UTC)


def start_of(text: str) -> datetime:
    return datetime.combine(day_of(text), time(), tzinfo=UTC)


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("give a day as 2026-06-30.") from error


class LearningCommand(BaseCommand):
    """`further` names what is asked for without an org."""

    further: Callable[[], list[str]] = staticmethod(list)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        further = self.further()
        parser.add_argument("task", choices=[*task_names(), *further])
        parser.add_argument(
            "--org", required=not further, metavar="ORG", help="the org's short name"
        )
        parser.add_argument(
            "--as-of",
            type=end_of,
            metavar="DATE",
            help="as if that day had just ended, as 2026-06-30; the org's today where not given",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["task"] in self.further():
            try:
                said = judged_named(options["task"])(options, self.stderr.write)
            except LearningError as error:
                raise CommandError(str(error)) from error
            self.stdout.write(json.dumps(said.data) if options["json"] else said.text)
            return
        if not options["org"]:
            raise CommandError("Say of which org: --org ORG.")
        org = self.org(options["org"])
        asked = Asked(
            org,
            self.as_of(org, options["as_of"]),
            timezone.now(),
            self.stderr.write,
            options.get("test_from"),
        )
        try:
            said = self.done(task_named(options["task"]), asked)
        except LearningError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(said.data) if options["json"] else said.text)

    def done(self, task: LearningTask, asked: Asked) -> Said:
        raise NotImplementedError

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
