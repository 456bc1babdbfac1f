"""The list of lead scores put together: one reader's open leads, as the address asks for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet

from accounts.about.kept import kept
from forecasting.dashboard.listing import Listing
from forecasting.dashboard.tiles import Tile
from forecasting.lead_pages import charts
from forecasting.lead_pages.freshness import Freshness, count_unscored, freshness_of, horizon_of
from forecasting.lead_pages.rows import SHOWN_WITH, rows_for, with_answers
from forecasting.lead_pages.standing import Standing, standing_of
from forecasting.lead_pages.table import leads_table, offered_to
from forecasting.lead_pages.tiles import tiles_of
from forecasting.lead_pages.why import Why, standing_ones, why_of
from forecasting.leads.policy import Policy, policy_of
from forecasting.models import LeadOverride
from revenue.ml.tasks import moment_for
from revenue.web.charts import Chart
from revenue.web.tables import BoundTable

CLOCK = timedelta(minutes=5)  # who waits becomes late without data or scores being newer


@dataclass(frozen=True)
class Board(Listing):
    OF_TILES: ClassVar[tuple[str, ...]] = ("tier", "answer", "trend", "by_hand")

    at: datetime = field(kw_only=True)
    # What somebody tried in vain, by the lead's reference.
    tried: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    @cached_property
    def now(self) -> datetime:
        """Of an org that lives in its own time, the end of its day."""
        return moment_for(self.reader.org, at=self.at)

    @cached_property
    def freshness(self) -> Freshness:
        return freshness_of(self.reader.org)

    @cached_property
    def policy(self) -> Policy:
        return policy_of(self.reader.org)

    @property
    def goal(self) -> timedelta:
        return timedelta(minutes=self.policy.answer_minutes)

    @property
    def horizon_days(self) -> int:
        return horizon_of(self.freshness.run)

    def kept(self, *about: Any) -> Callable[[Callable[[], Any]], Any]:
        return kept(
            self.reader,
            about=("leads", *about, self.policy.as_row(), self.today, self.owners_of_teams),
            scored_at=self.freshness.scored_at,
            is_scoring=self.freshness.is_scoring,
        )

    @cached_property
    def rows(self) -> QuerySet[Any]:
        return with_answers(rows_for(self.reader), org=self.reader.org, at=self.now, goal=self.goal)

    @cached_property
    def bound(self) -> BoundTable:
        declared = leads_table(
            offered=offered_to(self.reader, tree=self.tree),
            today=self.today,
            detail_of=self.detail_of,
            plain=self.freshness.by_rates,
        )
        rows = self.rows.select_related(*SHOWN_WITH)
        return declared.bind(self.asked, queryset=rows, path=self.path)

    @cached_property
    def table(self) -> BoundTable:
        """Counted by tier already, unless a filter of the tiles cuts finer than that."""
        finer = [name for name in self.OF_TILES if name != "tier" and self.filter_of(name)]
        if finer:
            return self.bound
        tiers = self.filter_of("tier")
        sums = self.standing.of(*tiers) if tiers else self.standing.whole
        return replace(self.bound, known_totals={"row_count": sums.leads})

    @cached_property
    def standing(self) -> Standing:
        """Of the filters but those that the tiles set themselves: the tiles stay as they are."""
        wide = [one for one in self.bound.filters if one.name not in self.OF_TILES]
        rows = self.rows
        for one in wide:
            rows = rows.filter(one.condition) if one.condition is not None else rows
        about = sorted(pair for one in wide for pair in one.params)
        keep = self.kept("standing", about, floored(self.now))
        found: Standing = keep(lambda: standing_of(rows))
        return found

    @cached_property
    def unscored(self) -> int:
        found: int = self.kept("unscored")(lambda: count_unscored(self.reader))
        return found

    @property
    def unscored_said(self) -> str:
        one = self.unscored == 1
        return (
            f"{self.unscored:,} open lead{'' if one else 's'} {'is' if one else 'are'} not scored"
            " yet, and not in this list: the next scoring takes them in."
        )

    @property
    def plain_reasons(self) -> Sequence[str]:
        """What is missing for a model."""
        return self.freshness.run.reasons if self.freshness.run is not None else []

    @property
    def tiles(self) -> list[Tile]:
        found = tiles_of(
            self.standing, horizon_days=self.horizon_days, goal_minutes=self.policy.answer_minutes
        )
        return self.leading(found)

    @property
    def chart(self) -> Chart:
        return charts.tier_bars(
            self.standing,
            run=self.freshness.run,
            tiers=self.policy.tiers,
            horizon_days=self.horizon_days,
            address=lambda tier: self.address(f"tier={tier}"),
        )

    @cached_property
    def overrides(self) -> Mapping[str, LeadOverride]:
        """Of the open rows at once, however many are open."""
        opened: list[Any] = [row for row in self.page if str(row.pk) in self.table.open_rows]
        return standing_ones(self.reader.org, [row.lead_ref for row in opened])

    def detail_of(self, row: Any) -> Why:
        override = self.overrides.get(row.lead_ref)
        return why_of(row, reader=self.reader, override=override, tried=self.tried)

    @property
    def page(self) -> Sequence[Any]:
        rows: Sequence[Any] = self.table.page.rows
        return rows


def floored(at: datetime) -> datetime:
    return at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % CLOCK
