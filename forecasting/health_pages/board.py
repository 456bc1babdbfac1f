"""The page of customers at risk put together: one reader's, as the address asks for them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import F, QuerySet
from django.http import QueryDict

from accounts.about.kept import kept
from forecasting.dashboard.listing import Listing
from forecasting.dashboard.tiles import Tile
from forecasting.health.policy import Policy, policy_of
from forecasting.health_pages import cuts, pictures
from forecasting.health_pages.acts import Acting, actions_counted, tile_of
from forecasting.health_pages.choices import offered_to
from forecasting.health_pages.freshness import Freshness, freshness_of
from forecasting.health_pages.standing import Standing, Sums, standing_of
from forecasting.health_pages.table import (
    Offered,
    account_page,
    health_table,
    listed,
    rows_ever,
    rows_for,
)
from forecasting.health_pages.tiles import tiles_of
from forecasting.health_pages.trend import Trend, trend_of
from forecasting.health_pages.why import Why, why_of
from revenue.web.charts import Chart
from revenue.web.tables import BoundTable

BY = "by"


@dataclass(frozen=True)
class Board(Listing):
    OF_TILES: ClassVar[tuple[str, ...]] = ("band", "change", "plays")

    @cached_property
    def freshness(self) -> Freshness:
        return freshness_of(self.reader.org)

    @cached_property
    def policy(self) -> Policy:
        return policy_of(self.reader.org)

    @property
    def border(self) -> int:
        return self.policy.bands["red"]

    def kept(self, *about: Any) -> Callable[[Callable[[], Any]], Any]:
        return kept(
            self.reader,
            about=("health", *about, self.border, self.today),
            scored_at=self.freshness.scored_at,
            is_scoring=self.freshness.is_scoring,
        )

    @cached_property
    def rows(self) -> QuerySet[Any]:
        return rows_for(self.reader, by_hand=self.freshness.by_hand)

    @cached_property
    def offered(self) -> Offered:
        return offered_to(self.reader, rows=self.rows, tree=self.tree, kept=self.kept("choices"))

    @cached_property
    def bound(self) -> BoundTable:
        declared = health_table(
            currency=self.currency,
            offered=self.offered,
            border=self.border,
            by_hand=self.freshness.by_hand,
            detail_of=self.detail_of,
        )
        return declared.bind(self.asked, queryset=listed(self.rows), path=self.path)

    @cached_property
    def table(self) -> BoundTable:
        """Counted by band already, unless the list is cut by what changed or is done."""
        bound = self.bound
        if not self.filter_of("change") and not self.filter_of("plays"):
            bands = self.filter_of("band")
            found = [self.standing.of_band(band) for band in bands]
            whole = sum(found, Sums()) if bands else self.standing.whole
            bound = replace(bound, known_totals=totals_of(whole))
        return bound

    @cached_property
    def acting(self) -> Acting:
        """Of the rows that are open at once."""
        opened = [row for row in self.table.page.rows if str(row.pk) in self.table.open_rows]
        return Acting.of(self.reader, [row.account for row in opened])  # type: ignore[attr-defined]

    def detail_of(self, row: Any) -> Why:
        return why_of(row, acts=self.acting.acts_of(row.account))

    @cached_property
    def wide(self) -> QuerySet[Any]:
        """Of the filters but those that the tiles set themselves: the tiles stay as they are."""
        return self.widely(self.rows)

    def widely(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        for one in self.wide_filters:
            rows = rows.filter(one.condition) if one.condition is not None else rows
        return rows

    @property
    def wide_filters(self) -> list[Any]:
        return [one for one in self.bound.filters if one.name not in self.OF_TILES]

    def of_wide(self, *about: Any) -> Callable[[Callable[[], Any]], Any]:
        asked = sorted(pair for one in self.wide_filters for pair in one.params)
        return self.kept(*about, asked, self.owners_of_teams)

    @property
    def cut(self) -> str:
        asked = self.asked.get(BY, "")
        return asked if asked in cuts.cuts_of(self.reader) else next(iter(cuts.CUTS))

    @cached_property
    def standing(self) -> Standing:
        column = cuts.column_of(self.cut)
        found: Standing = self.of_wide("standing", column)(
            lambda: standing_of(self.wide, by=column, border=self.border)
        )
        return found

    @cached_property
    def trend(self) -> Trend:
        """Asked for where something is scored."""
        until, by_hand = self.freshness.scored_at or datetime.now(UTC), self.freshness.by_hand
        found: Trend = self.of_wide("trend")(
            lambda: trend_of(self.widely(rows_ever(self.reader, by_hand=by_hand)), until=until)
        )
        return found

    @property
    def tiles(self) -> list[Tile]:
        counted = actions_counted(self.reader, among=self.wide)
        found = tiles_of(self.standing, currency=self.currency)
        return self.leading([*found, tile_of(counted)])

    @property
    def cut_tabs(self) -> list[dict[str, Any]]:
        return [
            {
                "label": label,
                "url": self.address(urlencode({BY: name}), without=(BY,)),
                "active": name == self.cut,
            }
            for name, label in cuts.cuts_of(self.reader).items()
        ]

    @cached_property
    def charts(self) -> list[Chart]:
        return [
            self.by_segment,
            pictures.bands_over_time(self.trend, address=self.address_of_band),
            pictures.value_over_time(
                self.trend, currency=self.currency, address=self.address_of_band
            ),
            self.scatter,
        ]

    @property
    def by_segment(self) -> Chart:
        parts = cuts.parts_of(
            self.standing,
            cut=self.cut,
            tree=self.tree,
            owners=dict(self.offered.owners),
            team=next(iter(self.filter_of("team")), ""),
        )
        label = cuts.cuts_of(self.reader)[self.cut]
        return pictures.by_segment(
            parts, label=label, currency=self.currency, address=self.address_of_part
        )

    @property
    def scatter(self) -> Chart:
        most = F("stake").desc(nulls_last=True)
        rows = self.bound.rows_queryset.order_by(most, "id")
        return pictures.scatter(
            list(rows[: pictures.DRAWN]),
            currency=self.currency,
            whole=self.table.count,
            page_of=account_page,
        )

    def address_of_band(self, band: str) -> str:
        return self.address(urlencode({"band": band}))

    def address_of_part(self, query: str, band: str) -> str:
        """Nowhere from what no filter names."""
        named = {one.name for one in self.bound.filters}
        if not query or not {*QueryDict(query)} <= named:
            return ""
        replaced = ("team", "owner") if self.cut in ("owner", "team") else (self.cut,)
        return self.address(f"{query}&band={band}", without=(*self.OF_TILES, *replaced))


def totals_of(sums: Sums) -> dict[str, Any]:
    return {"row_count": sums.count, "sum_value": sums.value, "sum_at_risk": sums.at_risk}
