import argparse

from revenue.ml.management.learning import LearningCommand, start_of
from revenue.ml.tasks import Asked, LearningTask, Said, judged_names


class Command(LearningCommand):
    help = "Judge a model on what happened last, beside what it has to beat; nothing is stored."

    further = staticmethod(judged_names)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--test-from",
            type=start_of,
            metavar="DATE",
            help="the first day of the test window; the last part of the past where not given",
        )

        parser.add_argument(
            "--folder",
            metavar="PATH",
            help="of search: corpus.jsonl, queries.jsonl and qrels/test.tsv, as BEIR has them",
        )

    def done(self, task: LearningTask, asked: Asked) -> Said:
        return task.evaluate(asked)
