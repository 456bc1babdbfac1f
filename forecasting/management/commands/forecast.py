import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from forecasting.management.tasks import asked_org
from forecasting.models import DealScore, ForecastNode
from forecasting.quarter.making import forecast
from forecasting.quarter.tree import WHOLE
from revenue.ml.tasks import moment_for
from revenue.periods import Length, Period


class Command(BaseCommand):
    help = "Say what the month, the quarters and the year will bring, and keep it for the pages."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("slug", nargs="?", metavar="org", help="the org's short name")
        parser.add_argument("--org", help="the same")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        org = asked_org(options)
        now = timezone.now()
        newest = DealScore.objects.of(org).order_by("-as_of").values_list("as_of", flat=True)
        as_of = newest.first() or moment_for(org, at=now)
        made = forecast(org=org, as_of=as_of, at=now, tell=self.stderr.write)
        nodes = ForecastNode.objects.filter(forecast__in=made, key=WHOLE).select_related("forecast")
        said = [said_of(node) for node in nodes.order_by("forecast")]
        whole = {"org": org.slug, "as_of": as_of.isoformat(), "periods": said}
        self.stdout.write(json.dumps(whole) if options["json"] else told(said, org.currency))


def said_of(node: ForecastNode) -> dict[str, Any]:
    names = ("closed", "from_open", "from_new", "mean", "p10", "p50", "p90", "stage_weighted")
    made = node.forecast
    period = Period.of(made.since, length=Length(made.length), first_month=node.org.fiscal_month)
    return {
        "period": period.label,
        "since": made.since.isoformat(),
        "until": made.until.isoformat(),
        "source": made.source,
        "problem": made.problem,
        **{name: float(getattr(node, name) or 0) for name in names},
    }


def told(said: list[dict[str, Any]], currency: str) -> str:
    return "\n".join(
        f"{one['period']}: {currency} {one['p50']:,.0f}, between {one['p10']:,.0f} and"
        f" {one['p90']:,.0f} in 8 of 10 worlds; won so far {one['closed']:,.0f}."
        for one in said
    )
