"""How new the scores are, what speaks in them, and what has none yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Subquery

from accounts.models import Opportunity
from forecasting.deals.training import TASK
from forecasting.models import DealOutlook
from revenue.jobs.models import Job
from revenue.ml.models import ModelRun
from revenue.ml.registry import live_run
from revenue.users.models import Membership, Org

SCORES = "forecasting.tasks.score_deals"
TREND = timedelta(weeks=4)
# How reasons begin that tell figures of statistics, and the same in plain words.
PLAIN = (
    ("No usable signal", "On later deals it was not surely better than plain rates."),
    ("Too good to be true", "It was right too often: some field probably tells how deals ended."),
    ("What is scored does not", "What it said of later deals did not come true."),
)


@dataclass(frozen=True)
class Freshness:
    scored_at: datetime | None
    run: ModelRun | None
    job: Job | None
    first_run_at: datetime | None = None

    @property
    def is_filled_in(self) -> bool:
        """The weeks that trend and change look back on are older than the first model."""
        if self.scored_at is None or self.first_run_at is None:
            return False
        return self.scored_at - TREND < self.first_run_at

    @property
    def is_scoring(self) -> bool:
        return self.job is not None

    @property
    def by_rates(self) -> bool:
        return self.run is not None and self.run.speaks_by_rates

    @property
    def plain_reason(self) -> str:
        return plain_reason(self.run) if self.run is not None else ""


def plain_reason(run: ModelRun) -> str:
    """Why no model speaks, for who reads deals: the figures stand on the model's own page."""
    reason = run.reasons[0] if run.reasons else ""
    return next((said for begin, said in PLAIN if reason.startswith(begin)), reason)


def freshness_of(org: Org) -> Freshness:
    gone_live = ModelRun.objects.of_org(org).filter(task=TASK, promoted_at__isnull=False)
    first = Subquery(gone_live.order_by("as_of").values("as_of")[:1])
    newest = DealOutlook.objects.of(org).order_by("-as_of").values_list("as_of", first)
    scored_at, first_run_at = newest.first() or (None, None)
    return Freshness(
        scored_at=scored_at,
        run=live_run(org=org, task=TASK),
        job=scoring_job(org),
        first_run_at=first_run_at,
    )


def scoring_job(org: Org) -> Job | None:
    jobs = Job.objects.filter(org=org, task=SCORES).unfinished()
    return jobs.order_by("-created_at", "-id").first()


def count_unscored(reader: Membership) -> int:
    """Open deals that the reader sees and no scoring has reached yet."""
    scored = DealOutlook.objects.filter(
        org=OuterRef("org"), opportunity_ref=OuterRef("external_id")
    )
    open_deals = Opportunity.objects.visible_to(reader).filter(is_closed=False)
    return open_deals.exclude(Exists(scored)).count()
