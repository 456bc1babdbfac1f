"""Learning, scoring and judging of account health, as the commands ask for it."""

from datetime import UTC, datetime
from typing import Any

from forecasting.health.evaluation import Evaluation, beside_oracle, evaluate, report_of
from forecasting.health.lifetime_check import judged_lifetimes
from forecasting.health.running import score
from forecasting.health.training import train
from forecasting.management.evaluate import churn_chances
from revenue.ml.learned import NothingToLearnError
from revenue.ml.plain import plain
from revenue.ml.tasks import Asked, LearningError, LearningTask, Said, said_of_run
from revenue.users.models import Org


def trained(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Learning which customers of {org.name} left, until {as_of:%d %b %Y} ...")
    try:
        run = train(org=org, as_of=as_of, at=asked.at)
    except NothingToLearnError as error:
        raise LearningError(str(error)) from error
    return said_of_run(run)


def scored(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Scoring the health of the customers of {org.name} as of {as_of:%d %b %Y} ...")
    said = score(org=org, as_of=as_of, at=asked.at)
    by = "the model" if said["source"] == "model" else "weights set by hand"
    counts = ", ".join(f"{count} {band}" for band, count in said["bands"].items())
    return Said(said, f"{said['customers']} customers scored by {by}: {counts}.")


def evaluated(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    if asked.test_from is not None:
        raise LearningError(
            "Health is judged on the last moments whose horizon has passed: give --as-of in place"
            " of --test-from."
        )
    asked.tell(f"Judging who of {org.name} was said to leave, until {as_of:%d %b %Y} ...")
    try:
        found = evaluate(org=org, as_of=as_of)
    except NothingToLearnError as error:
        raise LearningError(str(error)) from error
    said = report_of(found)
    said["lifetime_value"] = plain(judged_lifetimes(org=org, as_of=as_of))
    if org.kind == Org.Kind.DEMO and found.trained.model is not None and len(found.test):
        asked.tell("Asking whoever knows the hidden satisfaction ...")
        said["oracle"] = plain(oracle(org, found, as_of))
    return Said(said, told(said))


def oracle(org: Org, found: Evaluation, as_of: datetime) -> dict[str, Any]:
    days = [one.astype("datetime64[s]").astype(object).replace(tzinfo=UTC) for one in found.days]
    chances = churn_chances(org, days=days, as_of=as_of, horizon_days=found.rows.horizon_days)
    return beside_oracle(found, known=dict(zip(found.days, chances, strict=True)))


def told(said: dict[str, Any]) -> str:
    lines = [f"Readiness: {said['readiness']['state']}. {' '.join(said['readiness']['reasons'])}"]
    lines += said["notes"]
    lines += [f"{said['n_train']} customers learned from, {said['n_test']} judged on."]
    for name, figures in {"model": said["metrics"], **said["baselines"]}.items():
        shown = ", ".join(
            f"{one} {figures[one]:.4f}"
            for one in ("auc", "brier", "log_loss", "ece")
            if figures.get(one) is not None
        )
        lines.append(f"  {name}: {shown}")
    if share := said.get("oracle", {}).get("share_of_skill"):
        expected, seen = (said["oracle"][one]["share_of_skill"] for one in ("expected", "visible"))
        lines.append(
            f"Of the skill of whoever knows the hidden satisfaction: {share:.0%}; over all futures"
            f" {expected:.0%}, where a line that was told it sees {seen:.0%} in the same facts"
        )
    if lifetimes := said["lifetime_value"]:
        lines.append(
            f"Lifetime value, a year ahead: the band held {lifetimes['coverage']:.0%} of"
            f" {lifetimes['customers']} customers; mean absolute errors "
            + ", ".join(f"{n} {e['mae']:,.0f}" for n, e in lifetimes["errors"].items())
        )
    if said["drivers"]:
        lines.append(f"Drivers: {', '.join(said['drivers'])}")
    return "\n".join(lines)


HEALTH = LearningTask(train=trained, score=scored, evaluate=evaluated)
