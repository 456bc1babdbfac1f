"""The list put together: one reader's suggestions, as the address asks for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict

from accounts.about.hierarchy import Tree
from accounts.about.kept import kept
from accounts.about.teams import teams_seen_by
from accounts.models import CrmUser
from crosssell.feedback import mark_of
from crosssell.listing import why
from crosssell.listing.behind import Lookalike, lookalikes_of
from crosssell.listing.choices import offered_to
from crosssell.listing.freshness import Freshness, freshness_of
from crosssell.listing.grouping import OfAccount, of_accounts
from crosssell.listing.lost import LostDeal, lost_deals_of
from crosssell.listing.standing import Standing, standing_of
from crosssell.listing.table import accounts_table, suggestions_table
from crosssell.listing.tiles import Tile, tiles_of
from crosssell.models import Recommendation
from crosssell.models.recommendation import RecommendationQuerySet
from crosssell.quality.owned import why_not_of
from revenue.users.models import Membership
from revenue.users.roles import Role
from revenue.web.tables import BoundTable

SHOWN_WITH = ("org", "account__owner", "product")
OF_THE_LIST = ("sort", "cursor", "open", "cols")
OF_TILES, OF_KIND = "state", "kind"
RENEWAL = Recommendation.Kind.RENEWAL.value
WHOSE, ALL = "whose", "all"
LONGEST_KEY = 18


def rows_for(reader: Membership) -> RecommendationQuerySet:
    rows: RecommendationQuerySet = Recommendation.objects.visible_to(reader)
    return rows.filter(org=reader.org)


def owned_by(reader: Membership) -> list[str]:
    """The CRM users that the reader is."""
    own = CrmUser.objects.of(reader.org).filter(membership=reader, deleted_at=None)
    return sorted(own.values_list("external_id", flat=True))


@dataclass(frozen=True)
class Board:
    reader: Membership
    asked: QueryDict
    path: str
    today: date
    by_account: bool = False

    @cached_property
    def freshness(self) -> Freshness:
        return freshness_of(self.reader.org)

    @cached_property
    def tree(self) -> Tree:
        return teams_seen_by(self.reader)

    @property
    def currency(self) -> str:
        return self.reader.org.currency

    def kept(self, *about: Any) -> Callable[[Callable[[], Any]], Any]:
        return kept(
            self.reader,
            about=("crosssell", *about, self.today, cache.get(mark_of(self.reader.org))),
            scored_at=self.freshness.scored_at,
            is_scoring=self.freshness.is_scoring,
        )

    @cached_property
    def own(self) -> list[str]:
        """Of a rep who owns accounts: what colleagues share with them is another list."""
        return owned_by(self.reader) if self.reader.role == Role.REP else []

    @property
    def is_own(self) -> bool:
        return bool(self.own) and self.asked.get(WHOSE) != ALL

    @cached_property
    def of_reader(self) -> RecommendationQuerySet:
        rows = rows_for(self.reader)
        return rows.filter(account__owner_ref__in=self.own) if self.is_own else rows

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Open ones, unless the address asks for others; what ends has a list of its own, as it
        would stand before all that is new."""
        if self.asked.get(OF_TILES):
            return self.of_reader
        rows = self.of_reader.open()
        return rows if self.asked.getlist(OF_KIND) else rows.exclude(kind=RENEWAL)

    @property
    def is_of_renewals(self) -> bool:
        return self.asked.getlist(OF_KIND) == [RENEWAL]

    @property
    def with_decided(self) -> QuerySet[Any]:
        """Whoever decides about an opened row still sees it, and may take it back."""
        opened = [pk for pk in self.bound.open_rows if len(pk) <= LONGEST_KEY]
        if self.asked.get(OF_TILES) or not opened:
            return self.bound.queryset
        ended = self.of_reader.filter(pk__in=opened).exclude(state__in=Recommendation.OPEN)
        kept = list(ended.values_list("pk", flat=True))
        if not kept:
            return self.bound.queryset
        shown = Q(state__in=Recommendation.OPEN) | Q(pk__in=kept)
        return self.of_reader.filter(shown).select_related(*SHOWN_WITH)

    @cached_property
    def bound(self) -> BoundTable:
        declared = accounts_table if self.by_account else suggestions_table
        table = declared(
            currency=self.currency,
            offered=offered_to(self.reader, tree=self.tree),
            today=self.today,
            detail_of=self.detail_of,
            with_owner=not self.is_own,
        )
        queryset = self.rows.select_related(*SHOWN_WITH)
        return table.bind(self.asked, queryset=queryset, path=self.path)

    @cached_property
    def table(self) -> BoundTable:
        bound, about = self.bound, sorted(self.bound.state(sort=self.bound.table.default_sort))
        about = [(name, value) for name, value in about if name not in OF_THE_LIST]
        remember = self.kept("totals", self.by_account, about, self.owners_of_teams)
        if not self.by_account:
            totals = remember(lambda: bound.totals)
            return replace(bound, queryset=self.with_decided, known_totals=totals)
        filtered = bound.rows_queryset
        accounts = Count("account_ref", distinct=True)
        totals = remember(lambda: filtered.order_by().aggregate(row_count=accounts))
        return replace(bound, queryset=bests_of(bound, self.rows), known_totals=totals)

    @cached_property
    def page(self) -> Sequence[Any]:
        rows: Sequence[Any] = self.table.page.rows
        if self.by_account:
            found = self.of_accounts
            for row in rows:
                row.of_account = found[row.account_ref]
        return rows

    @cached_property
    def of_accounts(self) -> Mapping[str, OfAccount]:
        rows: Sequence[Any] = self.table.page.rows
        refs = [row.account_ref for row in rows]
        return of_accounts(self.bound.rows_queryset.filter(account_ref__in=refs))

    @cached_property
    def behind(self) -> Mapping[int, list[Lookalike]]:
        """Of the open rows at once, however many are open."""
        return lookalikes_of(self.opened, person=self.reader.user)

    @cached_property
    def lost(self) -> Mapping[int, list[LostDeal]]:
        return lost_deals_of(self.opened, reader=self.reader)

    @cached_property
    def opened(self) -> Sequence[Any]:
        return [row for row in self.table.page.rows if str(row.pk) in self.table.open_rows]

    def detail_of(self, row: Any) -> Any:
        if self.by_account:
            return self.of_accounts[row.account_ref]
        behind, lost = self.behind.get(row.pk, []), self.lost.get(row.pk, [])
        return why.of(row, reader=self.reader, lookalikes=behind, lost=lost)

    @cached_property
    def standing(self) -> Standing:
        """Of the filters but that of the state, which the tiles set themselves."""
        apart = (OF_TILES, OF_KIND) if self.is_of_renewals else (OF_TILES,)
        wide = [one for one in self.bound.filters if one.name not in apart]
        rows: QuerySet[Any] = self.of_reader
        for one in wide:
            rows = rows.filter(one.condition) if one.condition is not None else rows
        about = [*sorted(pair for one in wide for pair in one.params), ("own", self.is_own)]
        found: Standing = self.kept("standing", about, self.owners_of_teams)(
            lambda: standing_of(rows)
        )
        return found

    @property
    def missing(self) -> list[str]:
        """Of kinds that are asked for and cannot be suggested, what they want."""
        kinds = self.asked.getlist(OF_KIND)
        if not kinds or self.table.count:
            return []
        return why_not_of(self.freshness.run, org=self.reader.org, kinds=kinds)

    @property
    def owners_of_teams(self) -> list[str]:
        """Who is below whom may change without a sync, and without a scoring."""
        node = self.tree.nodes.get(self.asked.get("team", ""))
        return sorted(self.tree.owners_below(node)) if node else []

    @property
    def tiles(self) -> list[Tile]:
        return [
            replace(tile, href=self.address(tile.query), active=self.shows(tile.query))
            for tile in tiles_of(self.standing, currency=self.currency)
        ]

    def address(self, query: str) -> str:
        """What a tile asks for takes the place of what was asked; so does all that is new of what
        ends."""
        asked = QueryDict(query)
        apart = {*asked, OF_KIND} if self.is_of_renewals else set(asked)
        kept = [(name, value) for name, value in self.narrowed(OF_TILES) if name not in apart]
        return self.at([*kept, *asked.dict().items()])

    @property
    def whose_url(self) -> str:
        """The same list with the accounts of others, or of the own ones alone."""
        return self.at([*self.narrowed(WHOSE), *([(WHOSE, ALL)] if self.is_own else [])])

    def narrowed(self, without: str) -> list[tuple[str, str]]:
        left_out = {without, *OF_THE_LIST}
        return [(name, value) for name, value in self.bound.state() if name not in left_out]

    def at(self, params: Sequence[tuple[str, Any]]) -> str:
        return f"{self.path}?{urlencode(params)}" if params else self.path

    def shows(self, query: str) -> bool:
        wanted = QueryDict(query)
        return OF_TILES in wanted and wanted[OF_TILES] == self.asked.get(OF_TILES)


def bests_of(bound: BoundTable, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Of each account the most valuable that passes the filters, by the index of accounts."""
    rivals = rows
    for one in bound.filters:
        rivals = rivals.filter(one.condition) if one.condition is not None else rivals
    worth = Coalesce("value", Value(Decimal(0)))
    rivals = rivals.annotate(worth=worth).filter(account_ref=OuterRef("account_ref"))
    better = Q(worth__gt=OuterRef("worth")) | Q(worth=OuterRef("worth"), pk__lt=OuterRef("pk"))
    found: QuerySet[Any] = bound.queryset.annotate(worth=worth)
    return found.filter(~Exists(rivals.filter(better)))
