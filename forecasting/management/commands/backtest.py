import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from forecasting.management.tasks import asked_org
from forecasting.models import BacktestRow
from forecasting.quarter.backtest import backtest
from forecasting.quarter.league import league
from forecasting.quarter.tree import WHOLE
from revenue.ml.tasks import moment_for


class Command(BaseCommand):
    help = "Say what the forecast would have said of past quarters, beside other ways."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("slug", nargs="?", metavar="org", help="the org's short name")
        parser.add_argument("--org", help="the same")
        parser.add_argument("--anew", action="store_true", help="also what is on record")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        org = asked_org(options)
        as_of = moment_for(org, at=timezone.now())
        backtest(org=org, as_of=as_of, anew=options["anew"], tell=self.stderr.write)
        rows = list(BacktestRow.objects.filter(org=org).order_by("since", "as_of"))
        said = {
            "org": org.slug,
            "periods": sorted({row.since.isoformat() for row in rows}),
            "company": [one.__dict__ for one in league([r for r in rows if r.key == WHOLE])],
            "teams": [one.__dict__ for one in league([r for r in rows if r.key != WHOLE])],
        }
        self.stdout.write(json.dumps(said) if options["json"] else told(said))


def told(said: dict[str, Any]) -> str:
    if not said["company"]:
        return "No past quarter has half a year of deals before it: there is nothing to look at."
    lines = [f"{len(said['periods'])} quarters of {said['org']}:"]
    for one in said["company"]:
        numbers = [
            f"{name} {100 * one[key]:.1f} %"
            for name, key in (
                ("median error", "median_error"),
                ("bias", "bias"),
                ("inside the band", "coverage"),
            )
            if one[key] is not None
        ]
        lines.append(f"  {one['cut']} {one['method']}: {', '.join(numbers)}")
    return "\n".join(lines)
