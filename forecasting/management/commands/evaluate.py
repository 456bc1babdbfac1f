import argparse
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.core.management.base import CommandError

from accounts.connectors.demo.truth import truth_of
from forecasting.deals.evaluation import Evaluation, beside_oracle, evaluate, report_of
from forecasting.deals.training import NothingToLearnError
from forecasting.management.tasks import LearningCommand, start_of
from revenue.ml.plain import plain
from revenue.users.models import Org

ORACLE_DAYS = 3
COPIES = 64


class Command(LearningCommand):
    help = "Judge a model on what ended last, beside what it has to beat; nothing is stored."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--test-from",
            type=start_of,
            metavar="DATE",
            help="the first day of the test window; the last fifth of the deals where not given",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        org = self.org(options["org"])
        as_of = self.as_of(org, options["as_of"])
        self.stderr.write(f"Judging the win model of {org.name} until {as_of:%d %b %Y} ...")
        try:
            found = evaluate(org=org, as_of=as_of, test_from=options["test_from"])
        except NothingToLearnError as error:
            raise CommandError(str(error)) from error
        said = report_of(found)
        if org.kind == Org.Kind.DEMO and found.trained.model is not None and len(found.test):
            self.stderr.write("Asking whoever knows the hidden hazard ...")
            said["oracle"] = plain(self.oracle(org, found, as_of))
        self.tell(said, as_json=options["json"], text=told(said))

    def oracle(self, org: Org, found: Evaluation, as_of: datetime) -> dict[str, Any]:
        begin = found.test_from.astype("datetime64[s]").astype(object).replace(tzinfo=UTC)
        # Of the first half of the window: of what is open later, too much has not closed yet.
        steps = np.linspace(0, 0.5, ORACLE_DAYS)
        days = [begin + timedelta(seconds=int((as_of - begin).total_seconds() * s)) for s in steps]
        truth = truth_of(org, at=as_of)
        known = {day: truth.win_probability(day, copies=COPIES) for day in days}
        return beside_oracle(found, org=org, known=known)


def told(said: dict[str, Any]) -> str:
    lines = [f"Readiness: {said['readiness']['state']}. {' '.join(said['readiness']['reasons'])}"]
    lines += [f"{said['n_train']} deals learned from, {said['n_test']} judged on."]
    for name, figures in {"model": said["metrics"], **said["baselines"]}.items():
        shown = ", ".join(
            f"{one} {figures[one]:.4f}"
            for one in ("auc", "brier", "log_loss", "ece")
            if figures.get(one) is not None
        )
        lines.append(f"  {name}: {shown}")
    if share := said.get("oracle", {}).get("share_of_skill"):
        lines.append(f"Of the skill of whoever knows the hidden hazard: {share:.0%}")
    if said["drivers"]:
        lines.append(f"Drivers: {', '.join(said['drivers'])}")
    return "\n".join(lines)
