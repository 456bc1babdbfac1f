from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from forecasting.deals.training import NothingToLearnError, train
from forecasting.management.tasks import LearningCommand


class Command(LearningCommand):
    help = "Learn from what has ended, judge it on the newest of it, and go live if no worse."

    def handle(self, *_args: Any, **options: Any) -> None:
        org = self.org(options["org"])
        as_of = self.as_of(org, options["as_of"])
        self.stderr.write(f"Learning from the deals of {org.name} until {as_of:%d %b %Y} ...")
        try:
            run = train(org=org, as_of=as_of, at=timezone.now())
        except NothingToLearnError as error:
            raise CommandError(str(error)) from error
        said = {
            "run": run.pk,
            "state": run.state,
            "readiness": run.readiness,
            "reasons": run.reasons,
            "reason": run.reason,
            "metrics": run.metrics,
        }
        text = f"{run}: {run.get_readiness_display()}, {run.get_state_display().lower()}."
        self.tell(said, as_json=options["json"], text=" ".join([text, *run.reasons, run.reason]))
