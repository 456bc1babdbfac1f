"""What is foreseen of one lead, and what was: score, reasons, history, and its tier by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from accounts.models import Lead
from forecasting.deal_page.head import Delta
from forecasting.deal_page.reasons import Told, all_reasons
from forecasting.lead_pages import history
from forecasting.lead_pages.freshness import UNREAD, horizon_of
from forecasting.lead_pages.overriding import history_of
from forecasting.lead_pages.rows import open_leads, rows_for, with_answers
from forecasting.lead_pages.way import way_of
from forecasting.lead_pages.why import Why, may_act, why_of
from forecasting.lead_pages.words import (
    ANSWER_KINDS,
    TIER_KINDS,
    TREND_KINDS,
    answer_said,
    minutes_said,
)
from forecasting.leads.policy import Policy, policy_of
from forecasting.models import LeadOverride, LeadScore
from revenue.ml.arrays import floats, sigmoid
from revenue.ml.models import ModelRun
from revenue.ml.tasks import moment_for
from revenue.users.models import Membership
from revenue.users.roles import Role
from revenue.web.charts import Chart
from revenue.web.templatetags import web

MOST_DAYS = 400


@dataclass(frozen=True)
class Panel:
    lead: Lead
    reader: Membership
    at: datetime
    tried: Mapping[str, Any]

    @cached_property
    def policy(self) -> Policy:
        return policy_of(self.reader.org)

    @cached_property
    def scores(self) -> Sequence[LeadScore]:
        """The oldest first; of a lead that has converted, what was said until then."""
        rows = LeadScore.objects.visible_to(self.reader).of(self.reader.org)
        rows = rows.filter(lead_ref=self.lead.external_id).order_by("-as_of", "-id")
        found = list(rows.select_related("org").defer("contributions")[:MOST_DAYS])[::-1]
        day = self.lead.converted_date if self.lead.is_converted else None
        return [one for one in found if day is None or one.as_of.date() <= day]

    @cached_property
    def row(self) -> Any:
        """The newest score of an open lead, with what the list says of it."""
        rows = with_answers(
            rows_for(self.reader),
            org=self.reader.org,
            at=moment_for(self.reader.org, at=self.at),
            goal=timedelta(minutes=self.policy.answer_minutes),
        )
        return rows.filter(lead_ref=self.lead.external_id).select_related("org").first()

    @cached_property
    def last(self) -> LeadScore | None:
        return self.row or (self.scores[-1] if self.scores else None)

    @cached_property
    def is_open(self) -> bool:
        """By the lead itself: an open one may have no score of now."""
        return self.row is not None or open_leads(self.reader).filter(pk=self.lead.pk).exists()

    @cached_property
    def run(self) -> ModelRun | None:
        if self.last is None:
            return None
        runs = ModelRun.objects.for_pages().of_org(self.reader.org).defer(*UNREAD)
        return runs.filter(pk=self.last.run_id).first()

    @property
    def horizon_days(self) -> int:
        return horizon_of(self.run)

    @property
    def by_rates(self) -> bool:
        return self.last is not None and self.last.source == LeadScore.Source.RATES

    @property
    def may_see_models(self) -> bool:
        return self.reader.role in (Role.EXECUTIVE, Role.ADMIN)

    @property
    def usual(self) -> str:
        """Of the leads that the model was judged on; else where every lead starts."""
        if self.last is None:
            return ""
        rate = self.run.metrics.get("rate") if self.run is not None else None
        return web.percent(float(sigmoid(floats(self.last.base))) if rate is None else rate)

    @property
    def tier(self) -> str:
        return str(self.row.tier_now) if self.row is not None else ""

    @property
    def tier_kind(self) -> str:
        return TIER_KINDS.get(self.tier, "")

    @property
    def trend_kind(self) -> str:
        return TREND_KINDS.get(self.row.trend, "")

    @property
    def delta(self) -> Delta:
        change = self.row.change or 0
        if not change:
            return Delta("", "", "")
        up = change > 0
        return Delta(f"{abs(change)} in a week", "good" if up else "bad", "up" if up else "down")

    @property
    def answer(self) -> tuple[str, str]:
        return answer_said(self.row), ANSWER_KINDS.get(self.row.answer, "")

    @property
    def goal(self) -> str:
        return minutes_said(self.policy.answer_minutes)

    @cached_property
    def overrides(self) -> Sequence[LeadOverride]:
        return history_of(self.reader.org, self.lead.external_id)

    @property
    def standing(self) -> LeadOverride | None:
        return next((one for one in self.overrides if one.ended_at is None), None)

    @property
    def why(self) -> Why:
        if self.last is None:
            return Why(
                lead=self.lead,
                tier="",
                override=self.standing,
                may_act=may_act(self.reader),
                tried=self.tried,
            )
        row = self.last
        row.lead = self.lead
        return why_of(
            row, reader=self.reader, override=self.standing, tried=self.tried, most=len(row.reasons)
        )

    @property
    def way(self) -> Chart | None:
        return way_of(self.last, self.run) if self.last is not None else None

    @property
    def every(self) -> list[Told]:
        """All that had a say, in the model's own scale."""
        if self.last is None or self.by_rates or self.run is None:
            return []
        return all_reasons(self.last.contributions, features=self.run.features, values={})

    @property
    def chart(self) -> Chart | None:
        return history.chart_of(self.scores, tiers=self.policy.tiers, overrides=self.overrides)

    @property
    def ended(self) -> history.Ended | None:
        return None if self.is_open else history.ended_of(self.scores, lead=self.lead)
