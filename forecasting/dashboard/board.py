"""The dashboard put together: one reader's open deals, as the address asks for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Func, IntegerField, QuerySet

from accounts.about.kept import kept
from accounts.models import Account, Opportunity
from forecasting.dashboard import charts
from forecasting.dashboard.choices import COLUMNS, offered_to
from forecasting.dashboard.freshness import Freshness, count_unscored, freshness_of
from forecasting.dashboard.listing import Listing
from forecasting.dashboard.standing import Standing, Sums, standing_of
from forecasting.dashboard.tiles import Tile, tiles_of
from forecasting.models import DealOutlook
from forecasting.risk.policy import Policy
from forecasting.tables.outlooks import deal_page, outlooks_table
from revenue.periods import Period
from revenue.users.models import Membership, Org
from revenue.web.charts import Chart
from revenue.web.tables import BoundTable

OF_TILES = ("grade", "move")


class Cardinality(Func):
    function = "cardinality"
    output_field = IntegerField()


def rows_for(reader: Membership) -> QuerySet[Any]:
    rows: QuerySet[Any] = (
        DealOutlook.objects.visible_to(reader)
        .select_related("org")
        .defer("risk_parts", "health_parts", "facts")
        .annotate(
            risk_change=F("risk") - F("risk_before"),
            warning_count=Cardinality(F("warnings")),
        )
    )
    return rows


def lead_to_deals(rows: Sequence[Any], *, org: Org) -> None:
    """Notes on each row the id that its link needs: of a page, so that a sort joins nothing."""
    deals = Opportunity.objects.of(org).filter(
        external_id__in=[row.opportunity_ref for row in rows]
    )
    deal_ids = dict(deals.values_list("external_id", "pk"))
    for row in rows:
        row.deal_id = deal_ids[row.opportunity_ref]


def lead_to_accounts(rows: Sequence[Any], *, org: Org) -> None:
    """Whoever reads a deal reads whose it is, unless the CRM has deleted the account."""
    accounts = Account.objects.of(org).present()
    refs = {row.account_ref for row in rows} - {None}
    account_ids = dict(accounts.filter(external_id__in=refs).values_list("external_id", "pk"))
    for row in rows:
        row.seen_account_id = account_ids.get(row.account_ref)


@dataclass(frozen=True)
class Board(Listing):
    OF_TILES = OF_TILES

    is_scoring: bool | None = None  # nothing: as the jobs say

    @cached_property
    def freshness(self) -> Freshness:
        return freshness_of(self.reader.org)

    @cached_property
    def border(self) -> float:
        return Policy.of(self.reader.org).borders["B"]

    @property
    def quarter(self) -> Period:
        return self.reader.org.quarter_of(self.today)

    def kept(self, *about: Any) -> Callable[[Callable[[], Any]], Any]:
        return kept(
            self.reader,
            about=(*about, self.border, self.today, self.quarter),
            scored_at=self.freshness.scored_at,
            is_scoring=self.freshness.is_scoring if self.is_scoring is None else self.is_scoring,
        )

    @cached_property
    def bound(self) -> BoundTable:
        declared = outlooks_table(
            currency=self.currency,
            offered=offered_to(self.reader, tree=self.tree, kept=self.kept("choices", COLUMNS)),
            today=self.today,
            quarter=self.quarter,
            border=self.border,
        )
        return declared.bind(self.asked, queryset=rows_for(self.reader), path=self.path)

    @cached_property
    def table(self) -> BoundTable:
        """Counted by stage and grade already, unless the list is cut by what changed."""
        bound = self.bound
        if not self.filter_of("move"):
            whole = self.standing.of_grades(self.filter_of("grade")).whole
            bound = replace(bound, known_totals=totals_of(whole))
        return bound

    @cached_property
    def page(self) -> Sequence[Any]:
        rows = self.table.page.rows
        lead_to_deals(rows, org=self.reader.org)
        lead_to_accounts(rows, org=self.reader.org)
        return rows

    @cached_property
    def standing(self) -> Standing:
        """Of the filters but those that the tiles set themselves: the tiles stay as they are."""
        wide = [one for one in self.bound.filters if one.name not in OF_TILES]
        rows = DealOutlook.objects.visible_to(self.reader)
        for one in wide:
            rows = rows.filter(one.condition) if one.condition is not None else rows
        about = sorted(pair for one in wide for pair in one.params)
        found: Standing = self.kept("standing", about, self.owners_of_teams)(
            lambda: standing_of(rows, border=self.border)
        )
        return found

    @cached_property
    def unscored(self) -> int:
        found: int = self.kept("unscored")(lambda: count_unscored(self.reader))
        return found

    @property
    def unscored_said(self) -> str:
        one = self.unscored == 1
        return (
            f"{self.unscored:,} open deal{'' if one else 's'} {'is' if one else 'are'} not scored"
            " yet, and not in this list: the next scoring takes them in."
        )

    @property
    def tiles(self) -> list[Tile]:
        return self.leading(tiles_of(self.standing, currency=self.currency))

    @property
    def charts(self) -> list[Chart]:
        most = F("risk_value").desc(nulls_last=True)
        rows = list(self.bound.rows_queryset.order_by(most, "id")[: charts.DRAWN])
        lead_to_deals(rows, org=self.reader.org)
        grades = self.filter_of("grade")
        return [
            charts.bubbles(rows, currency=self.currency, whole=self.table.count, page_of=deal_page),
            charts.stage_bars(
                self.standing.of_grades(grades),
                currency=self.currency,
                address=lambda stage, grade: self.address(
                    urlencode({"stage": stage, "grade": grade}), without=("grade", "stage")
                ),
            ),
        ]


def totals_of(sums: Sums) -> dict[str, Any]:
    return {
        "row_count": sums.deals,
        "sum_amount": sums.amount,
        "sum_risk_value": sums.risk_value,
        "sum_at_risk": sums.at_risk,
        "sum_expected": sums.expected,
    }
