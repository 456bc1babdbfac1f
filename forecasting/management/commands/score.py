from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from forecasting.deals.training import NoModelError
from forecasting.management.tasks import LearningCommand
from forecasting.risk.scoring import score


class Command(LearningCommand):
    help = "Say of what is open how it will end, by the model that is live."

    def handle(self, *_args: Any, **options: Any) -> None:
        org = self.org(options["org"])
        as_of = self.as_of(org, options["as_of"])
        self.stderr.write(f"Scoring the open deals of {org.name} as of {as_of:%d %b %Y} ...")
        try:
            said = score(org=org, as_of=as_of, at=timezone.now())
        except NoModelError as error:
            raise CommandError(str(error)) from error
        by = "the model" if said["source"] == "model" else "the rate of each stage"
        self.tell(said, as_json=options["json"], text=f"{said['deals']} deals scored by {by}.")
