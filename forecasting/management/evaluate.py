"""How good the win model is on what ended last, beside whoever knows the hidden hazard."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from accounts.connectors.demo.truth import truth_of
from forecasting.deals.evaluation import Evaluation, beside_oracle, evaluate, report_of
from revenue.ml.learned import NothingToLearnError
from revenue.ml.plain import plain
from revenue.ml.tasks import Asked, LearningError, Said
from revenue.users.models import Org

ORACLE_DAYS = 3
COPIES = 64


def evaluated(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Judging the win model of {org.name} until {as_of:%d %b %Y} ...")
    try:
        found = evaluate(org=org, as_of=as_of, test_from=asked.test_from)
    except NothingToLearnError as error:
        raise LearningError(str(error)) from error
    said = report_of(found)
    if org.kind == Org.Kind.DEMO and found.trained.model is not None and len(found.test):
        asked.tell("Asking whoever knows the hidden hazard ...")
        said["oracle"] = plain(oracle(org, found, as_of))
    return Said(said, told(said))


def oracle(org: Org, found: Evaluation, as_of: datetime) -> dict[str, Any]:
    begin = found.test_from.astype("datetime64[s]").astype(object).replace(tzinfo=UTC)
    # Of the first half of the window: of what is open later, too much has not closed yet.
    steps = np.linspace(0, 0.5, ORACLE_DAYS)
    days = [begin + timedelta(seconds=int((as_of - begin).total_seconds() * s)) for s in steps]
    truth = truth_of(org, at=as_of)
    known = {day: truth.win_probability(day, copies=COPIES) for day in days}
    return beside_oracle(found, org=org, known=known)


def churn_chances(
    org: Org, *, days: Sequence[datetime], as_of: datetime, horizon_days: int
) -> list[dict[str, float]]:
    """Of a demo company: who will leave, as whoever knows the hidden satisfaction says on each."""
    truth = truth_of(org, at=as_of)
    return [truth.churn(day, days=horizon_days) for day in days]


def lead_chances(
    org: Org, *, days: Sequence[datetime], as_of: datetime, horizon_days: int
) -> dict[datetime, dict[str, float]]:
    """Of a demo company: which leads will be converted, as whoever knows it says on each day."""
    truth = truth_of(org, at=as_of)
    return {day: truth.lead_conversion(day, days=horizon_days) for day in days}


def told(said: dict[str, Any], *, noun: str = "deals") -> str:
    lines = [f"Readiness: {said['readiness']['state']}. {' '.join(said['readiness']['reasons'])}"]
    lines += [f"{said['n_train']} {noun} learned from, {said['n_test']} judged on."]
    for name, figures in {"model": said["metrics"], **said["baselines"]}.items():
        shown = ", ".join(
            f"{one} {figures[one]:.4f}"
            for one in ("auc", "brier", "log_loss", "ece")
            if figures.get(one) is not None
        )
        lines.append(f"  {name}: {shown}")
    if share := said.get("oracle", {}).get("share_of_skill"):
        lines.append(f"Of the skill of whoever knows the hidden chances: {share:.0%}")
    if said["drivers"]:
        lines.append(f"Drivers: {', '.join(said['drivers'])}")
    return "\n".join(lines)
