"""Learning, suggesting and judging of what is bought next, as the commands ask for it."""

from crosssell.management.evaluate import evaluated
from crosssell.selling.scoring import offering
from crosssell.selling.storing import OlderError, store
from crosssell.selling.training import train
from revenue.ml.learned import NoModelError, NothingToLearnError
from revenue.ml.tasks import Asked, LearningError, LearningTask, Said, said_of_run


def trained(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Learning what customers of {org.name} buy, until {as_of:%d %b %Y} ...")
    try:
        run = train(org=org, as_of=as_of, at=asked.at)
    except NothingToLearnError as error:
        raise LearningError(str(error)) from error
    return said_of_run(run)


def scored(asked: Asked) -> Said:
    org, as_of = asked.org, asked.as_of
    asked.tell(f"Choosing what to suggest to the customers of {org.name} ...")
    try:
        said = store(offering(org=org, as_of=as_of))
    except (NoModelError, NothingToLearnError, OlderError) as error:
        raise LearningError(str(error)) from error
    text = f"{said['recommendations']} suggestions for {said['accounts']} accounts."
    return Said(said, text)


CROSSSELL = LearningTask(train=trained, score=scored, evaluate=evaluated)
