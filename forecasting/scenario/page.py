"""What the page of what-ifs shows: deals to choose from, what is supposed of them, two bands."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.core.cache import cache
from django.db.models import DecimalField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Cast

from forecasting.models import DealScore, Forecast, ForecastDeal, ForecastNode
from forecasting.owners import owned_by
from forecasting.quarter.clock import local_day
from forecasting.quarter.worlds import CENT, Band, Inputs, inputs_from, run, teams_of
from forecasting.quarter_pages.asked import Asked
from forecasting.scenario.changes import Changes, DealChange
from forecasting.scenario.reckoning import (
    NAMES,
    Known,
    Outcome,
    Seller,
    chance_after,
    is_partly_unknown,
    new_seller,
    reckoned,
)
from revenue.ml.arrays import Floats, floats
from revenue.periods import Period
from revenue.users.models import Membership

EXACT = DecimalField(max_digits=30, decimal_places=10)
MOST_FOUND = 12
MOST_SEARCH = 100
KEPT_S = 3600
DRAWN = ("opportunity_ref", "owner_ref", "segment", "standing", "amount", "chance")


@dataclass(frozen=True)
class Line:
    """A deal that is picked: as it is, and as it is supposed to be."""

    change: DealChange
    deal: Any
    chance: float
    is_unsure: bool = False

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

    def drawn(self, owners: Collection[str] | None = None) -> tuple[Inputs, list[str], list[str]]:
        """What these owners of the team are drawn from; of none said, all."""
        nodes = ForecastNode.objects.filter(forecast=self.forecast)
        teams = teams_of(nodes.values_list("key", "parent", "is_total", "owners"))
        rows = ForecastDeal.objects.filter(self.of_team, forecast=self.forecast)
        if owners is None and not self.is_whole:
            owners = self.node.owners
        method = self.forecast.method
        if owners is not None:
            own, rows = set(owners), rows.filter(owned_by(owners))
            teams = {ref: team for ref, team in teams.items() if ref in own}
            by_owner = {ref: one for ref, one in self.by_owner.items() if ref in own}
            method = {**method, "new": {**method["new"], "by_owner": by_owner}}
        deals = rows.order_by("opportunity_ref").only(*DRAWN)
        return inputs_from(method, deals=deals, teams=teams)

    @property
    def by_owner(self) -> Mapping[str, float]:
        found: Mapping[str, float] = self.forecast.method["new"].get("by_owner", {})
        return found

    @property
    def total(self) -> Floats:
        """In cents by draw, before anything is supposed: drawn once of each team."""
        made = self.forecast
        key = f"what-if-total:{made.pk}:{made.made_at:%Y%m%dT%H%M%S%f}:{self.node.pk}"
        kept = bytes(made.worlds) if self.is_whole else b""
        kept = kept or cache.get(key)
        if not kept:
            cents = run(self.drawn()[0]).cents.sum(axis=0)
            kept = zlib.compress(cents.astype("<i8").tobytes(), level=1)
            cache.set(key, kept, timeout=KEPT_S)
        return floats(np.frombuffer(zlib.decompress(kept), dtype="<i8"))

    @property
    def as_forecast(self) -> Band | None:
        """As it is stored, and shown on the other pages."""
        said = [getattr(self.node, name) for name in NAMES]
        return None if None in said else Band(*(Decimal(one).quantize(CENT) for one in said))

    @property
    def day(self) -> date:
        return local_day(self.reader.org, self.forecast.as_of)

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
        """Scores are only read of deals whose date is moved."""
        moved = [
            one.ref
            for one in changes.deals
            if one.close is not None
            and one.ref in picked
            and picked[one.ref].close_date not in (None, one.close)
        ]
        scores = DealScore.objects.of(self.reader.org).filter(
            opportunity_ref__in=moved, is_latest=True
        )
        curves = dict(scores.values_list("opportunity_ref", "won_by")) if moved else {}
        ahead = (self.asked.period.since - self.day).days
        return {
            ref: Known(row.chance, row.close_date, row.weeks, curves.get(ref) or (), ahead)
            for ref, row in picked.items()
        }

    def lines(self, changes: Changes, picked: Mapping[str, Any]) -> list[Line]:
        known, period = self.known(changes, picked), self.asked.period
        return [
            Line(
                one,
                picked[one.ref],
                chance_after(one, known[one.ref], period),
                is_unsure=is_unsure(one, known[one.ref], period),
            )
            for one in changes.deals
        ]

    def outcome(self, changes: Changes, picked: Mapping[str, Any]) -> Outcome:
        """Only whose deals are changed is drawn; where nothing is changed, nobody."""
        if changes.is_none and self.as_forecast is not None:
            return Outcome(self.as_forecast, self.as_forecast)
        owners = {picked[one.ref].owner_ref or "" for one in changes.deals if not one.is_none}
        inputs, _, refs = self.drawn(sorted(owners))
        return reckoned(
            inputs,
            refs,
            changes,
            known=self.known(changes, picked),
            seller=self.seller(changes),
            period=self.asked.period,
            total=self.total,
        )

    def address(self, changes: Changes) -> str:
        said = urlencode(changes.pairs())
        return f"{self.asked.query()}{'&' if said else ''}{said}"


def is_unsure(change: DealChange, deal: Known, period: Period) -> bool:
    """The chance follows from a date, and may be more than what is said."""
    if change.drop or change.chance is not None or change.close is None or deal.close is None:
        return False
    return is_partly_unknown((change.close - deal.close).days, deal, period)


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
