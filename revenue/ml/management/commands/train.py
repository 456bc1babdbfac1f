from revenue.ml.management.learning import LearningCommand
from revenue.ml.tasks import Asked, LearningTask, Said


class Command(LearningCommand):
    help = "Learn from what has happened, judge it on the newest of it, and go live if no worse."

    def done(self, task: LearningTask, asked: Asked) -> Said:
        return task.train(asked)
