"""Learning, scoring and judging of deals, as the commands ask for it."""

from forecasting.deals.training import train
from forecasting.management.evaluate import evaluated
from forecasting.risk.scoring import score
from revenue.ml.learned import NoModelError, NothingToLearnError
from revenue.ml.tasks import Asked, LearningError, LearningTask, Said, said_of_run


def trained(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Learning from the deals of {org.name} until {as_of:%d %b %Y} ...")
    try:
        run = train(org=org, as_of=as_of, at=asked.at)
    except NothingToLearnError as error:
        raise LearningError(str(error)) from error
    return said_of_run(run)


def scored(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Scoring the open deals of {org.name} as of {as_of:%d %b %Y} ...")
    try:
        said = score(org=org, as_of=as_of, at=asked.at)
    except NoModelError as error:
        raise LearningError(str(error)) from error
    by = "the model" if said["source"] == "model" else "the rate of each stage"
    return Said(said, f"{said['deals']} deals scored by {by}.")


DEAL_RISK = LearningTask(train=trained, score=scored, evaluate=evaluated)
