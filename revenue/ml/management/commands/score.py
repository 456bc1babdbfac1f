from revenue.ml.management.learning import LearningCommand
from revenue.ml.tasks import Asked, LearningTask, Said


class Command(LearningCommand):
    help = "Say what will happen, or what to do, by the model that is live."

    def done(self, task: LearningTask, asked: Asked) -> Said:
        return task.score(asked)
