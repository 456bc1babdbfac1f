"""How new health is, and what speaks in it: a model, or weights by hand."""

from dataclasses import dataclass
from datetime import datetime

from forecasting.dashboard.freshness import plain_reason
from forecasting.health.tasks import scoring_job
from forecasting.health.training import TASK
from forecasting.models import AccountHealth
from revenue.jobs.models import Job
from revenue.ml.models import ModelRun
from revenue.ml.registry import live_run
from revenue.users.models import Org

UNREAD = ("artefact", "comparison", "drift")


@dataclass(frozen=True)
class Freshness:
    scored_at: datetime | None
    source: str
    run: ModelRun | None
    job: Job | None

    @property
    def is_scoring(self) -> bool:
        return self.job is not None

    @property
    def by_hand(self) -> bool:
        return self.source == AccountHealth.Source.COMPOSITE

    @property
    def why_by_hand(self) -> str:
        """In plain words; of an org without a model, that nobody says who left."""
        if self.run is None:
            return "Too few customers are known to have left, or to have shrunk, to learn from."
        return plain_reason(self.run)


def freshness_of(org: Org) -> Freshness:
    newest = AccountHealth.objects.of(org).newest().order_by("-as_of", "-id")
    scored_at, source, run = newest.values_list("as_of", "source", "run").first() or (None, "", 0)
    runs = ModelRun.objects.for_pages().defer(*UNREAD)
    return Freshness(
        scored_at=scored_at,
        source=source,
        run=runs.filter(pk=run).first() if run else live_run(org=org, task=TASK),
        job=scoring_job(org),
    )
