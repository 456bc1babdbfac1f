"""A deal, who looks at it and when; what is foreseen of it is read when first asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from accounts.about.stages import saved_versions
from accounts.models import Opportunity, StageChange
from forecasting.models import DealAnalysis, DealOutlook, DealScore
from revenue.ml.models import ModelRun
from revenue.users.models import Membership, Org
from revenue.users.roles import SELLING, Role

TASK = "deal_risk"
UNREAD_OF_RUN = ("report", "comparison", "baselines", "drift", "metrics", "settings")


@dataclass(frozen=True)
class Look:
    deal: Opportunity
    reader: Membership
    at: datetime

    @property
    def org(self) -> Org:
        return self.deal.org

    @property
    def currency(self) -> str:
        """Outlooks are of amounts in the org's currency: only those may be added up."""
        return self.org.currency

    @property
    def today(self) -> date:
        return self.org.today(at=self.at)

    @property
    def may_act(self) -> bool:
        """Whoever sells: the owner, and those above, who alone of the sellers see the deal."""
        return self.reader.role in SELLING

    @property
    def may_see_models(self) -> bool:
        return self.reader.role in (Role.EXECUTIVE, Role.ADMIN)

    def of_deal(self, model: Any) -> Any:
        rows = model.objects.visible_to(self.reader)
        return rows.filter(org=self.org, opportunity_ref=self.deal.external_id)

    @cached_property
    def outlook(self) -> DealOutlook | None:
        if self.deal.is_closed:
            return None
        found: DealOutlook | None = self.of_deal(DealOutlook).first()
        return found

    @cached_property
    def analysis(self) -> DealAnalysis | None:
        found: DealAnalysis | None = self.of_deal(DealAnalysis).first()
        return found

    @cached_property
    def score(self) -> DealScore | None:
        found: DealScore | None = self.of_deal(DealScore).newest().first()
        return found

    @cached_property
    def run(self) -> ModelRun | None:
        """The model that said what is shown; without its bytes and figures."""
        row = self.outlook or self.score
        if row is None:
            return None
        runs = ModelRun.objects.for_pages().of_org(self.org).defer(*UNREAD_OF_RUN, "artefact")
        return runs.filter(pk=row.run_id).first()

    @cached_property
    def versions(self) -> Sequence[StageChange]:
        return saved_versions(self.deal, reader=self.reader)

    @property
    def is_by_model(self) -> bool:
        """Where rates speak, no reasons are sold."""
        row = self.outlook or self.score
        return row is not None and row.source == DealScore.Source.MODEL
