"""Learning, scoring and judging of leads, as the commands ask for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from forecasting.leads.evaluation import Evaluation, beside_oracle, evaluate, report_of
from forecasting.leads.lives import HORIZON_DAYS
from forecasting.leads.scoring import score
from forecasting.leads.training import train
from forecasting.management.evaluate import lead_chances, told
from revenue.ml.learned import NoModelError, NothingToLearnError
from revenue.ml.plain import plain
from revenue.ml.tasks import Asked, LearningError, LearningTask, Said, said_of_run
from revenue.users.models import Org

ORACLE_DAYS = 8


def trained(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Learning from the leads of {org.name} until {as_of:%d %b %Y} ...")
    try:
        run = train(org=org, as_of=as_of, at=asked.at)
    except NothingToLearnError as error:
        raise LearningError(str(error)) from error
    return said_of_run(run)


def scored(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Scoring the open leads of {org.name} as of {as_of:%d %b %Y} ...")
    try:
        said = score(org=org, as_of=as_of)
    except NoModelError as error:
        raise LearningError(str(error)) from error
    by = "the model" if said["source"] == "model" else "the rate of each source"
    return Said(said, f"{said['leads']} leads scored by {by}.")


def evaluated(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Judging the lead score of {org.name} until {as_of:%d %b %Y} ...")
    try:
        found = evaluate(org=org, as_of=as_of, test_from=asked.test_from)
    except NothingToLearnError as error:
        raise LearningError(str(error)) from error
    said = report_of(found)
    if org.kind == Org.Kind.DEMO and found.trained.model is not None and len(found.test):
        asked.tell("Asking whoever knows the hidden chances ...")
        said["oracle"] = plain(oracle(org, found, as_of))
    return Said(said, told(said, noun="leads"))


def oracle(org: Org, found: Evaluation, as_of: datetime) -> dict[str, Any]:
    """On days of the test window after which the horizon has passed."""
    begin = found.test_from.astype("datetime64[s]").astype(object).replace(tzinfo=UTC)
    length = as_of - timedelta(days=HORIZON_DAYS) - begin
    days = [begin + length * float(share) for share in np.linspace(0, 1, ORACLE_DAYS)]
    known = lead_chances(org, days=days, as_of=as_of, horizon_days=HORIZON_DAYS)
    return beside_oracle(found, org=org, until=as_of, known=known)


LEAD_SCORE = LearningTask(train=trained, score=scored, evaluate=evaluated)
