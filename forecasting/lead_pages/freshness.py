"""How new the scores of leads are, what speaks in them, and what has none yet."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from forecasting.lead_pages.rows import open_leads
from forecasting.leads.lives import HORIZON_DAYS
from forecasting.leads.tasks import scoring_job
from forecasting.leads.training import TASK
from forecasting.models import LeadScore
from revenue.jobs.models import Job
from revenue.ml.models import ModelRun
from revenue.ml.registry import live_run
from revenue.users.models import Membership, Org

UNREAD = ("artefact", "comparison", "drift")


@dataclass(frozen=True)
class Freshness:
    scored_at: datetime | None
    run: ModelRun | None
    job: Job | None
    source: str = ""

    @property
    def is_scoring(self) -> bool:
        return self.job is not None

    @property
    def by_rates(self) -> bool:
        return self.source == LeadScore.Source.RATES


def freshness_of(org: Org) -> Freshness:
    newest = LeadScore.objects.of(org).newest().order_by("-as_of", "-id")
    scored_at, source, run = newest.values_list("as_of", "source", "run").first() or (None, "", 0)
    runs = ModelRun.objects.for_pages().defer(*UNREAD)
    return Freshness(
        scored_at=scored_at,
        run=runs.filter(pk=run).first() if run else live_run(org=org, task=TASK),
        job=scoring_job(org),
        source=source,
    )


def horizon_of(run: ModelRun | None) -> int:
    return int((run.report if run else {}).get("horizon_days") or HORIZON_DAYS)


def count_unscored(reader: Membership) -> int:
    """Open leads that the reader sees and no scoring has reached yet."""
    scored = LeadScore.objects.newest().filter(
        org=OuterRef("org"), lead_ref=OuterRef("external_id")
    )
    return open_leads(reader).exclude(Exists(scored)).count()
