import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from forecasting.diagnosis.causes import TooLittleError
from forecasting.diagnosis.frames import Stretches
from forecasting.diagnosis.making import found_of, usual_stretches
from forecasting.management.tasks import day_of
from revenue.users.models import Org


class Command(BaseCommand):
    help = "Say why the win rate moved between two stretches of time; nothing is stored."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("org", nargs="?", help="the org's short name")
        parser.add_argument("--org", dest="named", metavar="ORG", help="the same")
        parser.add_argument("--since", type=day_of, metavar="DATE", help="first day of before")
        parser.add_argument("--turn", type=day_of, metavar="DATE", help="first day of now")
        parser.add_argument("--until", type=day_of, metavar="DATE", help="first day after now")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        slug = options["named"] or options["org"]
        if not slug:
            raise CommandError("Name an org: manage.py diagnose ORG.")
        org = Org.objects.filter(slug=slug).first()
        if org is None:
            raise CommandError(f"There is no org {slug}: manage.py create_org makes one.")
        days = [options[name] for name in ("since", "turn", "until")]
        try:
            stretches = (
                Stretches(*days)
                if all(days)
                else usual_stretches(org.today(at=timezone.now()), first_month=org.fiscal_month)
            )
        except ValueError as error:
            raise CommandError("Give --since, --turn and --until in the order of time.") from error
        if any(days) and not all(days):
            raise CommandError("Give --since, --turn and --until together, or none of them.")
        self.stderr.write(
            f"Comparing {stretches.since} to {stretches.turn} with {stretches.turn} to"
            f" {stretches.until} ..."
        )
        try:
            found, _ = found_of(org=org, stretches=stretches)
        except TooLittleError as error:
            raise CommandError(str(error)) from error
        said = {
            "since": stretches.since.isoformat(),
            "turn": stretches.turn.isoformat(),
            "until": stretches.until.isoformat(),
            **found,
        }
        self.stdout.write(json.dumps(said) if options["json"] else told(said))


def told(said: dict[str, Any]) -> str:
    rate = said["rate"]
    change = f"({100 * rate['change']:+.1f} points)"
    lines = [f"Win rate {rate['before']:.1%} before, {rate['now']:.1%} now {change}."]
    lines += [f"  {number}. {one['words']}" for number, one in enumerate(said["causes"], start=1)]
    if not said["causes"]:
        lines.append("  Nothing stands out from chance.")
    lines += [f"  {one['name']}: {one['said']}" for one in said["tree"]]
    return "\n".join(lines)
