import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.connectors.csv_files.files import files_at
from accounts.connectors.csv_files.mapping import read_mapping
from accounts.connectors.csv_files.problems import FileProblem, MappingProblem
from accounts.importing import ImportProblem, ImportResult, import_files
from accounts.models import SyncRun
from accounts.sync.locks import SyncRunningError
from revenue.users.models import Org


class Command(BaseCommand):
    help = "Import the exports of a CRM: a CSV file, a zip, or a folder of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("org", metavar="ORG", help="the org's short name, which must exist")
        parser.add_argument("path", metavar="PATH", type=Path, help="a file or a folder")
        parser.add_argument(
            "--mapping", type=Path, metavar="FILE", help="says what the columns are: docs/csv.md"
        )
        parser.add_argument(
            "--clock", metavar="DATE", help="what today is for the org, such as 2017-12-31"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            result = self.run_import(**options)
        except (FileProblem, MappingProblem, ImportProblem, SyncRunningError) as problem:
            raise CommandError(str(problem)) from problem
        if options["json"]:
            self.stdout.write(json.dumps(result.as_json()))
        else:
            self.tell(result)

    def run_import(self, **options: Any) -> ImportResult:
        org = Org.objects.filter(slug=options["org"]).first()
        if org is None:
            raise CommandError(
                f"There is no org {options['org']}: make it with manage.py create_org "
                f"{options['org']}."
            )
        mapping = read_mapping(options["mapping"]) if options["mapping"] else None
        with files_at(options["path"]) as found:
            return import_files(
                org=org,
                files=found.files,
                problems=found.problems,
                mapping=mapping,
                trigger=SyncRun.Trigger.COMMAND,
                at=timezone.now(),
                clock=clock_of(options["clock"]),
                progress=self.stderr.write,
            )

    def tell(self, result: ImportResult) -> None:
        for each in result.files:
            if each.report.problem:
                self.stdout.write(each.report.problem)
                continue
            left_out = "".join(
                f" {rows:,} left out: {why}" for why, rows in each.report.left_out.items()
            )
            self.stdout.write(
                f"{each.report.name} ({each.report.layout}): {each.accepted:,} rows accepted, "
                f"{each.refused:,} refused.{left_out}"
            )
            for note in each.report.notes:
                self.stdout.write(f"  {note}")
        for refusal in result.as_json()["refusals"]:
            line = f", line {refusal['line']}" if refusal["line"] else ""
            self.stdout.write(f"  {refusal['file']}{line}: {refusal['reason']}")


def clock_of(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text} is no day: write it like 2017-12-31.") from error
