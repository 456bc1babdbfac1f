"""Learning, foreseeing and judging of what customers bring, as the commands ask for it."""

from typing import Any

from crosssell.expansion.evaluation import evaluate, report_of
from crosssell.expansion.training import score, train
from crosssell.management.evaluate import expected_beside
from revenue.ml.learned import NoModelError, NothingToLearnError
from revenue.ml.plain import plain
from revenue.ml.tasks import Asked, LearningError, LearningTask, Said, said_of_run
from revenue.users.models import Org


def trained(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Learning what customers of {org.name} brought, until {as_of:%d %b %Y} ...")
    try:
        run = train(org=org, as_of=as_of, at=asked.at)
    except NothingToLearnError as error:
        raise LearningError(str(error)) from error
    return said_of_run(run)


def scored(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Foreseeing what customers of {org.name} bring, as of {as_of:%d %b %Y} ...")
    try:
        said = score(org=org, as_of=as_of)
    except NoModelError as error:
        raise LearningError(str(error)) from error
    by = "the model" if said["source"] == "model" else "a plain number"
    return Said(said, f"{said['customers']} customers foreseen by {by}.")


def evaluated(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    if asked.test_from is not None:
        raise LearningError(
            "What customers bring is judged on the last moments whose horizon has passed:"
            " give --as-of in place of --test-from."
        )
    asked.tell(f"Judging what was expected of customers of {org.name} until {as_of:%d %b %Y} ...")
    try:
        found = evaluate(org=org, as_of=as_of)
    except NothingToLearnError as error:
        raise LearningError(str(error)) from error
    said = report_of(found)
    if org.kind == Org.Kind.DEMO:
        asked.tell("Asking whoever knows the hidden rates ...")
        said["oracle"] = plain(expected_beside(found, org))
    return Said(said, told(said))


def told(said: dict[str, Any]) -> str:
    lines = [f"Readiness: {said['readiness']['state']}. {' '.join(said['readiness']['reasons'])}"]
    lines += [f"{said['n_train']} customers learned from, {said['n_test']} judged on."]
    for name, figures in {"model": said["metrics"], **said["baselines"]}.items():
        shown = ", ".join(
            f"{one} {figures[one]:,.4g}"
            for one in ("r2", "mae", "rmse", "deviance")
            if figures.get(one) is not None
        )
        lines.append(f"  {name}: {shown}")
    if oracle := said.get("oracle"):
        lines.append(f"  whoever knows the hidden rates: r2 {oracle['r2']:,.4g}")
    for promised, held in said["bands"].items():
        lines.append(f"The band of {promised} % held {held['coverage']:.1%}.")
    if said["drivers"]:
        lines.append(f"Drivers: {', '.join(said['drivers'])}")
    return "\n".join(lines)


EXPANSION = LearningTask(train=trained, score=scored, evaluate=evaluated)
