import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from accounts.partitioning import CannotPartitionError, analyse, large_models, partition
from revenue.users.models import Org

BUSY = (
    "{table} is in use: nothing was changed in it. Stop the workers, or wait for the syncs that "
    "run, then give the same command again; tables that are done are left alone."
)


class Command(BaseCommand):
    help = "Give orgs their own part of each large table. Reads and writes wait for as long."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("orgs", nargs="+", metavar="ORG", help="short names, or all")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        orgs, moved = self.orgs_of(options["orgs"]), {}
        for model in large_models():
            table = model._meta.db_table
            self.stderr.write(f"{table} …")
            try:
                moved[table] = partition(table, orgs=orgs)
            except CannotPartitionError as error:
                raise CommandError(str(error)) from error
            except OperationalError as error:
                raise CommandError(BUSY.format(table=table)) from error
            analyse(table)
        if options["json"]:
            self.stdout.write(json.dumps({"moved": moved}))
            return
        rows = sum(sum(each.values()) for each in moved.values())
        self.stdout.write(f"{len(moved)} tables partitioned, {rows:,} rows moved.")

    def orgs_of(self, slugs: list[str]) -> list[Org]:
        if slugs == ["all"]:
            return list(Org.objects.order_by("pk"))
        found = {org.slug: org for org in Org.objects.filter(slug__in=slugs)}
        if unknown := [slug for slug in slugs if slug not in found]:
            raise CommandError(f"There is no org {unknown[0]}. Look at its addresses: /o/…/.")
        return [found[slug] for slug in dict.fromkeys(slugs)]
