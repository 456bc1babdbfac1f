import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crosssell.allocation import making
from crosssell.allocation.limits import Limits
from crosssell.allocation.model import SolverError
from crosssell.allocation.problem import ProblemError
from crosssell.allocation.reading import NothingToAllocateError, asked_of
from revenue.users.models import Org


class Command(BaseCommand):
    help = "Say whose hours are best spent where, beside the greedy plan; nothing is kept."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("slug", nargs="?", metavar="org", help="the org's short name")
        parser.add_argument("--org", help="the same")
        parser.add_argument("--total", type=int, help="actions in all (250)")
        parser.add_argument("--hours", type=float, help="hours of each seller (40)")
        parser.add_argument("--customers", type=int, help="how many of the largest (500)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        org = Org.objects.filter(slug=options["slug"] or options["org"] or "").first()
        if org is None:
            raise CommandError("Name an org that there is, as in: manage.py allocate acme.")
        given = {name: options[name] for name in ("total", "hours", "customers")}
        limits = Limits(**{name: said for name, said in given.items() if said is not None})
        try:
            worked = making.worked_out(asked_of(org, limits))
        except (NothingToAllocateError, ProblemError, SolverError) as error:
            raise CommandError(str(error)) from error
        making.add_prices(worked)
        said = {
            "org": org.slug,
            "state": "infeasible" if worked.found is None else "solved",
            **worked.figures,
            "prices": worked.prices,
            "problem": worked.problem,
            "clashes": worked.clashes,
        }
        self.stdout.write(json.dumps(said) if options["json"] else told(said, org.currency))


def told(said: dict[str, Any], currency: str) -> str:
    if said["problem"]:
        return str(said["problem"])
    greedy = "no greedy plan keeps to these limits"
    if said["greedy"] is not None:
        greedy = f"{currency} {said['over_greedy']:,.0f} more than the greedy plan"
    first = (
        f"{said['actions']} actions at {said['customers_served']} customers bring {currency}"
        f" {said['expected']:,.0f}: {greedy}, and at most {said['gap']:.2%} below the best."
    )
    return "\n".join([first, *(price["words"] for price in said["prices"][:10])])
