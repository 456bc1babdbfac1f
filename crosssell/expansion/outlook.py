"""What is expected of one customer, as far as its reader may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accounts.models import Account
from crosssell.expansion.listing import Standing, adopted_plan, standing_of
from crosssell.expansion.words import Way, horizon_of, way_of
from crosssell.models import ActionType, AllocationRow, ExpansionScore
from revenue.ml.models import ModelRun
from revenue.users.models import Membership

MOST_DAYS = 180


@dataclass(frozen=True)
class Outlook:
    account: Account
    reader: Membership

    @property
    def currency(self) -> str:
        return self.reader.org.currency

    @cached_property
    def scores(self) -> Sequence[ExpansionScore]:
        """The newest first."""
        rows = ExpansionScore.objects.visible_to(self.reader).filter(
            org=self.reader.org, account_ref=self.account.external_id
        )
        return list(rows.order_by("-as_of", "-id")[:MOST_DAYS])

    @cached_property
    def score(self) -> ExpansionScore | None:
        return next((one for one in self.scores if one.is_latest), None)

    @property
    def history(self) -> Sequence[ExpansionScore]:
        return self.scores[::-1]

    @cached_property
    def run(self) -> ModelRun | None:
        if self.score is None:
            return None
        runs = ModelRun.objects.for_pages().defer("artefact", "comparison", "drift")
        return runs.filter(pk=self.score.run_id).first()

    @cached_property
    def standing(self) -> Standing:
        return standing_of(self.reader.org)

    @property
    def by_model(self) -> bool:
        return self.run is not None and not self.run.speaks_by_rates

    @cached_property
    def way(self) -> Way | None:
        """Nothing where a plain number speaks: it has no reasons."""
        if self.score is None or self.run is None or not self.score.contributions:
            return None
        return way_of(self.score, self.run.features, currency=self.currency)

    @property
    def horizon_days(self) -> int:
        return horizon_of(self.run)

    @property
    def coverage(self) -> dict[str, Any]:
        """How often the band held on what came after the model had learned."""
        return self.run.metrics if self.run is not None else {}

    @cached_property
    def allotted(self) -> list[tuple[str, AllocationRow]]:
        """Of the plan that is adopted, with what each action is called."""
        plan = adopted_plan(self.reader.org)
        if plan is None:
            return []
        rows = AllocationRow.objects.visible_to(self.reader).filter(
            plan=plan, account_ref=self.account.external_id
        )
        types = ActionType.objects.of(self.reader.org).values_list("key", "title")
        titles = dict(types)
        return [(titles.get(one.action, one.action), one) for one in rows.order_by("-gain", "id")]
