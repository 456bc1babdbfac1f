"""How new the suggestions are, and what speaks in them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from crosssell.models import Recommendation
from revenue.jobs.models import Job
from revenue.ml.models import ModelRun
from revenue.ml.registry import live_run
from revenue.users.models import Org

TASK = "crosssell"
SCORING = "crosssell.tasks.recommending.score_crosssell"


@dataclass(frozen=True)
class Freshness:
    scored_at: datetime | None
    run: ModelRun | None
    job: Job | None

    @property
    def horizon_days(self) -> int | None:
        """So far ahead the chances of new products look."""
        found = (self.run.report.get("windows") or {}).get("horizon_days") if self.run else None
        return int(found) if found else None

    @property
    def is_scoring(self) -> bool:
        return self.job is not None


def freshness_of(org: Org) -> Freshness:
    jobs = Job.objects.filter(org=org, task=SCORING).unfinished()
    return Freshness(
        scored_at=Recommendation.objects.of(org).aggregate(newest=Max("as_of"))["newest"],
        run=live_run(org=org, task=TASK),
        job=jobs.order_by("-created_at", "-id").first(),
    )
