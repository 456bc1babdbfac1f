"""What the page of what-ifs shows: deals to choose from, what is supposed of them, two bands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import DecimalField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Cast

from forecasting.models import DealScore, Forecast, ForecastDeal, ForecastNode
from forecasting.owners import owned_by
from forecasting.quarter.worlds import Inputs, Worlds, inputs_from, run, teams_of
from forecasting.quarter_pages.asked import Asked
from forecasting.scenario.changes import Changes, DealChange
from forecasting.scenario.reckoning import (
    NAMES,
    Known,
    Outcome,
    Seller,
    chance_after,
    new_seller,
    reckoned,
)
from revenue.users.models import Membership

EXACT = DecimalField(max_digits=30, decimal_places=10)
MOST_FOUND = 12
MOST_SEARCH = 100
WEEK = 7
DRAWN = ("opportunity_ref", "owner_ref", "segment", "standing", "amount", "chance")


@dataclass(frozen=True)
class Line:
    """A deal that is picked: as it is, and as it is supposed to be."""

    change: DealChange
    deal: Any
    chance: float

    @property
    def delta(self) -> Decimal:
        """Of the expected value."""
        amount = float(self.deal.amount or 0)
        return Decimal(str(round(amount * (self.chance - self.deal.chance), 2)))

    @property
    def has_no_date(self) -> bool:
        return self.change.close is not None and self.deal.close_date is None


@dataclass(frozen=True)
class Desk:
    """Of one team in one forecast; `node` is a row that the reader sees."""

    reader: Membership
    asked: Asked
    forecast: Forecast
    node: Any

    @property
    def is_whole(self) -> bool:
        return not self.node.key and self.node.is_total

    @cached_property
    def of_team(self) -> Q:
        return Q() if self.is_whole else owned_by(self.node.owners)

    @cached_property
    def deals(self) -> QuerySet[Any]:
        """Open ones that the reader may see, the largest first."""
        rows = ForecastDeal.objects.visible_to(self.reader).filter(
            self.of_team, forecast=self.forecast, standing=ForecastDeal.Standing.OPEN
        )
        found: QuerySet[Any] = rows.select_related("org").annotate(
            name=F("opportunity__name"),
            deal_id=F("opportunity__id"),
            account_name=F("opportunity__account__name"),
            owner_name=F("owner__name"),
            expected=ExpressionWrapper(F("amount") * Cast(F("chance"), EXACT), output_field=EXACT),
        )
        return found

    def found(self, words: str, *, without: Sequence[str]) -> list[Any]:
        rows = self.deals.exclude(opportunity_ref__in=without)
        for word in words.replace("\x00", " ")[:MOST_SEARCH].split():
            rows = rows.filter(Q(name__icontains=word) | Q(account_name__icontains=word))
        order = rows.order_by(F("amount").desc(nulls_last=True), "opportunity_ref")
        return list(order[:MOST_FOUND])

    def picked(self, changes: Changes) -> dict[str, Any]:
        rows = self.deals.filter(opportunity_ref__in=changes.refs)
        return {row.opportunity_ref: row for row in rows}

    @cached_property
    def drawn(self) -> tuple[Inputs, list[str], list[str]]:
        nodes = ForecastNode.objects.filter(forecast=self.forecast)
        teams = teams_of(nodes.values_list("key", "parent", "is_total", "owners"))
        rows = ForecastDeal.objects.filter(self.of_team, forecast=self.forecast)
        method = self.forecast.method
        if not self.is_whole:
            own = set(self.node.owners)
            teams = {ref: team for ref, team in teams.items() if ref in own}
            by_owner = {ref: one for ref, one in self.by_owner.items() if ref in own}
            method = {**method, "new": {**method["new"], "by_owner": by_owner}}
        deals = rows.order_by("opportunity_ref").only(*DRAWN)
        return inputs_from(method, deals=deals, teams=teams)

    @property
    def by_owner(self) -> Mapping[str, float]:
        found: Mapping[str, float] = self.forecast.method["new"].get("by_owner", {})
        return found

    @cached_property
    def before(self) -> Worlds:
        return run(self.drawn[0])

    @property
    def day(self) -> date:
        return self.forecast.as_of.date()

    def seller(self, changes: Changes) -> Seller:
        own = set(self.node.owners)
        expected = [one for ref, one in self.by_owner.items() if self.is_whole or ref in own]
        return new_seller(
            changes.hiring,
            expected=expected,
            new_weeks=self.forecast.method.get("new_weeks", []),
            today=self.day,
            period=self.asked.period,
        )

    def known(self, changes: Changes, picked: Mapping[str, Any]) -> dict[str, Known]:
        """Scores are only read of deals whose date comes earlier."""
        earlier = [
            one.ref
            for one in changes.deals
            if one.close is not None
            and one.ref in picked
            and picked[one.ref].close_date is not None
            and one.close < picked[one.ref].close_date
        ]
        scores = DealScore.objects.of(self.reader.org).filter(
            opportunity_ref__in=earlier, is_latest=True
        )
        curves = dict(scores.values_list("opportunity_ref", "won_by")) if earlier else {}
        ahead = (self.asked.period.until - self.day).days
        return {
            ref: Known(
                chance=row.chance,
                close=row.close_date,
                weeks=row.weeks,
                later=beyond(curves.get(ref), days=ahead),
            )
            for ref, row in picked.items()
        }

    def lines(self, changes: Changes, picked: Mapping[str, Any]) -> list[Line]:
        known = self.known(changes, picked)
        return [
            Line(
                one,
                picked[one.ref],
                chance_after(one, known[one.ref], self.asked.period),
            )
            for one in changes.deals
        ]

    def outcome(self, changes: Changes, picked: Mapping[str, Any]) -> Outcome:
        inputs, _, refs = self.drawn
        return reckoned(
            inputs,
            refs,
            changes,
            known=self.known(changes, picked),
            seller=self.seller(changes),
            period=self.asked.period,
            before=self.before,
        )

    def address(self, changes: Changes) -> str:
        said = urlencode(changes.pairs())
        return f"{self.asked.query()}{'&' if said else ''}{said}"


def beyond(won_by: Sequence[float] | None, *, days: int) -> tuple[float, ...]:
    """With each week more, how many times what is won within so many days."""
    if not won_by:
        return ()
    curve = [0.0, *won_by]

    def at(day: float) -> float:
        week = min(max(day / WEEK, 0.0), len(curve) - 1.0)
        first = min(int(week), len(curve) - 2)
        return curve[first] + (week - first) * (curve[first + 1] - curve[first])

    now = at(days)
    if now <= 0:
        return ()
    return tuple(at(days + WEEK * more) / now for more in range(1, len(curve)))


def as_found(outcome: Outcome) -> dict[str, dict[str, str]]:
    return {
        side: {name: str(getattr(one, name)) for name in NAMES}
        for side, one in (("before", outcome.before), ("after", outcome.after))
    }


@dataclass(frozen=True)
class Bar:
    """Of a picture in hundredths of its width."""

    label: str
    start: float
    width: float
    middle: float
    name: str


def bars_of(bands: Sequence[tuple[str, str, Any]]) -> list[Bar]:
    """On one scale, from a little below the least P10 to a little above the largest P90."""
    low = min(float(band.p10) for _, _, band in bands)
    high = max(float(band.p90) for _, _, band in bands)
    room = (high - low) * 0.06 or 1.0
    low, whole = low - room, high - low + 2 * room

    def at(value: Any) -> float:
        return round(100 * (float(value) - low) / whole, 2)

    return [
        Bar(label, at(band.p10), round(at(band.p90) - at(band.p10), 2), at(band.p50), name)
        for label, name, band in bands
    ]
